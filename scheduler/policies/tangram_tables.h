// What our own policy knows of a workload: effective sizes, what a node can sell, how dear each
// model of card is, and which pods of several cards there are.
//
// Made once of the pods, in any order and counted or not: the same pods make the same tables,
// because the draws inside have fixed seeds and pods alike are counted first. Constant afterwards,
// safe from any thread. Made of no pods, they say what can be said of any workload: a card is worth
// what is left of it, and takes 10 cores and 40,000 MiB along.
#ifndef SCHEDULER_POLICIES_TANGRAM_TABLES_H_
#define SCHEDULER_POLICIES_TANGRAM_TABLES_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "scheduler/fragmentation.h"
#include "scheduler/node_view.h"

namespace tangram::scheduler {

class TangramTables {
 public:
  // Pods of several cards that are alike.
  struct ManyCards {
    int32_t cards = 0;
    int64_t cpu = 0;
    double volume = 0;        // of the workload's GPU
    double count_volume = 0;  // of all pods with as many cards
  };

  // `nodes` are those of the cluster, empty: what models there are, and how many cards of each.
  TangramTables(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes);

  // How much dearer than others the cards of that model are, from 1 up.
  double premium(uint8_t model) const { return models_[model].premium; }
  // By number of cards, then by CPU.
  const std::vector<ManyCards>& many() const { return many_; }
  const TypicalPods& typical() const { return typical_; }
  // Effective cards left on the node's cards.
  double CardsWorth(const NodeView& node) const;
  // Effective cards that the node can sell, as far as its CPU and memory go.
  double Sells(const NodeView& node) const;

 private:
  // CPU and memory that one effective card takes along, in one sample of the workload; inverted.
  struct Bundle {
    double per_cpu = 0, per_memory = 0;  // effective cards per milli-core, per MiB
  };
  struct Model {
    double premium = 1;
    std::vector<Bundle> bundles;
    Bundle least;  // of all bundles
  };

  void LearnNothing();
  void LearnSizes(std::span<const WorkloadPod> pods);
  void LearnManyCards(std::span<const WorkloadPod> pods);
  void LearnPremiums(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes);
  void LearnBundles(std::span<const WorkloadPod> pods, std::span<const NodeView> nodes);
  void SetBundles(std::vector<Bundle> bundles, Model* model) const;
  double SizeOf(const Demand& demand) const;

  std::array<double, kWholeCard + 1> worth_ = {};  // of a card with so much left
  std::array<Model, kViewModels> models_;
  std::vector<ManyCards> many_;
  TypicalPods typical_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POLICIES_TANGRAM_TABLES_H_
