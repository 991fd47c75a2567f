// The command config kube-scheduler: a KubeSchedulerConfiguration for the cluster at hand.
//
// What is printed is the file of deploy/kube-scheduler of that layout, word for word, with the
// names added that the cluster has beside: names in managedResources allow no wildcard, so that
// each MIG profile must be listed. Of the added ones kube-scheduler keeps count as well
// (ignoredByScheduler: false): nodes advertise them, their sum is all there is to know, and it may
// preempt by it.
#ifndef API_CLI_SCHEDULER_CONFIG_H_
#define API_CLI_SCHEDULER_CONFIG_H_

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "api/cli/api_access.h"

namespace tangram::api::cli {

enum class SchedulerLayout : uint8_t { kDefaultScheduler, kSecondScheduler };

// The file as it is shipped.
std::string_view ShippedSchedulerConfig(SchedulerLayout layout);

struct ManagedResources {
  std::set<std::string> names;     // beyond those of the shipped file
  std::vector<std::string> notes;  // what was left out, or will be refused, and why
};

// Every resource that a node offers or a pod asks for by count. What DRA gives out is left out: it
// must be managed by one of the two alone.
ManagedResources FindManagedResources(const Listed& cluster);

// The shipped file with these names at the end of managedResources.
std::string SchedulerConfigWith(SchedulerLayout layout, const std::set<std::string>& names);

}  // namespace tangram::api::cli

#endif  // API_CLI_SCHEDULER_CONFIG_H_
