// What a recording of the scheduler is made of.
//
// An entry is something that decisions depend on (an event of the books, a hold, a pod that teaches
// the policy, a new version of the policy), or a decision. Entries come in the order in which the
// scheduler's mutex saw them; only the answer of a verb may come later than its beginning, which
// says what it was judged by. Whoever takes in the same entries in the same order has the same
// books, holds and policies, and comes to the same answers (verifier.h).
//
// Values only.
#ifndef SCHEDULER_RECORDING_ENTRY_H_
#define SCHEDULER_RECORDING_ENTRY_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/event.h"
#include "model/pod.h"
#include "model/snapshot.h"
#include "scheduler/placement.h"
#include "scheduler/ports.h"

namespace tangram::scheduler::recording {

// The books changed. Events that said nothing new are not recorded.
struct EventApplied {
  model::Event event;
  uint64_t version = 0;  // of the books after it
};

// A pod's place is held, in the place of its former hold.
struct HoldBegun {
  std::string uid;
  std::string node;
  std::vector<model::CardDemand> demand;
  int64_t kubelet_gpus = 0;
  model::ResourceCounts counted = {};
};

struct HoldEnded {
  std::string uid;
};

// A pod that asks for cards was heard of for the first time.
struct PodSeen {
  model::PodId id;
  model::PodRequest request;
  model::HostResources host;
};

// A pod that was seen or filtered is gone, or has ended.
struct PodGone {
  std::string uid;
  bool bound = false;  // as far as the watch had shown
};

// A policy takes the pods seen so far as its lesson, on the cluster as it is.
struct LearningBegun {
  std::string policy;
};

// What it learned counts from here on.
struct PolicyChanged {
  std::string policy;
  uint64_t version = 0;
};

// The MIG policy takes the pods seen so far as its lesson, or goes on being tuned.
struct MigLearningBegun {};

// The version of it that counts from here on.
struct MigPolicyChanged {
  uint64_t version = 0;
};

// A filter or a prioritize looked at the books. Its answer follows under the same number.
struct VerbBegun {
  uint64_t call = 0;
  bool filter = true;    // else a prioritize
  bool patient = false;  // see Scheduler::Filter
  model::PodId pod;
  model::PodRequest request;
  model::HostResources host;  // whether it counts or not
  std::string bind_node;      // a bind of the pod was in progress there
};

// The call was refused before anything was judged.
struct VerbDropped {
  uint64_t call = 0;
};

// The nodes offered to a verb, in the caller's order.
struct OfferedNodes {
  // Where the books have them; kNoNode of the others, whose names follow in `strangers`.
  model::Snapshot snapshot;
  std::vector<model::NodeIndex> indices;
  std::shared_ptr<const std::vector<std::string>> strangers;

  static OfferedNodes Of(model::Snapshot snapshot, Offer&& offer);
  static OfferedNodes OfNames(std::span<const std::string_view> names);
  // Valid as long as this.
  std::vector<std::string_view> Names() const;
};

struct FilterAnswered {
  uint64_t call = 0;
  OfferedNodes offered;
  std::vector<uint32_t> fitting;  // positions, in the order answered
  uint64_t fitting_total = 0;
  uint64_t refused = 0;
  uint64_t refusals_digest = 0;      // DigestOf
  std::vector<uint16_t> best_cards;  // what the first of `fitting` would give
  bool held_up = false;
};

struct PrioritizeAnswered {
  uint64_t call = 0;
  OfferedNodes offered;
  std::vector<int32_t> scores;  // by position
};

// A bind chose cards, or found no room any more.
struct CardsChosen {
  model::PodId pod;
  std::string node;
  model::PodRequest request;
  model::HostResources host;  // whether it counts or not
  bool fits = false;
  std::vector<std::string> reasons;  // words, where it does not fit
  model::Allocation allocation;
};

using Entry = std::variant<EventApplied, HoldBegun, HoldEnded, PodSeen, PodGone, LearningBegun,
                           PolicyChanged, MigLearningBegun, MigPolicyChanged, VerbBegun,
                           VerbDropped, FilterAnswered, PrioritizeAnswered, CardsChosen>;

struct Record {
  Instant at{};  // on the scheduler's clock
  Entry entry;
};

// A number for who was refused and why: different for different answers, in all likelihood.
uint64_t DigestOf(std::span<const FilterOutcome::Refusal> refused);

// The words of the reasons, in their order.
std::vector<std::string> WordsOf(ReasonSet reasons);

// A filter's answer without what it was offered.
FilterAnswered AnswerOf(uint64_t call, const FilterOutcome& outcome, bool held_up);

}  // namespace tangram::scheduler::recording

#endif  // SCHEDULER_RECORDING_ENTRY_H_
