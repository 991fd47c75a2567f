// Our own policy: keep what can still be sold.
//
// A node is worth the GPU it can still sell to the workload, in effective cards: each card's rest
// counts for the best set of slices that fits into it, at the prices of effective_size.h, and a
// node sells no more than its CPU and memory serve. A pod goes where that worth falls least. On top
// of that: cards of a model that constrained pods cannot do without are dearer (`premium`), nodes
// that can take pods of several cards are worth more the scarcer such places get (`prices`), and
// fuller nodes win by a little. Work-conserving: it only orders the nodes that fit.
//
// Knows the workload from a list of its pods. Deterministic: the draws inside have fixed seeds.
#ifndef SCHEDULER_POLICIES_TANGRAM_H_
#define SCHEDULER_POLICIES_TANGRAM_H_

#include <array>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "scheduler/view_policy.h"

namespace tangram::scheduler {

class TangramPolicy : public ViewPolicy {
 public:
  // `nodes` are those of the cluster, empty: what models there are, and how many cards of each.
  TangramPolicy(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes);

  std::string_view name() const override { return "tangram"; }
  Choice Judge(const NodeView& node, const Demand& demand) const override;
  bool Refresh(std::span<const NodeView> nodes) override;

 private:
  // CPU and memory that one effective card takes along, in one sample of the workload; inverted.
  struct Bundle {
    double per_cpu = 0, per_memory = 0;  // effective cards per milli-core, per MiB
  };
  struct Model {
    double premium = 1;
    std::vector<Bundle> bundles;
  };
  // Pods of several cards that are alike.
  struct ManyCards {
    int32_t cards = 0;
    int64_t cpu = 0;
    double volume = 0;        // of the workload's GPU
    double count_volume = 0;  // of all pods with as many cards
    double price = 0;
  };

  void LearnSizes(std::span<const WorkloadPod> pods);
  void LearnManyCards(std::span<const WorkloadPod> pods);
  void LearnPremiums(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes);
  void LearnBundles(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes);
  double SizeOf(const Demand& demand) const;
  // Effective cards left on the node's cards.
  double CardsWorth(const NodeView& node) const;
  // What the node can sell, given its cards' worth.
  double Sells(const NodeView& node, double cards_worth) const;
  // By how much places for pods of several cards get more or fewer, at their prices; `none` tells
  // that they stay as they are.
  double ManyCardsGain(const NodeView& before, const NodeView& after, bool* none) const;

  std::array<double, kWholeCard + 1> worth_ = {};  // of a card with so much left
  std::array<Model, kViewModels> models_;
  std::vector<ManyCards> many_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_TANGRAM_H_
