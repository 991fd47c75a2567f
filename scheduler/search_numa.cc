// The search with NUMA binding: containers are dealt out to NUMA nodes, and each node's cards then
// cover the containers dealt to it. Both steps remember what they found, so the work is bounded by
// (NUMA nodes x sets of containers) small covers.
#include <algorithm>
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
  bool Run(Cover* cover);

 private:
  struct Group {
    std::vector<size_t> cards;
    std::array<std::optional<bool>, kSets> covers;  // [T]: can these cards cover T?
  };

  // Whether the groups from `group` on can cover the containers of `open`.
  bool Deal(size_t group, size_t open);
  bool Covers(Group& group, size_t set, Cover* cover);

  const CoverProblem& problem_;
  size_t* const steps_;
  std::vector<Group> groups_;
  std::vector<std::array<bool, kSets>> failed_;  // [group][open]
  std::vector<size_t> dealt_;                    // by group
};

NumaSearch::NumaSearch(const CoverProblem& problem, std::span<const int32_t> numa, size_t* steps)
    : problem_(problem), steps_(steps) {
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

bool NumaSearch::Covers(Group& group, size_t set, Cover* cover) {
  CoverProblem part;
  part.containers = problem_.containers;
  for (size_t i = 0; i < problem_.containers; ++i) {
    if (((set >> i) & 1u) != 0) part.demand[i] = problem_.demand[i];
  }
  for (const size_t card : group.cards) part.families.push_back(problem_.families[card]);
  return FindCover(part, cover, steps_);
}

bool NumaSearch::Deal(size_t group, size_t open) {
  if (group == groups_.size()) return open == 0;
  if (failed_[group][open]) return false;
  // Subsets of `open` in falling order, the whole first.
  for (size_t set = open;; set = (set - 1) & open) {
    std::optional<bool>& covers = groups_[group].covers[set];
    if (!covers.has_value()) {
      Cover ignored;
      covers = set == 0 || Covers(groups_[group], set, &ignored);
    }
    if (*covers && Deal(group + 1, open & ~set)) {
      dealt_[group] = set;
      return true;
    }
    if (set == 0) break;
  }
  failed_[group][open] = true;
  return false;
}

bool NumaSearch::Run(Cover* cover) {
  size_t wanted = 0;
  for (size_t i = 0; i < problem_.containers; ++i) {
    if (problem_.demand[i] > 0) wanted |= size_t{1} << i;
  }
  if (!Deal(0, wanted)) return false;
  cover->assign(problem_.families.size(), 0);
  for (size_t g = 0; g < groups_.size(); ++g) {
    if (dealt_[g] == 0) continue;
    Cover part;
    TANGRAM_CHECK(Covers(groups_[g], dealt_[g], &part));
    for (size_t i = 0; i < part.size(); ++i) {
      // A card may be able to take a container that was dealt to another NUMA node.
      (*cover)[groups_[g].cards[i]] = static_cast<ContainerSet>(part[i] & dealt_[g]);
    }
  }
  return true;
}

}  // namespace

bool FindCoverByNuma(const CoverProblem& problem, std::span<const int32_t> numa, Cover* cover,
                     size_t* steps) {
  TANGRAM_CHECK(numa.size() == problem.families.size());
  return NumaSearch(problem, numa, steps).Run(cover);
}

}  // namespace tangram::scheduler
