#include "api/cli/scheduler_config.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "api/cli/shipped_configs.h"
#include "api/dialects/nvidia/keys.h"
#include "model/card_resource.h"
#include "model/string_map.h"

namespace tangram::api::cli {

std::string_view ShippedSchedulerConfig(SchedulerLayout layout) {
  return layout == SchedulerLayout::kDefaultScheduler ? kDefaultSchedulerConfig
                                                      : kSecondSchedulerConfig;
}

ManagedResources FindManagedResources(const Listed& cluster) {
  ManagedResources managed;
  for (const scheduler::NodeObservation& node : cluster.nodes) {
    for (const model::Pool& pool : node.spec.pools) managed.names.insert(pool.resource);
  }
  for (const model::Pod& pod : cluster.pods) {
    for (const model::ResourceCount& asked : pod.request.counted) {
      // The implicit names of device classes are nobody's to manage but DRA's.
      if (!asked.resource.starts_with(nvidia::kDeviceClassPrefix)) {
        managed.names.insert(asked.resource);
      }
    }
  }
  for (const model::Vendor vendor : model::kVendors) {  // these are in the shipped file
    managed.names.erase(std::string(model::CardResource(vendor)));
  }
  const std::set<std::string> by_dra(cluster.dra_resources.begin(), cluster.dra_resources.end());
  for (const std::string& resource : by_dra) {
    if (managed.names.erase(resource) > 0) {
      managed.notes.push_back(absl::StrCat(resource, " is left out: a DeviceClass gives it out"));
    } else if (model::AsksForCards(resource)) {
      managed.notes.push_back(
          absl::StrCat(resource,
                       " is given out by a DeviceClass: pods that ask for it are refused "
                       "(ManagedByDRA) on nodes that do not count it, until the class drops its "
                       "extendedResourceName"));
    }
  }
  return managed;
}

std::string SchedulerConfigWith(SchedulerLayout layout, const std::set<std::string>& names) {
  std::string text(ShippedSchedulerConfig(layout));
  if (names.empty()) return text;
  absl::StrAppend(
      &text,
      "      # Found in this cluster: given out by count, on nodes that advertise them.\n"
      "      # kube-scheduler counts them too, and may preempt by that.\n");
  for (const std::string& name : names) {
    absl::StrAppend(&text, "      - {name: ", name, ", ignoredByScheduler: false}\n");
  }
  return text;
}

}  // namespace tangram::api::cli
