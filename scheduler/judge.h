// The verdict on every node of an offer. Internal to placement.
//
// Three ways lead to one answer: a verdict kept from an earlier call (verdict_cache.h), the row of
// the node's state (row_fit.h), and the fit of the node itself (fit.h). Nodes with holds on them
// always go the third way.
#ifndef SCHEDULER_JUDGE_H_
#define SCHEDULER_JUDGE_H_

#include <cstddef>
#include <vector>

#include "model/node.h"
#include "model/snapshot.h"
#include "scheduler/fit.h"
#include "scheduler/placement.h"
#include "scheduler/policy.h"
#include "scheduler/row_fit.h"
#include "scheduler/verdict_cache.h"

namespace tangram::scheduler {

class Judge {
 public:
  // Judges all; `input` must outlive this.
  explicit Judge(const FilterInput& input);

  // Parallel to the names.
  const std::vector<Verdict>& verdicts() const { return verdicts_; }
  // The books that were judged for the i-th name; null where there are none.
  const model::Node* BooksOf(size_t i) const;

 private:
  bool Overlaid(model::NodeIndex index) const { return !overlaid_.empty() && overlaid_[index]; }
  void DecideAll(ShapeVerdicts* shape);
  Verdict DecideRow(size_t i, model::StateRef state, ShapeVerdicts* shape);
  // `shape` may be null in these: then nothing is kept.
  Verdict DecideNode(size_t i, ShapeVerdicts* shape);
  ReasonSet WhenEmpty(size_t i, ShapeVerdicts* shape);
  Verdict Refuse(size_t i, ReasonSet reasons, ShapeVerdicts* shape);
  void CallFor(size_t i, const ShapeVerdicts& shape) const;

  const FilterInput& input_;
  const CompiledRequest& request_;
  const NodePolicy& policy_;
  const std::vector<model::NodeIndex>& indices_;
  RowFit row_fit_;
  Placement placement_;
  CardUsage usage_;
  NodePolicy::Scratch scratch_;
  std::vector<Verdict> verdicts_;
  std::vector<bool> overlaid_;  // by NodeIndex; empty when no node is
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_JUDGE_H_
