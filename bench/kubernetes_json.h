// Kubernetes objects as text: what `kubectl get nodes,pods -A -o json` prints of a profile, and the
// bodies that kube-scheduler 1.36 sends to an extender.
#ifndef BENCH_KUBERNETES_JSON_H_
#define BENCH_KUBERNETES_JSON_H_

#include <string>
#include <string_view>

#include "bench/cluster_profile.h"
#include "bench/pod_shapes.h"

namespace tangram::bench {

// A List of the profile's nodes, then its pods.
std::string KubectlList(const Profile& profile);

// A pod that waits to be scheduled. The namespace is "default".
struct WaitingPod {
  std::string name;
  std::string uid;
  PodAsk ask;
};

// Appends ExtenderArgs up to the list of names: {"Pod":{...},"Nodes":null,"NodeNames":[
void AppendArgsHead(const WaitingPod& pod, std::string& out);
// What follows the names.
inline constexpr std::string_view kArgsTail = "]}";

// ExtenderBindingArgs.
std::string BindingArgs(const WaitingPod& pod, std::string_view node);

}  // namespace tangram::bench

#endif  // BENCH_KUBERNETES_JSON_H_
