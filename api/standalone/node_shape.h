// A node in a few words: how many cards of which model, for scenarios and for "what if".
//
//   8x A100-SXM4-80GB                          cards, model, memory of each
//   8x H100-80GB cpu=96 memory=1Ti split=7     with CPU and memory of the node, and sharers a card
//   8x A100-SXM4-80GB mig=on-demand            cut into MIG instances as pods come
//   8x A100-SXM4-80GB stack=nvidia replicas=4  run by NVIDIA's own plugin: 32 replicas, by count
//
// A GB of a card is 1024 MiB, as the names of cards have it.
#ifndef API_STANDALONE_NODE_SHAPE_H_
#define API_STANDALONE_NODE_SHAPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/dialects/nvidia/node.h"
#include "model/host.h"
#include "model/mig_values.h"
#include "scheduler/observation.h"

namespace tangram::api::standalone {

struct NodeShape {
  int64_t cards = 0;
  std::string type;  // "NVIDIA A100-SXM4-80GB"
  int64_t memory_mib = 0;
  int64_t split = 10;  // how many containers may share a card
  // A node of NVIDIA's own stack, with no agent of HAMi's: it offers its cards by count.
  bool counts_only = false;
  int64_t replicas = 1;  // of each card
  std::string sharing;   // "time-slicing" or "mps"; empty: time-slicing where shared
  // "2x 3g.40gb, 1x 1g.10gb": instances of each card, or kMigOnDemand; empty: not in MIG mode
  std::string mig;
  std::string mig_state;  // what the MIG manager says; empty: nothing
  // Of what is not said there is no bound.
  std::optional<int64_t> cpu_milli;
  std::optional<int64_t> host_memory_mib;
};

inline constexpr int64_t kSplitMax = 1000;
// Of cards of HAMi's stack: an agent cuts them as pods come.
inline constexpr std::string_view kMigOnDemand = "on-demand";

// "8x A100-SXM4-80GB" into `shape`. InvalidArgument: "gpus: VALUE is not allowed; give ...", like
// the others below.
absl::Status ReadGpus(std::string_view text, NodeShape& shape);
// Quantities of at least 1 milli-core, at least 1 MiB.
absl::Status ReadCpu(std::string_view text, NodeShape& shape);
absl::Status ReadMemory(std::string_view text, NodeShape& shape);
// A whole number from 1 to kSplitMax.
absl::Status ReadSplit(std::string_view text, NodeShape& shape);

// The stack that runs the node: "hami" (the default) or "nvidia". The others are for nvidia alone:
// replicas 1 to kSplitMax, "time-slicing" or "mps", "<count>x <profile>, ..." a card, and one of
// success, pending, rebooting, failed. Only mig may be on-demand, which is for hami alone.
absl::Status ReadStack(std::string_view text, NodeShape& shape);
absl::Status ReadReplicas(std::string_view text, NodeShape& shape);
absl::Status ReadSharing(std::string_view text, NodeShape& shape);
absl::Status ReadMig(std::string_view text, NodeShape& shape);
absl::Status ReadMigState(std::string_view text, NodeShape& shape);
// InvalidArgument where fields of one stack are given to another, and for cards that are cut on
// demand where nobody knows how they can be.
absl::Status CheckShape(const NodeShape& shape);

// The whole form, words in any order after the cards.
absl::StatusOr<NodeShape> ParseNodeShape(std::string_view text);

// The labels and allocatable of a node of NVIDIA's stack of that shape, as its plugin would write
// them.
nvidia::NodeFacts FactsOf(const NodeShape& shape);

// What each card can be cut into, as its agent would say, where that is on demand; else empty. An
// instance has its part of the card's memory by its slices.
std::vector<model::MigProfile> MigProfilesOf(const NodeShape& shape);

// A node of that shape: each card has 100 cores and the UUID GPU-<node>-<index>; cards alternate
// between two NUMA nodes in halves when the node has more than one.
scheduler::NodeObservation MakeNode(const NodeShape& shape, const std::string& name);

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_NODE_SHAPE_H_
