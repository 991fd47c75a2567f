#include "api/cli/unaccounted_log.h"

#include "absl/strings/str_cat.h"

namespace tangram::api::cli {

using scheduler::UnaccountedPod;

void UnaccountedLog::Look(const std::string& node) {
  if (node.empty()) return;
  // Asked for under the lock, so that the answer that came last is the one that is kept.
  const model::MutexLock lock(mutex_);
  Renew(node, scheduler_.UnaccountedOn(node));
}

void UnaccountedLog::LookAtAll() {
  const model::MutexLock lock(mutex_);
  std::map<std::string, std::vector<UnaccountedPod>> by_node;
  for (const auto& [node, told] : told_) by_node[node] = {};
  for (UnaccountedPod& pod : scheduler_.Unaccounted()) by_node[pod.node].push_back(std::move(pod));
  for (const auto& [node, pods] : by_node) Renew(node, pods);
}

void UnaccountedLog::Renew(const std::string& node, const std::vector<UnaccountedPod>& pods) {
  const auto before = told_.find(node);
  if (pods.empty() && before == told_.end()) return;
  Told now;
  for (const UnaccountedPod& pod : pods) {
    std::string why = WhyUnaccounted(pod);
    const bool known = before != told_.end() && before->second.contains(pod.id.uid) &&
                       before->second.at(pod.id.uid) == why;
    if (!known) TellOf(pod, why);
    now.emplace(pod.id.uid, std::move(why));
  }
  if (now.empty()) {
    told_.erase(node);
  } else {
    told_.insert_or_assign(node, std::move(now));
  }
}

void UnaccountedLog::TellOf(const UnaccountedPod& pod, const std::string& why) {
  const std::string text = absl::StrCat(
      why, ": ",
      pod.ignored
          ? absl::StrCat("what it takes of node ", pod.node, " is not counted")
          : absl::StrCat("node ", pod.node, " takes no new GPU pod until this one has ended"));
  const std::string name = pod.id.name.empty() ? absl::StrCat("uid ", pod.id.uid)
                                               : absl::StrCat(pod.id.name_space, "/", pod.id.name);
  log_.Warn("a pod's use of the cards cannot be told",
            {{"pod", name}, {"node", pod.node}, {"why", text}});
  if (tell_ == nullptr || pod.id.name.empty()) return;
  tell_({.kind = "Pod",
         .name_space = pod.id.name_space,
         .name = pod.id.name,
         .uid = pod.id.uid,
         .reason = "UnaccountedPod",
         .message = text});
}

}  // namespace tangram::api::cli
