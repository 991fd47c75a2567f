// In which order the cards of a node are tried.
//
// HAMi v2.10's `hami.io/gpu-scheduler-policy`: `binpack` (most used first), `spread` (least used
// first, the default), `mutex` (unused cards only), `numa`, and chains such as "binpack,numa" whose
// keys decide in the written order. `topology-aware` orders as spread here. Unknown words are
// spread; in a chain they are passed over.
// Usage of a card is the weighted sum of its used shares of slots, cores and memory, in fixed
// point; ties go to the lower NUMA node, then to the lower state (model::Card's order), then to the
// lower UUID, so that the same books give the same card.
#ifndef SCHEDULER_CARD_POLICY_H_
#define SCHEDULER_CARD_POLICY_H_

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"
#include "model/gpu.h"
#include "model/request.h"

namespace tangram::scheduler {

class CardPolicy {
 public:
  enum class Key : uint8_t { kBinpack, kSpread, kNuma };

  // Parses a policy text; never fails (unknown = spread, as HAMi). Blanks around words are ignored.
  static CardPolicy Parse(std::string_view text);

  // Whether only unused cards may be taken (`mutex` in the chain).
  bool unused_only() const { return unused_only_; }
  // In the written order, never empty.
  const absl::InlinedVector<Key, 2>& keys() const { return keys_; }
  // What the keys come to: used cards first (+1), last (-1), or usage does not matter (0), and
  // whether the NUMA node decides before usage does.
  int usage_sign() const { return usage_sign_; }
  bool numa_first() const { return numa_first_; }

  // What the --card-policy flag accepts: binpack, spread, mutex, numa, and comma lists of these
  // without a blank or a repetition.
  static bool IsKnown(std::string_view text);

 private:
  void Settle();

  absl::InlinedVector<Key, 2> keys_ = {Key::kSpread};
  int usage_sign_ = -1;
  bool numa_first_ = false;
  bool unused_only_ = false;
};

// used / total as a fixed-point share in [0, kFullShare]; more than all counts as all. The
// reciprocal is kept from call to call, because the cards of a node, and the nodes of a cluster,
// mostly have the same totals: then no division is needed. Exactly monotonic in `used` for a total
// below 2^30, and a function of (used, total) alone.
class Share {
 public:
  static constexpr int kBits = 30;
  static constexpr int64_t kFullShare = int64_t{1} << kBits;

  // `used` >= 0, 0 < `total` < 2^51.
  int64_t Of(int64_t used, int64_t total) {
    if (total != total_) {
      total_ = total;
      reciprocal_ = (int64_t{1} << kReciprocalBits) / total;
    }
    if (used >= total) return kFullShare;
    constexpr int kShift = kReciprocalBits - kBits;
    return (used * reciprocal_ + (int64_t{1} << (kShift - 1))) >> kShift;
  }

 private:
  static constexpr int kReciprocalBits = 52;
  int64_t total_ = 0;
  int64_t reciprocal_ = 0;
};

// How used a card is, 0 = not at all (or a card without slots, cores or memory, as HAMi has it);
// comparable between the cards of one node.
class CardUsage {
 public:
  // Weights above 2^30 count as 2^30, negative ones as 0: three full shares stay within 63 bits.
  explicit CardUsage(const model::PodRequest::Weights& weights)
      : slots_weight_(Bounded(weights.slots)),
        cores_weight_(Bounded(weights.cores)),
        memory_weight_(Bounded(weights.memory)) {}

  int64_t Of(const model::Card& card) {
    const int32_t slots = card.slots.value();
    const int32_t cores = card.cores.value();
    const int32_t memory = card.memory.value();
    if (slots <= 0 || cores <= 0 || memory <= 0) return 0;
    return slots_weight_ * slots_.Of(card.used.slots.value(), slots) +
           cores_weight_ * cores_.Of(card.used.cores.value(), cores) +
           memory_weight_ * memory_.Of(card.used.memory.value(), memory);
  }

 private:
  static int64_t Bounded(int32_t weight) { return std::clamp(weight, 0, 1 << 30); }

  int64_t slots_weight_, cores_weight_, memory_weight_;
  Share slots_, cores_, memory_;
};

// CardUsage for one card.
int64_t CardUsageScore(const model::Card& card, const model::PodRequest::Weights& weights);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_CARD_POLICY_H_
