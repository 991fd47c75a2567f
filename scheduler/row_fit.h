// The fit of one GPU container by rows (model/state_row.h): what most pods are, eight cards in one
// go.
//
// Says exactly what FitAsBooked and NodePolicy::Score say of a node in that state, where it can
// tell, without the node. Of a pod with several containers it tells only that the first of them
// finds no card, and the same where the policy asks for the cards. Lives for one verb.
#ifndef SCHEDULER_ROW_FIT_H_
#define SCHEDULER_ROW_FIT_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/snapshot.h"
#include "model/state_row.h"
#include "scheduler/fit.h"
#include "scheduler/live_view.h"
#include "scheduler/policy.h"
#include "scheduler/reason.h"

namespace tangram::scheduler {

class RowFit {
 public:
  // All must outlive this.
  RowFit(const CompiledRequest& request, const NodePolicy& policy, const model::Snapshot& snapshot);

  // Whether this class can tell anything about the request: not where it names UUIDs, wants
  // several cards of one NUMA node, or asks for something by count.
  bool usable() const { return usable_; }
  // Whether it can tell of a request that it fits.
  bool scores() const { return scores_; }

  struct Answer {
    bool told = false;  // false: the row does not tell
    int64_t score = 0;  // when there are no reasons against it
    // The same: its cards bear what is wished for only as a part of a longer word.
    bool part_of_word = false;
    ReasonSet reasons;
  };
  // Judges the row of that state of the snapshot. usable() must hold.
  Answer Judge(model::StateRef state);

 private:
  // What the request comes to on the nodes of one kind.
  struct Plan {
    bool made = false;
    bool tells = false;
    bool beyond_allocatable = false;
    int cards = 0;
    // Whether its candidates bear what is wished for as a part of a word, and whether they differ
    // in that.
    bool part_of_word = false;
    bool unlike_named = false;
    std::optional<PodAmounts> taken;
    model::NodeTotals totals;
    // By card, as CheckBits of 16 bits; all zero where there is no card.
    using PerCard = std::array<uint16_t, model::kRowCards>;
    PerCard valid = {};                                 // all bits where there is a candidate
    PerCard always = {};                                // checks that it fails whatever is left
    PerCard in_use = {};                                // when some slot is taken
    PerCard no_cores = {};                              // when no compute is left
    PerCard slots = {};                                 // how many it has
    PerCard cores = {};                                 // wanted
    std::array<int32_t, model::kRowCards> memory = {};  // MiB wanted
    // For policies of views: the cards with nothing taken.
    std::array<LiveCard, model::kRowCards> live = {};
    model::CardTypeId type = 0;
  };

  int64_t ScoreView(const Plan& plan, const model::StateRow& row, model::StateRef state,
                    uint32_t passing) const;
  Plan MakePlan(const model::KindRow& kind) const;
  void NoteNames(const model::KindRow& kind, Plan* plan) const;
  bool IsCandidate(const model::KindRow& kind, size_t card) const;
  // How many cards pass every check; `first_fails` gets the first checks that the others fail, and
  // `passing` a bit for each that passes.
  int Check(const Plan& plan, const model::StateRow& row, uint32_t* first_fails,
            uint32_t* passing) const;
  int64_t Score(const Plan& plan, const model::StateRow& row);

  const CompiledRequest& request_;
  const NodePolicy& policy_;
  const model::Snapshot& snapshot_;
  bool usable_ = false;
  bool scores_ = false;
  ContainerWant want_;
  std::vector<Plan> plans_;  // by kind
  NodePolicy::Scratch scratch_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_ROW_FIT_H_
