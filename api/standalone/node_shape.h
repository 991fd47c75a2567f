// A node in a few words: how many cards of which model, for scenarios and for "what if".
//
//   8x A100-SXM4-80GB                          cards, model, memory of each
//   8x H100-80GB cpu=96 memory=1Ti split=7     with CPU and memory of the node, and sharers a card
//
// A GB of a card is 1024 MiB, as the names of cards have it.
#ifndef API_STANDALONE_NODE_SHAPE_H_
#define API_STANDALONE_NODE_SHAPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/host.h"
#include "scheduler/observation.h"

namespace tangram::api::standalone {

struct NodeShape {
  int64_t cards = 0;
  std::string type;  // "NVIDIA A100-SXM4-80GB"
  int64_t memory_mib = 0;
  int64_t split = 10;  // how many containers may share a card
  // Of what is not said there is no bound.
  std::optional<int64_t> cpu_milli;
  std::optional<int64_t> host_memory_mib;
};

inline constexpr int64_t kSplitMax = 1000;

// "8x A100-SXM4-80GB" into `shape`. InvalidArgument: "gpus: VALUE is not allowed; give ...", like
// the others below.
absl::Status ReadGpus(std::string_view text, NodeShape& shape);
// Quantities of at least 1 milli-core, at least 1 MiB.
absl::Status ReadCpu(std::string_view text, NodeShape& shape);
absl::Status ReadMemory(std::string_view text, NodeShape& shape);
// A whole number from 1 to kSplitMax.
absl::Status ReadSplit(std::string_view text, NodeShape& shape);

// The whole form, words in any order after the cards.
absl::StatusOr<NodeShape> ParseNodeShape(std::string_view text);

// A node of that shape: each card has 100 cores and the UUID GPU-<node>-<index>; cards alternate
// between two NUMA nodes in halves when the node has more than one.
scheduler::NodeObservation MakeNode(const NodeShape& shape, const std::string& name);

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_NODE_SHAPE_H_
