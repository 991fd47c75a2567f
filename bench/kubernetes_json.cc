// See kubernetes_json.h.
#include "bench/kubernetes_json.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tangram::bench {
namespace {

constexpr std::string_view kCreated = "2026-01-01T00:00:00Z";

absl::string_view View(std::string_view text) { return {text.data(), text.size()}; }

// As the API server writes a count of a resource: 3000 is "3k".
std::string Quantity(int value) {
  if (value != 0 && value % 1000 == 0) return absl::StrCat(value / 1000, "k");
  return absl::StrCat(value);
}

std::string Uuid(const ProfileNode& node, int card) {
  return absl::StrCat("GPU-", node.name, "-", card);
}

// --- nodes ---------------------------------------------------------------------------------------

// The register annotation, escaped to stand inside a JSON string.
void AppendRegister(const ProfileNode& node, std::string& out) {
  out += '[';
  for (int card = 0; card < kCardsPerNode; ++card) {
    if (card > 0) out += ',';
    absl::StrAppend(&out, R"({\"id\":\")", Uuid(node, card), R"(\",)");
    if (card > 0) absl::StrAppend(&out, R"(\"index\":)", card, ",");
    absl::StrAppend(&out, R"(\"count\":)", kSlotsPerCard, R"(,\"devmem\":)", node.model.memory_mib,
                    R"(,\"devcore\":100,\"type\":\")", View(node.model.name), R"(\",)");
    if (card >= kCardsPerNode / 2) absl::StrAppend(&out, R"(\"numa\":1,)");
    absl::StrAppend(&out, R"(\"mode\":\"hami-core\",\"health\":true})");
  }
  out += ']';
}

void AppendNode(const ProfileNode& node, size_t number, std::string& out) {
  const int count = kCardsPerNode * kSlotsPerCard;
  const std::string resources =
      absl::StrCat(R"({"cpu":"128","ephemeral-storage":"4Ti","memory":"1Ti","nvidia.com/gpu":")",
                   count, R"(","pods":"1000"})");
  absl::StrAppend(&out, R"({"apiVersion":"v1","kind":"Node","metadata":{"annotations":{)",
                  R"("hami.io/node-handshake":"Reported 2026-01-01 00:00:00.000000000 +0000 UTC",)",
                  R"("hami.io/node-nvidia-register":")");
  AppendRegister(node, out);
  absl::StrAppend(&out, R"("},"creationTimestamp":")", View(kCreated),
                  R"(","labels":{"kubernetes.io/arch":"amd64","kubernetes.io/hostname":")",
                  node.name, R"(","kubernetes.io/os":"linux"},"name":")", node.name,
                  R"(","resourceVersion":")", number + 1000, R"("},"spec":{},"status":{)",
                  R"("allocatable":)", resources, R"(,"capacity":)", resources,
                  R"(,"conditions":[{"lastHeartbeatTime":")", View(kCreated),
                  R"(","lastTransitionTime":")", View(kCreated),
                  R"(","message":"kubelet is posting ready status","reason":"KubeletReady",)",
                  R"("status":"True","type":"Ready"}]}})");
}

// --- pods ----------------------------------------------------------------------------------------

// Eight cores of the host for a whole card, a part of them for a part of one.
int CpuMilliOf(const ContainerAsk& ask) {
  constexpr int kCardMib = 81920;
  int percent = 100;
  if (ask.percent > 0) percent = ask.percent;
  if (ask.memory_mib > 0) percent = ask.memory_mib * 100 / kCardMib;
  percent = std::max(percent, ask.cores);
  return std::max(500, 80 * percent * ask.cards);
}

void AppendContainer(const ContainerAsk& ask, size_t number, std::string& out) {
  constexpr int kMibPerMilli = 8;
  const int cpu_milli = CpuMilliOf(ask);
  std::vector<std::string> wants = {
      absl::StrCat(R"("cpu":")", cpu_milli, "m\""),
      absl::StrCat(R"("memory":")", cpu_milli * kMibPerMilli, "Mi\"")};
  if (ask.cards > 0) wants.push_back(absl::StrCat(R"("nvidia.com/gpu":")", ask.cards, "\""));
  if (ask.cores > 0) wants.push_back(absl::StrCat(R"("nvidia.com/gpucores":")", ask.cores, "\""));
  if (ask.memory_mib > 0) {
    wants.push_back(absl::StrCat(R"("nvidia.com/gpumem":")", Quantity(ask.memory_mib), "\""));
  }
  if (ask.percent > 0) {
    wants.push_back(absl::StrCat(R"("nvidia.com/gpumem-percentage":")", ask.percent, "\""));
  }
  const std::string list = absl::StrJoin(wants, ",");
  absl::StrAppend(&out, R"({"name":"c)", number, R"(","image":"pause:3.10",)");
  absl::StrAppend(&out, R"("resources":{"limits":{)", list, R"(},"requests":{)", list, "}},");
  out += R"("terminationMessagePath":"/dev/termination-log",)"
         R"("terminationMessagePolicy":"File","imagePullPolicy":"IfNotPresent"})";
}

void AppendContainers(const PodAsk& ask, bool init, std::string& out) {
  bool first = true;
  for (size_t i = 0; i < ask.containers.size(); ++i) {
    if (ask.containers[i].init != init) continue;
    out += first ? (init ? R"("initContainers":[)" : R"("containers":[)") : ",";
    first = false;
    AppendContainer(ask.containers[i], i, out);
  }
  if (!first) out += "],";
}

// Everything of the spec but the node, without the closing brace.
void AppendSpec(const PodAsk& ask, std::string& out) {
  out += R"("spec":{)";
  AppendContainers(ask, true, out);
  AppendContainers(ask, false, out);
  out += R"("restartPolicy":"Always","terminationGracePeriodSeconds":30,)"
         R"("dnsPolicy":"ClusterFirst","securityContext":{},"schedulerName":"default-scheduler",)"
         R"("tolerations":[{"key":"node.kubernetes.io/not-ready","operator":"Exists",)"
         R"("effect":"NoExecute","tolerationSeconds":300},)"
         R"({"key":"node.kubernetes.io/unreachable","operator":"Exists",)"
         R"("effect":"NoExecute","tolerationSeconds":300}],"priority":0,)"
         R"("enableServiceLinks":true,"preemptionPolicy":"PreemptLowerPriority")";
}

std::string Assignment(const ProfilePod& pod, const ProfileNode& node) {
  std::string text;
  for (const std::vector<ProfileShare>& slot : pod.slots) {
    for (const ProfileShare& share : slot) {
      absl::StrAppend(&text, Uuid(node, share.card), ",NVIDIA,", share.memory_mib, ",", share.cores,
                      ":");
    }
    text += ';';
  }
  return text;
}

void AppendBoundPod(const ProfilePod& pod, const ProfileNode& node, size_t number,
                    std::string& out) {
  absl::StrAppend(&out, R"({"apiVersion":"v1","kind":"Pod","metadata":{"annotations":{)",
                  R"("hami.io/bind-phase":"success","hami.io/bind-time":"1767225600",)",
                  R"("hami.io/vgpu-devices-allocated":")", Assignment(pod, node),
                  R"(","hami.io/vgpu-devices-to-allocate":"","hami.io/vgpu-node":")", node.name,
                  R"(","hami.io/vgpu-time":"1767225600")");
  if (!pod.ask.annotation.empty()) {
    absl::StrAppend(&out, ",\"", View(pod.ask.annotation), "\":\"", View(pod.ask.value), "\"");
  }
  absl::StrAppend(&out, R"(},"creationTimestamp":")", View(kCreated),
                  R"(","labels":{"app":"bound","hami.io/vgpu-node":")", node.name, R"("},"name":")",
                  pod.name, R"(","namespace":"default","resourceVersion":")", number + 100000,
                  R"(","uid":"uid-)", pod.name, R"("},)");
  AppendSpec(pod.ask, out);
  absl::StrAppend(&out, R"(,"nodeName":")", node.name, R"("},"status":{"phase":"Running",)",
                  R"("qosClass":"BestEffort"}})");
}

}  // namespace

std::string KubectlList(const Profile& profile) {
  std::string out;
  out.reserve(profile.nodes.size() * 3000 + profile.pods.size() * 2000 + 100);
  out += R"({"apiVersion":"v1","items":[)";
  for (size_t i = 0; i < profile.nodes.size(); ++i) {
    AppendNode(profile.nodes[i], i, out);
    out += ",\n";
  }
  for (size_t i = 0; i < profile.pods.size(); ++i) {
    const ProfilePod& pod = profile.pods[i];
    AppendBoundPod(pod, profile.nodes[pod.node], i, out);
    out += ",\n";
  }
  if (out.ends_with(",\n")) out.resize(out.size() - 2);
  out += R"(],"kind":"List","metadata":{"resourceVersion":""}})";
  out += '\n';
  return out;
}

void AppendArgsHead(const WaitingPod& pod, std::string& out) {
  absl::StrAppend(&out, R"({"Pod":{"metadata":{"name":")", pod.name,
                  R"(","namespace":"default","uid":")", pod.uid,
                  R"(","resourceVersion":"243","generation":1,"creationTimestamp":")",
                  View(kCreated), R"(","labels":{"app":"load"})");
  if (!pod.ask.annotation.empty()) {
    absl::StrAppend(&out, R"(,"annotations":{")", View(pod.ask.annotation), "\":\"",
                    View(pod.ask.value), "\"}");
  }
  out += "},";
  AppendSpec(pod.ask, out);
  out += R"(},"status":{"phase":"Pending","qosClass":"BestEffort"}},"Nodes":null,"NodeNames":[)";
}

std::string BindingArgs(const WaitingPod& pod, std::string_view node) {
  return absl::StrCat(R"({"PodName":")", pod.name, R"(","PodNamespace":"default","PodUID":")",
                      pod.uid, R"(","Node":")", View(node), "\"}");
}

}  // namespace tangram::bench
