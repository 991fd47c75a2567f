#include "scheduler/whatif/room_for.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

namespace tangram::scheduler::whatif {
namespace {

// Up to so many moves every set of pods is tried.
constexpr size_t kAllSets = 3;

// Pods of one node whose leaving makes room there.
struct Leaving {
  int64_t memory = 0;  // that they hold
  size_t node = 0;
  std::vector<size_t> pods;
};

class RoomMaker {
 public:
  RoomMaker(Moving& moving, const Ask& ask, const CardPolicy& policy)
      : moving_(moving),
        judge_(ask, moving.world(), policy),
        for_easy_cards_(moving.fits_left() / 2) {}

  std::optional<size_t> Go(size_t max_moves) {
    for (size_t i = 0; i < moving_.nodes().size(); ++i) {
      if (moving_.Fits(judge_, moving_.nodes()[i], nullptr)) return i;
    }
    for (size_t size = 1; size <= std::min(max_moves, kAllSets); ++size) {
      if (const auto node = TryAll(SetsOf(size), for_easy_cards_); node.has_value()) return node;
    }
    if (max_moves <= kAllSets) return std::nullopt;
    return TryAll(EasyCards(max_moves), 0);
  }

 private:
  std::vector<size_t> MovablePods(size_t node) const {
    std::vector<size_t> pods = moving_.PodsOn(node);
    std::erase_if(pods, [this](size_t pod) { return !moving_.movable(pod); });
    return pods;
  }

  bool MakesRoom(size_t node, const std::vector<size_t>& pods, Placement* placement) {
    return moving_.Fits(judge_, moving_.WithoutPods(node, pods), placement);
  }

  int64_t MemoryOf(const std::vector<size_t>& pods) const {
    int64_t memory = 0;
    for (const size_t pod : pods) memory += moving_.MemoryOf(pod);
    return memory;
  }

  // Whether the pod would fit with every movable pod gone: else no set of them helps.
  bool Hopeless(size_t node, const std::vector<size_t>& pods) {
    return pods.empty() || !MakesRoom(node, pods, nullptr);
  }

  // Adds the sets of `size` of the pods from `next` on, `chosen` among them, that make room.
  void AddSets(size_t node, const std::vector<size_t>& pods, size_t size, size_t next,
               std::vector<size_t>& chosen, std::vector<Leaving>* sets) {
    if (chosen.size() == size) {
      if (MakesRoom(node, chosen, nullptr)) sets->push_back({MemoryOf(chosen), node, chosen});
      return;
    }
    for (size_t i = next; i < pods.size(); ++i) {
      if (moving_.fits_left() <= for_easy_cards_) return moving_.NoteCut();
      chosen.push_back(pods[i]);
      AddSets(node, pods, size, i + 1, chosen, sets);
      chosen.pop_back();
    }
  }

  std::vector<Leaving> SetsOf(size_t size) {
    std::vector<Leaving> sets;
    for (size_t node = 0; node < moving_.nodes().size(); ++node) {
      const std::vector<size_t> pods = MovablePods(node);
      if (pods.size() < size || Hopeless(node, pods)) continue;
      std::vector<size_t> chosen;
      AddSets(node, pods, size, 0, chosen, &sets);
    }
    return sets;
  }

  // On each node: the pods of its cards, from the easiest to empty, until there is room; then those
  // again left in place that need not go.
  std::vector<Leaving> EasyCards(size_t max_moves) {
    std::vector<Leaving> sets;
    for (size_t node = 0; node < moving_.nodes().size(); ++node) {
      const std::vector<size_t> all = MovablePods(node);
      if (Hopeless(node, all)) continue;
      std::vector<size_t> pods = Gather(node, all);
      for (size_t i = 0; i < pods.size();) {
        std::vector<size_t> fewer = pods;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(i));
        if (MakesRoom(node, fewer, nullptr)) {
          pods = std::move(fewer);
        } else {
          ++i;
        }
      }
      if (pods.size() <= max_moves) sets.push_back({MemoryOf(pods), node, std::move(pods)});
    }
    std::stable_sort(sets.begin(), sets.end(), [](const Leaving& a, const Leaving& b) {
      return a.pods.size() < b.pods.size();
    });
    return sets;
  }

  std::vector<size_t> Gather(size_t node, const std::vector<size_t>& all) {
    const size_t cards = moving_.nodes()[node].node.cards().size();
    std::vector<std::vector<size_t>> on_card(cards);
    for (const size_t pod : all) {
      for (const CardTake& take : moving_.place(pod).takes) on_card[take.card].push_back(pod);
    }
    std::stable_sort(on_card.begin(), on_card.end(), [this](const auto& a, const auto& b) {
      return std::pair(a.size(), MemoryOf(a)) < std::pair(b.size(), MemoryOf(b));
    });
    std::vector<size_t> pods;
    for (const std::vector<size_t>& card : on_card) {
      if (!pods.empty() && MakesRoom(node, pods, nullptr)) break;
      for (const size_t pod : card) {
        if (std::find(pods.begin(), pods.end(), pod) == pods.end()) pods.push_back(pod);
      }
    }
    return pods;
  }

  // Makes the moves of the first set, least memory first among sets of one size, that can be made;
  // gives up when no more than `fits_kept` questions are left.
  std::optional<size_t> TryAll(std::vector<Leaving> sets, int64_t fits_kept) {
    std::stable_sort(sets.begin(), sets.end(), [](const Leaving& a, const Leaving& b) {
      return std::tuple(a.pods.size(), a.memory) < std::tuple(b.pods.size(), b.memory);
    });
    for (const Leaving& set : sets) {
      if (moving_.fits_left() <= fits_kept) {
        moving_.NoteCut();
        return std::nullopt;
      }
      if (Try(set)) return set.node;
    }
    return std::nullopt;
  }

  bool Try(const Leaving& set) {
    Placement placement;
    if (!MakesRoom(set.node, set.pods, &placement)) return false;
    // Nobody may move to where the pod is to run.
    moving_.Reserve(set.node, judge_, placement);
    std::vector<size_t> pods = set.pods;
    std::stable_sort(pods.begin(), pods.end(), [this](size_t a, size_t b) {
      return moving_.MemoryOf(a) > moving_.MemoryOf(b);
    });
    const size_t before = moving_.moves().size();
    bool all = true;
    for (const size_t pod : pods) {
      const auto place = moving_.FindPlace(pod, [&](size_t node, size_t card) {
        return node != set.node || std::find(placement.cards.begin(), placement.cards.end(),
                                             card) == placement.cards.end();
      });
      if (!place.has_value()) {
        all = false;
        break;
      }
      moving_.Go(pod, *place);
    }
    moving_.Unreserve(set.node, judge_, placement);
    if (all && moving_.Fits(judge_, moving_.nodes()[set.node], nullptr)) return true;
    while (moving_.moves().size() > before) moving_.Undo();
    return false;
  }

  Moving& moving_;
  const Judge judge_;
  const int64_t for_easy_cards_;  // questions kept for them
};

}  // namespace

std::optional<size_t> MakeRoomFor(Moving& moving, const Ask& ask, const CardPolicy& policy,
                                  size_t max_moves) {
  return RoomMaker(moving, ask, policy).Go(max_moves);
}

}  // namespace tangram::scheduler::whatif
