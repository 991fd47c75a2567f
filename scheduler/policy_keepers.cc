#include "scheduler/policy_keepers.h"

#include <utility>

namespace tangram::scheduler {

PolicyKeepers::PolicyKeepers(const std::vector<std::string>& names, model::HostBuckets buckets,
                             const CardPolicy& card_policy) {
  for (const std::string& name : names) keepers_.try_emplace(name, name, buckets, card_policy);
}

PolicyKeeper* PolicyKeepers::Find(std::string_view name) {
  return const_cast<PolicyKeeper*>(std::as_const(*this).Find(name));
}

const PolicyKeeper* PolicyKeepers::Find(std::string_view name) const {
  const auto found = keepers_.find(name);
  return found == keepers_.end() ? nullptr : &found->second;
}

std::vector<PolicyKeeper*> PolicyKeepers::All() {
  std::vector<PolicyKeeper*> all;
  for (auto& [name, keeper] : keepers_) all.push_back(&keeper);
  return all;
}

void PolicyKeepers::Note(const model::Pod& pod) {
  for (auto& [name, keeper] : keepers_) keeper.Note(pod);
}

void PolicyKeepers::Departed() {
  for (auto& [name, keeper] : keepers_) keeper.Departed();
}

}  // namespace tangram::scheduler
