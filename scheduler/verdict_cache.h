// What was decided before: fit and score by the shape of the request and the state of the node.
//
// Clusters are asked the same few shapes again and again, and between two questions few nodes
// change. So the verdict on a node is kept under the shape of the request and the number of the
// node's state (model/node_state.h): a decision costs the states that are new to the shape, and not
// the nodes. A verdict never becomes wrong, because a state never changes; it is dropped when its
// number goes to another state or its shape was not asked for a while.
//
// Thread contract: VerdictCache may be used from any thread. A shape is lent to one decision at a
// time; a second one at the same moment gets an empty one and loses nothing but the reuse.
#ifndef SCHEDULER_VERDICT_CACHE_H_
#define SCHEDULER_VERDICT_CACHE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/mutex.h"
#include "model/node_state.h"
#include "model/snapshot.h"
#include "model/string_map.h"
#include "scheduler/fit.h"
#include "scheduler/policy.h"

namespace tangram::scheduler {

// The answer for one node, in 16 bytes with the age of the state it was made for: a filter walks
// thousands of them.
struct Verdict {
  // When it fits: says the standing as well (standing.h). Else: whether somebody's leaving helps.
  int64_t score = 0;
  uint32_t age = 0;          // of the state; 0 = of none
  uint32_t reason_bits = 0;  // as ReasonSet::bits(); none = it fits

  bool fits() const { return reason_bits == 0; }
  bool resolvable() const { return score != 0; }  // when it does not fit
  // `reasons` is not empty.
  void Refuse(ReasonSet reasons, bool is_resolvable) {
    reason_bits = reasons.bits();
    score = is_resolvable ? 1 : 0;
  }
};
static_assert(kReasonCount <= 32 && sizeof(Verdict) == 16);

// What tells two requests apart: requests of equal key get the same verdict on every node under
// that policy. Not for requests that name UUIDs (CompiledRequest::names_uuids): cards of the same
// state differ for them.
std::string ShapeKey(const CompiledRequest& request, const NodePolicy& policy);

// The verdicts of one shape.
class ShapeVerdicts {
 public:
  // The verdict on nodes in that state, or null.
  const Verdict* Find(model::StateRef state) const {
    if (state.number >= verdicts_.size() || verdicts_[state.number].age != state.age) {
      return nullptr;
    }
    return &verdicts_[state.number];
  }
  void Store(model::StateRef state, Verdict verdict) {
    verdict.age = state.age;
    verdicts_[state.number] = verdict;
  }

  // Why nodes of that kind would not take the shape with nobody on them; nullopt = not known yet.
  std::optional<ReasonSet> FindWhenEmpty(model::StateRef kind) const {
    if (kind.number >= kinds_.size() || kinds_[kind.number].age != kind.age) return std::nullopt;
    return kinds_[kind.number].reasons;
  }
  void StoreWhenEmpty(model::StateRef kind, ReasonSet reasons) {
    if (kind.number >= kinds_.size()) kinds_.resize(kind.number + 1);
    kinds_[kind.number] = {reasons, kind.age};
  }

 private:
  friend class VerdictCache;
  struct KindEntry {
    ReasonSet reasons;
    uint32_t age = 0;
  };
  std::vector<Verdict> verdicts_;  // by state number, as many as the snapshot has
  std::vector<KindEntry> kinds_;   // by kind number
  uint64_t types_revision_ = 0;
};

class VerdictCache {
 public:
  // Keeps the shapes asked last, of that many bytes together: 16 for each state of a node that
  // there is, and the key, which holds a pod's own lists. A shape that is larger alone is not kept.
  explicit VerdictCache(size_t most_bytes = size_t{20} << 20) : most_bytes_(most_bytes) {}

  // The verdicts of a shape, taken out of the cache and put back by the destructor.
  class Lease {
   public:
    Lease(Lease&&) = default;
    Lease& operator=(Lease&&) = delete;
    ~Lease();
    ShapeVerdicts& operator*() { return *verdicts_; }
    ShapeVerdicts* operator->() { return verdicts_.get(); }

   private:
    friend class VerdictCache;
    Lease(VerdictCache* cache, std::string key, std::unique_ptr<ShapeVerdicts> verdicts)
        : cache_(cache), key_(std::move(key)), verdicts_(std::move(verdicts)) {}

    VerdictCache* cache_;
    std::string key_;
    std::unique_ptr<ShapeVerdicts> verdicts_;
  };

  // The shape with what is known about it, for nodes of that snapshot. All snapshots must come from
  // one cluster. The lease must not outlive this.
  Lease Borrow(std::string key, const model::Snapshot& snapshot);

  // Bytes and shapes kept at present, lent ones aside.
  size_t bytes() const;
  size_t shapes() const;

 private:
  struct Shape {
    std::unique_ptr<ShapeVerdicts> verdicts;
    size_t bytes = 0;
    uint64_t returned = 0;
  };
  static size_t BytesOf(std::string_view key, const ShapeVerdicts& verdicts);

  void Return(const std::string& key, std::unique_ptr<ShapeVerdicts> verdicts);
  std::unique_ptr<ShapeVerdicts> Take(std::string_view key) TANGRAM_REQUIRES(mutex_);

  const size_t most_bytes_;
  mutable model::Mutex mutex_;
  model::StringMap<Shape> shapes_ TANGRAM_GUARDED_BY(mutex_);
  std::map<uint64_t, std::string> by_age_ TANGRAM_GUARDED_BY(mutex_);  // keys by Shape::returned
  size_t bytes_ TANGRAM_GUARDED_BY(mutex_) = 0;
  uint64_t returns_ TANGRAM_GUARDED_BY(mutex_) = 0;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_VERDICT_CACHE_H_
