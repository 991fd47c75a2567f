// Nodes and pods of a world in the dimensions of node_view.h, for policies and for fragmentation.
//
// A card's rest is what the larger of its used shares (memory, cores) leaves of a thousand; nothing
// of a card that takes no pod: unhealthy, cordoned, over-committed, without a slot, in MIG mode, or
// on a node that is closed or cordoned. A pod that asks by MiB counts as on the smallest card that
// can hold it, so that it is never smaller than it would be; what asks for parts of several cards
// counts whole cards, because a view knows no such pod.
#ifndef SCHEDULER_WHATIF_VIEWS_H_
#define SCHEDULER_WHATIF_VIEWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/fragmentation.h"
#include "scheduler/node_view.h"
#include "scheduler/whatif/world.h"

namespace tangram::scheduler::whatif {

class Views {
 public:
  // Numbers the models of the world's nodes. InvalidArgument, naming the node, where one has more
  // than kViewCards cards, or where there are more than kViewModels models.
  static absl::StatusOr<Views> Of(const World& world);

  // The card types of a node, as it numbers them: "NVIDIA T4-16GB", of a mixed node with '+'.
  const std::vector<std::string>& models() const { return models_; }

  // `node` is one of the world, perhaps with other books.
  NodeView ViewOf(const HostedNode& node) const;

  struct Wanted {
    WorkloadPod pod;
    bool rounded = false;  // parts of several cards, or of cards of different size
  };
  // Nullopt when it asks for more cards than a view has. `world` is the one this was made of.
  std::optional<Wanted> DemandOf(const World& world, const Ask& ask) const;

 private:
  // Cards that no view tells apart.
  struct Kind {
    model::CardTypeId type = 0;
    int32_t memory = 0;
    friend auto operator<=>(const Kind&, const Kind&) = default;
  };
  static std::vector<Kind> KindsOf(const model::Node& node);

  std::vector<std::vector<Kind>> kinds_;  // by model: sorted, each once
  std::vector<std::string> models_;       // parallel
};

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_VIEWS_H_
