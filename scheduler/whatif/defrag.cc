#include "scheduler/whatif/defrag.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <utility>

#include "model/check.h"
#include "scheduler/whatif/room_for.h"
#include "scheduler/whatif/views.h"

namespace tangram::scheduler::whatif {
namespace {

// What is tried at each step: the cards and nodes in use that are the easiest to empty.
constexpr size_t kCardsTried = 64;
constexpr size_t kNodesTried = 32;
// Of either kind, the first so many that can be emptied are compared.
constexpr size_t kCompared = 4;

// Something to empty: a card, or all cards of a node.
struct Candidate {
  size_t node = 0;
  std::optional<size_t> card;
  std::vector<size_t> pods;  // to move, the largest first
  int64_t memory = 0;        // that they hold

  bool Covers(size_t other_node, size_t other_card) const {
    return node == other_node && (!card.has_value() || *card == other_card);
  }
};

// What emptying it brings.
struct Trial {
  std::vector<Move> moves;
  int64_t gain = 0;  // cards and nodes that come free
};

int64_t CardsFree(const model::Node& node) {
  return std::count_if(node.cards().begin(), node.cards().end(),
                       [](const model::Card& card) { return IsFree(card); });
}

class Defragmenter {
 public:
  Defragmenter(Moving& moving, size_t max_moves) : moving_(moving), max_moves_(max_moves) {}

  void Go() {
    while (moving_.moves().size() < max_moves_) {
      std::optional<Trial> best;
      size_t cards = 0;
      size_t nodes = 0;
      for (const Candidate& candidate : Candidates()) {
        size_t& compared = candidate.card.has_value() ? cards : nodes;
        if (compared == kCompared) continue;
        const std::optional<Trial> trial = Try(candidate);
        if (!trial.has_value()) continue;
        ++compared;
        if (!best.has_value() || Better(*trial, *best)) best = trial;
      }
      if (!best.has_value()) return;
      for (const Move& move : best->moves) moving_.Go(move.pod, move.to);
    }
  }

 private:
  // More gain a move; of equals fewer moves.
  static bool Better(const Trial& a, const Trial& b) {
    const auto a_moves = static_cast<int64_t>(a.moves.size());
    const auto b_moves = static_cast<int64_t>(b.moves.size());
    if (a.gain * b_moves != b.gain * a_moves) return a.gain * b_moves > b.gain * a_moves;
    return a_moves < b_moves;
  }

  bool Uses(size_t pod, size_t card) const {
    const CardTakes& takes = moving_.place(pod).takes;
    return std::any_of(takes.begin(), takes.end(),
                       [card](const CardTake& take) { return take.card == card; });
  }

  // Nullopt when a pod there cannot be moved, or they are too many.
  std::optional<Candidate> MakeCandidate(size_t node, std::optional<size_t> card) const {
    Candidate candidate{node, card, {}, 0};
    for (const size_t pod : moving_.PodsOn(node)) {
      if (moving_.place(pod).takes.empty()) continue;
      if (card.has_value() && !Uses(pod, *card)) continue;
      if (!moving_.movable(pod)) return std::nullopt;
      candidate.pods.push_back(pod);
      candidate.memory += moving_.MemoryOf(pod);
    }
    if (candidate.pods.empty() || candidate.pods.size() > max_moves_ - moving_.moves().size()) {
      return std::nullopt;
    }
    std::stable_sort(candidate.pods.begin(), candidate.pods.end(), [this](size_t a, size_t b) {
      return moving_.MemoryOf(a) > moving_.MemoryOf(b);
    });
    return candidate;
  }

  // Those that fewest pods have to leave, the lightest first.
  static void KeepEasiest(size_t keep, std::vector<Candidate>* candidates) {
    const auto key = [](const Candidate& candidate) {
      return std::tuple(candidate.pods.size(), candidate.memory, candidate.node, candidate.card);
    };
    std::sort(candidates->begin(), candidates->end(),
              [&key](const Candidate& a, const Candidate& b) { return key(a) < key(b); });
    if (candidates->size() > keep) candidates->resize(keep);
  }

  std::vector<Candidate> Candidates() const {
    std::vector<Candidate> cards, nodes;
    for (size_t i = 0; i < moving_.nodes().size(); ++i) {
      const model::Node& node = moving_.nodes()[i].node;
      if (node.unaccounted_pods() > 0) continue;
      if (auto candidate = MakeCandidate(i, std::nullopt); candidate.has_value()) {
        nodes.push_back(*std::move(candidate));
      }
      for (size_t card = 0; card < node.cards().size(); ++card) {
        const model::Card& known = node.cards()[card];
        if (known.used == model::GpuUsage() || !known.healthy || known.cordoned) continue;
        if (auto candidate = MakeCandidate(i, card); candidate.has_value()) {
          cards.push_back(*std::move(candidate));
        }
      }
    }
    KeepEasiest(kCardsTried, &cards);
    KeepEasiest(kNodesTried, &nodes);
    cards.insert(cards.end(), nodes.begin(), nodes.end());
    return cards;
  }

  // Whether a pod that leaves the candidate may come to that card.
  bool Allowed(const Candidate& candidate, size_t node, size_t card) const {
    if (candidate.Covers(node, card)) return false;
    const model::Node& target = moving_.nodes()[node].node;
    // To empty a card by filling another brings nothing; a whole node may, beside other pods.
    if (candidate.card.has_value()) return target.cards()[card].used != model::GpuUsage();
    return !IsFree(target);
  }

  // Empties the candidate, sees what it brings, and puts all back.
  std::optional<Trial> Try(const Candidate& candidate) {
    const size_t before = moving_.moves().size();
    int64_t cards = 0;
    int64_t nodes = 0;
    const auto count = [&](size_t node, int64_t sign) {
      cards += sign * CardsFree(moving_.nodes()[node].node);
      nodes += sign * (IsFree(moving_.nodes()[node].node) ? 1 : 0);
    };
    bool emptied = true;
    for (const size_t pod : candidate.pods) {
      const auto place = moving_.FindPlace(
          pod, [&](size_t node, size_t card) { return Allowed(candidate, node, card); });
      if (!place.has_value()) {
        emptied = false;
        break;
      }
      count(candidate.node, -1);
      if (place->node != candidate.node) count(place->node, -1);
      moving_.Go(pod, *place);
      count(candidate.node, 1);
      if (place->node != candidate.node) count(place->node, 1);
    }
    Trial trial;
    trial.moves.assign(moving_.moves().begin() + static_cast<std::ptrdiff_t>(before),
                       moving_.moves().end());
    while (moving_.moves().size() > before) moving_.Undo();
    trial.gain = cards + nodes;
    if (!emptied || cards < 0 || nodes < 0 || trial.gain <= 0) return std::nullopt;
    return trial;
  }

  Moving& moving_;
  const size_t max_moves_;
};

std::optional<Measure::Fragments> FragmentsOf(const World& world,
                                              const std::vector<HostedNode>& nodes) {
  const auto views = Views::Of(world);
  if (!views.ok()) return std::nullopt;
  std::vector<WorkloadPod> workload;
  for (const BoundPod& pod : world.pods) {
    if (pod.pod.request.empty()) continue;
    const auto wanted = views->DemandOf(world, {pod.pod.request, pod.pod.host});
    if (wanted.has_value()) workload.push_back(wanted->pod);
  }
  Measure::Fragments fragments;
  const TypicalPods typical(workload);
  for (const HostedNode& node : nodes) {
    const NodeView view = views->ViewOf(node);
    fragments.idle_milli += view.gpu_left();
    fragments.lost_milli += Fragment(typical, view);
  }
  return fragments;
}

}  // namespace

Measure MeasureOf(const World& world, const std::vector<HostedNode>& nodes) {
  Measure measure;
  for (const HostedNode& hosted : nodes) {
    const model::Node& node = hosted.node;
    const int64_t free = CardsFree(node);
    measure.cards_free += free;
    if (IsFree(node)) ++measure.nodes_free;
    if (hosted.unschedulable || node.unaccounted_pods() > 0) continue;
    measure.most_cards = std::max(measure.most_cards, free);
    for (const model::Card& card : node.cards()) {
      const bool usable =
          card.healthy && !card.cordoned && !card.overcommitted() && card.used.slots < card.slots;
      if (!usable) continue;
      const int64_t left = (card.memory - card.used.memory).value();
      measure.largest_slice_mib = std::max(measure.largest_slice_mib, left);
    }
  }
  measure.fragments = FragmentsOf(world, nodes);
  return measure;
}

DefragReport Defrag(const World& world, const DefragOptions& options) {
  Moving moving(world, options.policy, options.fits_max);
  DefragReport report;
  report.before = MeasureOf(world, world.nodes);
  if (options.pod != nullptr) {
    report.fits_on = MakeRoomFor(moving, *options.pod, options.policy, options.max_moves);
  } else {
    Defragmenter(moving, options.max_moves).Go();
  }
  report.moves = moving.moves();
  report.stopped = moving.cut();
  report.after = MeasureOf(world, moving.nodes());
  return report;
}

}  // namespace tangram::scheduler::whatif
