// See no_writes.h.
#include "api/cli/no_writes.h"

#include <utility>

namespace tangram::api::cli {

using scheduler::NodeLockReading;
using scheduler::PodReading;
using scheduler::WriteResult;

void NoWrites::PostBinding(const scheduler::BindingWrite&, std::function<void(WriteResult)> done) {
  Keep([done = std::move(done)] { done(WriteResult()); });
}

void NoWrites::GetPod(const std::string&, const std::string&,
                      std::function<void(PodReading)> done) {
  Keep([done = std::move(done)] { done(PodReading()); });
}

void NoWrites::FencePod(const model::PodId&, const std::string&,
                        std::function<void(PodReading)> done) {
  Keep([done = std::move(done)] { done(PodReading()); });
}

void NoWrites::GetNodeLock(const std::string&, std::function<void(NodeLockReading)> done) {
  Keep([done = std::move(done)] { done(NodeLockReading()); });
}

void NoWrites::PatchNodeLock(const std::string&, const std::optional<std::string>&,
                             const std::string&, std::function<void(WriteResult)> done) {
  Keep([done = std::move(done)] { done(WriteResult()); });
}

void NoWrites::PatchPodLabel(const model::PodId&, const std::string&,
                             std::function<void(WriteResult)> done) {
  Keep([done = std::move(done)] { done(WriteResult()); });
}

void NoWrites::WakeScheduler(const std::string&, uint64_t, std::function<void(WriteResult)> done) {
  Keep([done = std::move(done)] { done(WriteResult()); });
}

void NoWrites::Keep(std::function<void()> answer) {
  const model::MutexLock lock(mutex_);
  answers_.push_back(std::move(answer));
}

void NoWrites::Stop() {
  std::vector<std::function<void()>> answers;
  {
    const model::MutexLock lock(mutex_);
    answers.swap(answers_);
  }
  for (const auto& answer : answers) answer();
}

}  // namespace tangram::api::cli
