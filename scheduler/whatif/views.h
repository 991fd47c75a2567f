// Nodes and pods of a world in the dimensions of node_view.h, for policies and for fragmentation.
//
// A card's rest is what the larger of its used shares (memory, cores) leaves of a thousand; nothing
// of a card that takes no pod: unhealthy, cordoned, over-committed, without a slot, in MIG mode, or
// on a node that is closed, cordoned or has more cards than a node may have. What a pod is says
// scheduler/pod_demand.h; the models it may use are those whose every card holds it.
#ifndef SCHEDULER_WHATIF_VIEWS_H_
#define SCHEDULER_WHATIF_VIEWS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/fragmentation.h"
#include "scheduler/node_view.h"
#include "scheduler/pod_demand.h"
#include "scheduler/whatif/world.h"

namespace tangram::scheduler::whatif {

class Views {
 public:
  // Numbers the models of the world's nodes. InvalidArgument, naming the node, where there are more
  // than kViewModels models.
  static absl::StatusOr<Views> Of(const World& world);

  // The card types of a node, as it numbers them: "NVIDIA T4-16GB", of a mixed node with '+'.
  const std::vector<std::string>& models() const { return models_; }

  // `node` is one of the world, perhaps with other books.
  NodeView ViewOf(const HostedNode& node) const;

  struct Wanted {
    WorkloadPod pod;
    bool rounded = false;  // PodDemand::rounded
  };
  // Nullopt when it asks for more cards than a view has. `world` is the one this was made of;
  // `policy` is used where the request names no card policy.
  std::optional<Wanted> DemandOf(const World& world, const Ask& ask,
                                 const CardPolicy& policy = {}) const;

 private:
  // Cards that no view tells apart: of one type and memory. Slots and cores are those of the first.
  struct Kind {
    model::CardTypeId type = 0;
    int32_t slots = 0;
    int32_t memory = 0;
    int32_t cores = 0;
    friend bool operator==(const Kind& a, const Kind& b) {
      return a.type == b.type && a.memory == b.memory;
    }
  };
  static std::vector<Kind> KindsOf(const model::Node& node);

  std::vector<std::vector<Kind>> kinds_;  // by model: sorted, each once
  std::vector<std::string> models_;       // parallel
  DeviceKinds devices_;                   // of the world
};

}  // namespace tangram::scheduler::whatif

#endif  // SCHEDULER_WHATIF_VIEWS_H_
