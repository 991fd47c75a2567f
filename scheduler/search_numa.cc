// The search with NUMA binding: containers are dealt out to NUMA nodes, and each node's cards then
// cover the containers dealt to it. Both steps remember what they found, so the work is bounded by
// (NUMA nodes x sets of containers) small covers.
#include <algorithm>
#include <cstdint>
#include <optional>
#include <vector>

#include "model/check.h"
#include "scheduler/search.h"

namespace tangram::scheduler {
namespace {

constexpr size_t kSets = size_t{1} << kSearchContainers;

class NumaSearch {
 public:
  NumaSearch(const CoverProblem& problem, std::span<const int32_t> numa, size_t* steps);
  CoverOutcome Run(Cover* cover);

 private:
  struct Group {
    std::vector<size_t> cards;
    std::array<std::optional<bool>, kSets> covers;  // [T]: can these cards cover T?
  };

  // Whether the groups from `group` on can cover the containers of `open`.
  bool Deal(size_t group, size_t open);
  CoverOutcome Covers(const Group& group, size_t set, size_t limit, Cover* cover);

  const CoverProblem& problem_;
  size_t* const steps_;
  size_t left_;  // steps until it gives up; a cover that is looked for counts as one more
  bool gave_up_ = false;
  std::vector<Group> groups_;
  std::vector<std::array<bool, kSets>> failed_;  // [group][open]
  std::vector<size_t> dealt_;                    // by group
};

NumaSearch::NumaSearch(const CoverProblem& problem, std::span<const int32_t> numa, size_t* steps)
    : problem_(problem),
      steps_(steps),
      left_(numa.size() > kCompleteCards ? kMostSteps : SIZE_MAX) {
  std::vector<int32_t> nodes(numa.begin(), numa.end());
  std::sort(nodes.begin(), nodes.end());
  nodes.erase(std::unique(nodes.begin(), nodes.end()), nodes.end());
  for (const int32_t node : nodes) {
    Group group;
    for (size_t card = 0; card < numa.size(); ++card) {
      if (numa[card] == node) group.cards.push_back(card);
    }
    groups_.push_back(std::move(group));
  }
  failed_.resize(groups_.size());
  for (auto& failed : failed_) failed.fill(false);
  dealt_.resize(groups_.size());
}

CoverOutcome NumaSearch::Covers(const Group& group, size_t set, size_t limit, Cover* cover) {
  CoverProblem part;
  part.containers = problem_.containers;
  for (size_t i = 0; i < problem_.containers; ++i) {
    if (((set >> i) & 1u) != 0) part.demand[i] = problem_.demand[i];
  }
  for (const size_t card : group.cards) part.families.push_back(problem_.families[card]);
  return FindCover(part, cover, steps_, limit);
}

bool NumaSearch::Deal(size_t group, size_t open) {
  if (group == groups_.size()) return open == 0;
  if (failed_[group][open]) return false;
  // Subsets of `open` in falling order, the whole first.
  for (size_t set = open;; set = (set - 1) & open) {
    std::optional<bool>& covers = groups_[group].covers[set];
    if (!covers.has_value()) {
      Cover ignored;
      const size_t before = *steps_;
      const CoverOutcome found =
          set == 0 ? CoverOutcome::kFound : Covers(groups_[group], set, left_, &ignored);
      const size_t used = *steps_ - before + 1;
      left_ = left_ == SIZE_MAX ? left_ : left_ - std::min(left_, used);
      gave_up_ = gave_up_ || found == CoverOutcome::kTooMuch || left_ == 0;
      covers = found == CoverOutcome::kFound;
    }
    if (gave_up_) return false;
    if (*covers && Deal(group + 1, open & ~set)) {
      dealt_[group] = set;
      return true;
    }
    if (set == 0) break;
  }
  failed_[group][open] = true;
  return false;
}

CoverOutcome NumaSearch::Run(Cover* cover) {
  size_t wanted = 0;
  for (size_t i = 0; i < problem_.containers; ++i) {
    if (problem_.demand[i] > 0) wanted |= size_t{1} << i;
  }
  if (!Deal(0, wanted)) return gave_up_ ? CoverOutcome::kTooMuch : CoverOutcome::kNone;
  cover->assign(problem_.families.size(), 0);
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (dealt_[g] == 0) continue;
    Cover part;
    // Found before, within the limit.
    TANGRAM_CHECK(Covers(groups_[g], dealt_[g], SIZE_MAX, &part) == CoverOutcome::kFound);
    for (size_t i = 0; i < part.size(); ++i) {
      // A card may be able to take a container that was dealt to another NUMA node.
      (*cover)[groups_[g].cards[i]] = static_cast<ContainerSet>(part[i] & dealt_[g]);
    }
  }
  return CoverOutcome::kFound;
}

}  // namespace

CoverOutcome FindCoverByNuma(const CoverProblem& problem, std::span<const int32_t> numa,
                             Cover* cover, size_t* steps) {
  TANGRAM_CHECK(numa.size() == problem.families.size());
  size_t uncounted = 0;
  return NumaSearch(problem, numa, steps != nullptr ? steps : &uncounted).Run(cover);
}

}  // namespace tangram::scheduler
