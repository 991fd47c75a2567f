#include "scheduler/mig_search.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <tuple>
#include <utility>

namespace tangram::scheduler {
namespace {

using model::mig::StateId;

// So many of each want.
using Counts = std::vector<uint16_t>;
// The instances on one card, with the want of each.
using Cuts = std::vector<std::pair<size_t, uint16_t>>;

constexpr size_t kMostPaths = 20000;
constexpr size_t kMostOpen = 20000;
constexpr size_t kMostDeals = 4096;

// An instance that only init containers have had so far: later ones may use it in turn.
struct Spare {
  uint16_t placement = 0;
  size_t last = 0;  // the want that had it last
  friend auto operator<=>(const Spare&, const Spare&) = default;
};

// A card after some of the wants.
struct Path {
  Counts counts;
  model::GpuUsage used;  // with the state
  Cuts cuts;
  std::vector<Spare> spare = {};  // sorted
};

using PathKey = std::tuple<Counts, model::GpuUsage, std::vector<Spare>>;

// The ways of one card, by the counts; the first that was found of each. Nothing: too many.
using Ways = std::map<Counts, Cuts>;

// Whether the want can have the instance there, one that is spare or a new one.
bool CanUse(const model::mig::CardStates& states, size_t placement, size_t want, const Path& path) {
  for (const Spare& one : path.spare) {
    if (one.placement == placement) return one.last != want;
  }
  return states.After(static_cast<StateId>(path.used.mig_state), placement) != model::mig::kNoState;
}

// Gives it to the want.
void Use(const model::mig::CardStates& states, size_t placement, size_t want, bool init,
         Path* path) {
  const auto spare = std::find_if(path->spare.begin(), path->spare.end(),
                                  [&](const Spare& one) { return one.placement == placement; });
  if (spare != path->spare.end()) {
    path->spare.erase(spare);
  } else {
    path->used.mig_state = states.After(static_cast<StateId>(path->used.mig_state), placement);
  }
  if (!init) return;
  const Spare held{static_cast<uint16_t>(placement), want};
  path->spare.insert(std::upper_bound(path->spare.begin(), path->spare.end(), held), held);
}

// Adds to `paths` those with up to `most` instances more for the want, of what `from` may have.
bool Extend(const MigProblem::CutCard& card, const MigProblem& problem, size_t want,
            std::vector<Path>* paths) {
  std::set<PathKey> seen;
  std::vector<Path> all = *paths;
  std::vector<Path> last = std::move(*paths);
  std::erase_if(last, [&](const Path& path) { return !card.passes(want, path.used); });
  const model::mig::CardTable& table = card.asks[want].table();
  for (int32_t made = 0; made < problem.wants[want].count && !last.empty(); ++made) {
    std::vector<Path> next;
    for (const Path& path : last) {
      for (const uint16_t profile : card.asks[want].profiles()) {
        const auto& states = table.states();
        for (size_t p = states.first(profile); p < states.first(profile + 1u); ++p) {
          if (*problem.budget == 0) return false;
          --*problem.budget;
          if (!CanUse(states, p, want, path)) continue;
          Path longer = path;
          Use(states, p, want, problem.wants[want].init, &longer);
          ++longer.counts[want];
          if (!problem.wants[want].init) {
            const model::GpuUsage taken = TakenByInstance(table, p);
            longer.used.slots += taken.slots;
            longer.used.memory += taken.memory;
            longer.used.cores += taken.cores;
          }
          longer.cuts.emplace_back(want, static_cast<uint16_t>(p));
          if (!seen.emplace(longer.counts, longer.used, longer.spare).second) continue;
          next.push_back(std::move(longer));
          if (next.size() + all.size() > kMostPaths) return false;
        }
      }
    }
    all.insert(all.end(), next.begin(), next.end());
    last = std::move(next);
  }
  *paths = std::move(all);
  return true;
}

std::optional<Ways> WaysOf(const MigProblem::CutCard& card, const MigProblem& problem) {
  std::vector<Path> paths = {{Counts(problem.wants.size(), 0), card.books.used, {}, {}}};
  // Amounts of init containers are over when the next one starts.
  for (size_t want = 0; want < problem.wants.size(); ++want) {
    if (!Extend(card, problem, want, &paths)) return std::nullopt;
  }
  Ways ways;
  for (Path& path : paths) ways.emplace(std::move(path.counts), std::move(path.cuts));
  return ways;
}

class Deal {
 public:
  Deal(const MigProblem& problem, std::vector<Ways> ways)
      : problem_(problem), ways_(std::move(ways)) {}

  // With want i on cards of NUMA node numa[i] alone, where there is one.
  MigSearchOutcome Run(const std::vector<std::optional<int32_t>>& numa,
                       std::vector<MigPicks>* picks) {
    struct Step {
      Counts before;
      const Cuts* cuts;
    };
    Counts wanted;
    for (const ContainerWant& want : problem_.wants) {
      wanted.push_back(static_cast<uint16_t>(std::min(want.count, UINT16_MAX)));
    }
    const Counts none(wanted.size(), 0);
    std::vector<std::map<Counts, Step>> layers = {{{wanted, {{}, nullptr}}}};
    for (size_t c = 0; c < ways_.size(); ++c) {
      std::map<Counts, Step> next;
      for (const auto& [open, step] : layers.back()) {
        for (const auto& [counts, cuts] : ways_[c]) {
          if (*problem_.budget == 0) return MigSearchOutcome::kTooMuch;
          --*problem_.budget;
          if (!Allowed(counts, open, c, numa)) continue;
          Counts left = open;
          for (size_t i = 0; i < left.size(); ++i)
            left[i] = static_cast<uint16_t>(left[i] - counts[i]);
          next.emplace(std::move(left), Step{open, &cuts});
        }
        if (next.size() > kMostOpen) return MigSearchOutcome::kTooMuch;
      }
      layers.push_back(std::move(next));
    }
    if (!layers.back().contains(none)) return MigSearchOutcome::kNone;
    picks->assign(wanted.size(), {});
    Counts at = none;
    for (size_t c = ways_.size(); c-- > 0;) {
      const Step& step = layers[c + 1].at(at);
      for (const auto& [want, placement] : *step.cuts) {
        (*picks)[want].push_back({problem_.cards[c].card, placement});
      }
      at = step.before;
    }
    for (MigPicks& of_want : *picks) std::sort(of_want.begin(), of_want.end());
    return MigSearchOutcome::kFound;
  }

 private:
  bool Allowed(const Counts& counts, const Counts& open, size_t card,
               const std::vector<std::optional<int32_t>>& numa) const {
    for (size_t i = 0; i < counts.size(); ++i) {
      if (counts[i] > open[i]) return false;
      const bool elsewhere = numa[i].has_value() && *numa[i] != problem_.cards[card].books.numa;
      if (counts[i] > 0 && elsewhere) return false;
    }
    return true;
  }

  const MigProblem& problem_;
  std::vector<Ways> ways_;
};

}  // namespace

MigSearchOutcome FindInstances(const MigProblem& problem, std::vector<MigPicks>* picks) {
  std::vector<Ways> ways;
  std::set<int32_t> numas;
  for (const MigProblem::CutCard& card : problem.cards) {
    std::optional<Ways> found = WaysOf(card, problem);
    if (!found.has_value()) return MigSearchOutcome::kTooMuch;
    ways.push_back(*std::move(found));
    numas.insert(card.books.numa);
  }
  Deal deal(problem, std::move(ways));
  std::vector<std::optional<int32_t>> numa(problem.wants.size());
  std::vector<size_t> bound;  // the wants that keep to one NUMA node
  size_t deals = 1;
  for (size_t i = 0; i < problem.wants.size() && problem.numa_bind; ++i) {
    if (problem.wants[i].count < 2) continue;
    bound.push_back(i);
    deals *= std::max<size_t>(numas.size(), 1);
    if (deals > kMostDeals) return MigSearchOutcome::kTooMuch;
  }
  const std::vector<int32_t> nodes(numas.begin(), numas.end());
  for (size_t number = 0; number < deals; ++number) {
    size_t rest = number;
    for (const size_t want : bound) {
      if (nodes.empty()) break;
      numa[want] = nodes[rest % nodes.size()];
      rest /= nodes.size();
    }
    const MigSearchOutcome outcome = deal.Run(numa, picks);
    if (outcome != MigSearchOutcome::kNone) return outcome;
  }
  return MigSearchOutcome::kNone;
}

}  // namespace tangram::scheduler
