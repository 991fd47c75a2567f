// A recording run again under its own policy: is every answer the same?
//
// Takes in the entries in their order, keeps books, holds and policies by them, and judges every
// verb and every choice of cards anew, with the code of the live server (verb_view.h) and on the
// version of the books that the recording says. Nodes are those that the recording chose.
//
// Not thread-safe. Deterministic.
#ifndef SCHEDULER_RECORDING_VERIFIER_H_
#define SCHEDULER_RECORDING_VERIFIER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "model/cluster.h"
#include "scheduler/holds.h"
#include "scheduler/mig/keeper.h"
#include "scheduler/policy_keepers.h"
#include "scheduler/recording/entry.h"
#include "scheduler/scheduler.h"
#include "scheduler/verb_view.h"
#include "scheduler/verdict_cache.h"

namespace tangram::scheduler::recording {

// How many there were, and how many came out otherwise.
struct Tally {
  uint64_t recorded = 0;
  uint64_t different = 0;
};

struct Difference {
  uint64_t line = 0;  // of the recording
  std::string what;
};

struct Findings {
  Tally events;       // by the version of the books that they lead to
  Tally filters;      // who fits, in which order, who does not and why, which cards are best
  Tally prioritizes;  // every score
  Tally binds;        // every card
  Tally policies;     // versions learned
  std::vector<Difference> first;  // at most kShown

  static constexpr size_t kShown = 20;
  uint64_t different() const {
    return events.different + filters.different + prioritizes.different + binds.different +
           policies.different;
  }
};

class Verifier {
 public:
  // Of the options only what decides is looked at: policies, candidates, buckets.
  explicit Verifier(SchedulerOptions options);

  // InvalidArgument when the entry makes no sense after those before it.
  absl::Status Take(const Record& record, uint64_t line);

  const Findings& findings() const { return findings_; }
  // The books after the entries so far.
  model::Cluster& cluster() { return cluster_; }

 private:
  struct Pending {
    VerbBegun begun;
    VerbView view;
  };
  absl::Status Read(const EventApplied& entry);
  absl::Status Read(const HoldBegun& entry);
  absl::Status Read(const HoldEnded& entry);
  absl::Status Read(const PodSeen& entry);
  absl::Status Read(const PodGone& entry);
  absl::Status Read(const LearningBegun& entry);
  absl::Status Read(const PolicyChanged& entry);
  absl::Status Read(const MigLearningBegun& entry);
  absl::Status Read(const MigPolicyChanged& entry);
  absl::Status Read(const VerbBegun& entry);
  absl::Status Read(const VerbDropped& entry);
  absl::Status Read(const FilterAnswered& entry);
  absl::Status Read(const PrioritizeAnswered& entry);
  absl::Status Read(const CardsChosen& entry);
  // InvalidArgument where no policy of that name learns.
  absl::StatusOr<PolicyKeeper*> Learning(const std::string& policy);
  // The beginning of that call, which ends with this.
  absl::StatusOr<Pending> End(uint64_t call);
  // As the live scheduler has it: nothing where nobody looks at it.
  model::HostResources Counted(const model::HostResources& host) const;
  // Counts a version learned; `is` is 0 when it is none now.
  void NoteVersion(const std::string& policy, uint64_t was, uint64_t is);
  // Counts what was recorded; `difference` is empty where it came out the same.
  void Note(Tally& tally, std::string difference);

  const SchedulerOptions options_;
  model::Cluster cluster_;
  Holds holds_;
  PolicyKeepers keepers_;
  // By policy: versions that are not in force yet.
  std::map<std::string, std::shared_ptr<const ViewNodePolicy>> learned_;
  mig::Keeper mig_keeper_;
  std::shared_ptr<const mig::LivePolicy> mig_learned_;  // not in force yet
  VerdictCache verdicts_;
  std::map<uint64_t, Pending> pending_;
  Findings findings_;
  uint64_t line_ = 0;
};

}  // namespace tangram::scheduler::recording

#endif  // SCHEDULER_RECORDING_VERIFIER_H_
