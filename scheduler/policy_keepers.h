// The policies of views of one server, by name: each has a keeper of its own and learns for itself.
//
// Pods are noted for all of them, so that whoever is the first to name a policy finds one that
// knows the workload. Policies that make nothing of the workload keep their first version.
//
// Thread contract: that of PolicyKeeper (policy_keeper.h).
#ifndef SCHEDULER_POLICY_KEEPERS_H_
#define SCHEDULER_POLICY_KEEPERS_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "model/host.h"
#include "model/pod.h"
#include "scheduler/policy_keeper.h"

namespace tangram::scheduler {

class PolicyKeepers {
 public:
  // Each of `names` must be one of ViewPolicyNames(); `card_policy` is that of pods which name
  // none.
  PolicyKeepers(const std::vector<std::string>& names, model::HostBuckets buckets,
                const CardPolicy& card_policy);

  // Null when there is no such policy here.
  PolicyKeeper* Find(std::string_view name);
  const PolicyKeeper* Find(std::string_view name) const;
  // Sorted by name, and valid as long as this.
  std::vector<PolicyKeeper*> All();

  // As PolicyKeeper has them, for each.
  void Note(const model::Pod& pod);
  void Departed();

 private:
  std::map<std::string, PolicyKeeper, std::less<>> keepers_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICY_KEEPERS_H_
