// The MIG policy that the live scheduler goes by, and how it learns which profiles are asked for.
//
// Pods are noted as they arrive. Now and then somebody with time to spare calls Learn, which counts
// them, and makes the next version when kinds of cards came or went, when so many requests were
// counted as a version waits for (mix_learner.h), and, for `tangram`, when the table was tuned for
// the mix that was counted by then. Tuning takes one generation a call, so that it takes a bounded
// part of a core. A version is a function of the requests in their order: it never changes.
// Counted are requests that instances serve (asked.h).
//
// Thread contract: Note, Take, Put and policy() under the scheduler's mutex; Learn without it. Take
// and Learn from one thread at a time.
#ifndef SCHEDULER_MIG_KEEPER_H_
#define SCHEDULER_MIG_KEEPER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/request.h"
#include "model/snapshot.h"
#include "scheduler/mig/live_policy.h"
#include "scheduler/mig/mix_learner.h"
#include "scheduler/mig/tuner.h"

namespace tangram::scheduler::mig {

class Keeper {
 public:
  // `name` must be one of PolicyNames(). `tuning` is for `tangram` alone.
  explicit Keeper(std::string_view name, const TuneOptions& tuning = {});

  // The version that counts.
  const std::shared_ptr<const LivePolicy>& policy() const { return policy_; }

  // A pod that asks for cards was heard of for the first time.
  void Note(const model::PodRequest& request);

  struct Task {
    model::Snapshot snapshot;
    std::vector<model::PodRequest> pods;
    uint64_t version = 0;  // to come next
  };
  // Takes what was noted; nothing when there is nothing new and nothing is being tuned.
  std::optional<Task> Take(const model::Snapshot& snapshot);
  // The next version, or null when it is not time for one.
  std::shared_ptr<const LivePolicy> Learn(const Task& task);
  void Put(std::shared_ptr<const LivePolicy> policy) { policy_ = std::move(policy); }

 private:
  // Noted pods beyond this many bytes are not counted.
  static constexpr size_t kMostNotedBytes = size_t{16} << 20;

  // What is known of one kind of cards.
  struct Kind {
    LivePolicy::Table table;  // keeps what the learner refers to
    model::CardTypeId type = 0;
    model::Mebibytes memory;
    MixLearner learner;
  };

  bool Renew(const model::Snapshot& snapshot);
  bool Count(const model::PodRequest& pod, const model::Snapshot& snapshot);
  bool Tune();
  std::shared_ptr<const LivePolicy> Make(uint64_t version) const;

  const std::string name_;
  const TuneOptions tuning_;
  std::shared_ptr<const LivePolicy> policy_;
  std::vector<model::PodRequest> noted_;
  size_t noted_bytes_ = 0;
  // Of Learn alone.
  std::vector<Kind> kinds_;  // in the order of their types
  std::optional<uint64_t> types_revision_;
};

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_KEEPER_H_
