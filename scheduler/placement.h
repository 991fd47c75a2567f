// Filter and prioritize: which of the offered nodes fit, and how they rank.
//
// Pure functions over a snapshot plus the holds of other pods. Nothing is written anywhere.
#ifndef SCHEDULER_PLACEMENT_H_
#define SCHEDULER_PLACEMENT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "model/snapshot.h"
#include "scheduler/fit.h"
#include "scheduler/policy.h"
#include "scheduler/verdict_cache.h"

namespace tangram::scheduler {

// --candidates: how many of the fitting nodes filter answers with.
struct Candidates {
  enum class Mode : uint8_t { kAll, kCount, kAuto, kBestClass };
  Mode mode = Mode::kAuto;
  uint32_t count = 0;  // kCount only, >= 1
  // "all", "auto", "best-class" or a number from 1; InvalidArgument names what is allowed.
  static absl::StatusOr<Candidates> Parse(std::string_view text);
};
// kAuto: all while at most this many fit, else the best kAutoShort.
inline constexpr size_t kAutoAll = 128;
inline constexpr size_t kAutoShort = 64;

// Nodes that stand in for those of the snapshot (a node's books plus the holds on it).
using NodeOverlay = absl::flat_hash_map<model::NodeIndex, model::Node>;

// The nodes offered to a verb: names in the caller's order, to which answers refer by position, and
// where the snapshot has them (kNoNode: nowhere).
struct Offer {
  std::span<const std::string_view> names;
  std::vector<model::NodeIndex> indices;  // parallel to the names
};
// InvalidArgument when a name comes twice. The names must outlive the offer.
absl::StatusOr<Offer> FindOffer(const model::Snapshot& snapshot,
                                std::span<const std::string_view> names);

struct FilterInput {
  const CompiledRequest* request = nullptr;
  const model::Snapshot* snapshot = nullptr;
  const Offer* offer = nullptr;  // found in that snapshot
  const NodePolicy* policy = nullptr;
  Candidates candidates;
  const NodeOverlay* overlay = nullptr;  // may be null
  // SeedOf the pod's uid, for policies that leave the choice among the nodes that fit to chance.
  uint64_t seed = 0;
  // What was decided before, to decide no more than is new; null decides all anew, alike.
  VerdictCache* verdicts = nullptr;
};

struct FilterOutcome {
  // Positions (into the names) answered as fitting, best first: by standing (standing.h), then
  // score descending, then name ascending; by lot where the policy draws. Of more than kAutoAll
  // only the first is sorted out, and the others stand in the order offered.
  std::vector<uint32_t> fitting;
  // How many fit in all; more than fitting.size() when the list was cut.
  size_t fitting_total = 0;
  // Positions refused, ascending, with their set of reasons: those that would hold with nobody on
  // the node where it would not fit then either. When the list of fitting nodes was cut
  // or not, every refused node is listed.
  struct Refusal {
    uint32_t position = 0;
    bool resolvable = true;
    ReasonSet reasons;
  };
  std::vector<Refusal> refused;
  // Index of the first of `fitting` in the snapshot and the cards it would get (when any fits).
  model::NodeIndex best = model::kNoNode;
  Placement best_placement;
};

// Judges every offered node. A name the snapshot does not know is refused with NodeUnknown,
// resolvably. An empty request fits everywhere.
FilterOutcome FilterNodes(const FilterInput& input);

// Extender scores, parallel to the names: 10 for the nodes equal to the best among these names,
// floor(9 (s - min) / (max - min)) for the others, 0 for a node that does not fit (any more). Nodes
// of a lesser standing than others (standing.h: types that are part of a word, cards that some pod
// has alone) get as many points as there are standings worse than theirs among these nodes, and the
// best as many at least. `input.candidates` is not read.
std::vector<int32_t> PrioritizeNodes(const FilterInput& input);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_PLACEMENT_H_
