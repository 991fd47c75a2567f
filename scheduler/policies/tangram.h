// Our own policy: keep what can still be sold.
//
// A node is worth the GPU it can still sell to the workload, in effective cards: each card's rest
// counts for the best set of slices that fits into it, at the prices of effective_size.h, and a
// node sells no more than its CPU and memory serve. A pod goes where that worth falls least. On top
// of that: cards of a model that constrained pods cannot do without are dearer (`premium`), nodes
// that can take pods of several cards are worth more the scarcer such places get (`prices`), and
// fuller nodes win by a little. Once pods leave as well as come, what the usual pods could use of
// the node counts, too, and scarcity more: a fresh cluster is filled to the brim, a living one is
// kept fit for whoever comes next. Work-conserving: it only orders the nodes that fit.
//
// Knows the workload by its tables (tangram_tables.h). What Refresh saw is all that changes.
#ifndef SCHEDULER_POLICIES_TANGRAM_H_
#define SCHEDULER_POLICIES_TANGRAM_H_

#include <span>
#include <string_view>
#include <vector>

#include "scheduler/policies/tangram_tables.h"
#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class TangramPolicy : public ViewPolicy {
 public:
  // `nodes` are those of the cluster, empty: what models there are, and how many cards of each.
  TangramPolicy(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes);

  std::string_view name() const override { return "tangram"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override;
  Keep Refresh(const Outlook& outlook) override;

 private:
  // What the node is worth apart from places for pods of several cards.
  double WorthOf(const NodeView& node) const;
  // By how much places for pods of several cards get more or fewer, at their prices.
  struct PlacesGain {
    double gain = 0;
    bool none = true;  // they stay as they are
  };
  PlacesGain GainOf(const NodeView& before, const NodeView& after) const;

  const TangramTables tables_;
  double departures_ = 0;       // per arrival
  std::vector<double> prices_;  // of places for tables_.many()
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_TANGRAM_H_
