#include "scheduler/search.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>
#include <set>
#include <vector>

namespace tangram::scheduler {
namespace {

// Sizes of containers and cards of which families are made; the search itself never sees them.
struct Item {
  int memory = 0;
  int cores = 0;
};
struct Bin {
  int memory = 0;
  int cores = 0;
  int slots = 0;
};

bool Found(CoverOutcome outcome) {
  EXPECT_NE(outcome, CoverOutcome::kTooMuch);
  return outcome == CoverOutcome::kFound;
}

CardFamily FamilyOf(const Bin& bin, const std::vector<Item>& items) {
  CardFamily family;
  for (size_t set = 0; set < (size_t{1} << items.size()); ++set) {
    int memory = 0, cores = 0, slots = 0;
    for (size_t i = 0; i < items.size(); ++i) {
      if (((set >> i) & 1u) == 0) continue;
      memory += items[i].memory;
      cores += items[i].cores;
      ++slots;
    }
    family[set] = memory <= bin.memory && cores <= bin.cores && slots <= bin.slots;
  }
  return family;
}

void ExpectCovers(const CoverProblem& problem, const Cover& cover) {
  ASSERT_EQ(cover.size(), problem.families.size());
  std::array<int, kSearchContainers> taken = {};
  for (size_t c = 0; c < cover.size(); ++c) {
    EXPECT_TRUE(problem.families[c][cover[c]]) << "card " << c;
    for (size_t i = 0; i < problem.containers; ++i) taken[i] += (cover[c] >> i) & 1;
  }
  for (size_t i = 0; i < problem.containers; ++i) EXPECT_GE(taken[i], problem.demand[i]);
}

// All states that can be reached, card by card: slow and plainly right. A state is the open demand,
// one byte per container.
bool ReachableByBruteForce(const CoverProblem& problem) {
  uint64_t start = 0;
  for (size_t i = 0; i < problem.containers; ++i) start |= uint64_t{problem.demand[i]} << (8 * i);
  std::vector<uint64_t> states = {start};
  for (const CardFamily& family : problem.families) {
    std::vector<uint64_t> next;
    for (const uint64_t open : states) {
      for (size_t set = 0; set < (size_t{1} << problem.containers); ++set) {
        if (!family[set]) continue;
        uint64_t left = open;
        for (size_t i = 0; i < problem.containers; ++i) {
          const uint64_t byte = uint64_t{0xff} << (8 * i);
          if (((set >> i) & 1u) != 0 && (left & byte) != 0) left -= uint64_t{1} << (8 * i);
        }
        next.push_back(left);
      }
    }
    std::sort(next.begin(), next.end());
    next.erase(std::unique(next.begin(), next.end()), next.end());
    states = std::move(next);
  }
  return states.front() == 0;
}

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int Between(int low, int high) {
    return low + static_cast<int>(engine_() % static_cast<uint64_t>(high - low + 1));
  }
  std::mt19937_64& engine() { return engine_; }

 private:
  std::mt19937_64 engine_;
};

// Items and bins in several styles, and a demand near the edge of what fits: a random packing of
// every card to the brim, then some pieces more or less.
CoverProblem NearTheEdge(Random& random, size_t containers, size_t cards) {
  const int style = random.Between(0, 5);
  std::vector<Item> items(containers);
  for (Item& item : items) {
    item.memory = style == 0   ? random.Between(1, 100)
                  : style == 1 ? random.Between(20, 50)
                  : style == 2 ? random.Between(30, 36)
                  : style == 3 ? random.Between(1, 4)
                               : random.Between(10, 60);
    item.cores = style == 3   ? 10 * random.Between(1, 4)
                 : style == 4 ? 70 - item.memory
                 : style == 5 ? 0
                              : random.Between(0, 50);
    item.cores = std::max(item.cores, 0);
  }
  std::vector<Bin> kinds(static_cast<size_t>(random.Between(1, static_cast<int>(cards))));
  for (Bin& bin : kinds) {
    bin.memory = style == 3 ? random.Between(4, 12) : random.Between(60, 160);
    bin.cores = random.Between(50, 100);
    bin.slots = random.Between(2, 10);
  }
  CoverProblem problem;
  problem.containers = containers;
  for (size_t c = 0; c < cards; ++c) {
    problem.families.push_back(FamilyOf(kinds[c % kinds.size()], items));
    std::vector<size_t> order(containers);
    for (size_t i = 0; i < containers; ++i) order[i] = i;
    std::shuffle(order.begin(), order.end(), random.engine());
    size_t set = 0;
    for (const size_t i : order) {
      if (problem.families[c][set | (size_t{1} << i)]) set |= size_t{1} << i;
    }
    for (size_t i = 0; i < containers; ++i) {
      problem.demand[i] = static_cast<uint8_t>(problem.demand[i] + ((set >> i) & 1u));
    }
  }
  for (int change = random.Between(0, 3); change > 0; --change) {
    uint8_t& more =
        problem.demand[static_cast<size_t>(random.Between(0, static_cast<int>(containers) - 1))];
    uint8_t& less =
        problem.demand[static_cast<size_t>(random.Between(0, static_cast<int>(containers) - 1))];
    if (more < cards) ++more;
    if (random.Between(0, 1) == 1 && less > 0) --less;
  }
  return problem;
}

TEST(SearchTest, AgreesWithBruteForceOnThousandsOfSmallInstances) {
  Random random(20240);
  int found = 0, none = 0;
  for (int round = 0; round < 2000; ++round) {
    const size_t containers = static_cast<size_t>(random.Between(1, 5));
    const size_t cards = static_cast<size_t>(random.Between(1, 5));
    const CoverProblem problem = NearTheEdge(random, containers, cards);
    Cover cover;
    const bool covered = Found(FindCover(problem, &cover));
    ASSERT_EQ(covered, ReachableByBruteForce(problem)) << "round " << round;
    if (covered) ExpectCovers(problem, cover);
    ++(covered ? found : none);
  }
  EXPECT_GT(found, 400);
  EXPECT_GT(none, 400);
}

// Families that no sizes explain: any downward closed system.
TEST(SearchTest, AgreesWithBruteForceOnArbitraryFamilies) {
  Random random(7);
  int found = 0, none = 0;
  for (int round = 0; round < 2000; ++round) {
    CoverProblem problem;
    problem.containers = static_cast<size_t>(random.Between(2, 5));
    const size_t sets = size_t{1} << problem.containers;
    for (int c = random.Between(1, 5); c > 0; --c) {
      CardFamily family;
      family[0] = true;
      for (int top = random.Between(1, 4); top > 0; --top) {
        const size_t largest = static_cast<size_t>(random.Between(0, static_cast<int>(sets) - 1));
        for (size_t set = 0; set < sets; ++set) {
          if ((set & ~largest) == 0) family[set] = true;
        }
      }
      problem.families.push_back(family);
    }
    for (size_t i = 0; i < problem.containers; ++i) {
      problem.demand[i] =
          static_cast<uint8_t>(random.Between(0, static_cast<int>(problem.families.size())));
    }
    Cover cover;
    const bool covered = Found(FindCover(problem, &cover));
    ASSERT_EQ(covered, ReachableByBruteForce(problem)) << "round " << round;
    if (covered) ExpectCovers(problem, cover);
    ++(covered ? found : none);
  }
  EXPECT_GT(found, 200);
  EXPECT_GT(none, 200);
}

// Steps stand for the time, which depends on the machine.
TEST(SearchTest, FullSizeEndsInFewSteps) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
  constexpr int kRounds = 100;
#else
  constexpr int kRounds = 1000;
#endif
  Random random(99);
  size_t most_steps = 0;
  int found = 0;
  for (int round = 0; round < kRounds; ++round) {
    const CoverProblem problem = NearTheEdge(random, kSearchContainers, kCompleteCards);
    Cover cover;
    size_t steps = 0;
    const bool covered = Found(FindCover(problem, &cover, &steps));
    most_steps = std::max(most_steps, steps);
    if (covered) {
      ++found;
      ExpectCovers(problem, cover);
    }
  }
  EXPECT_GT(found, kRounds / 4);
  EXPECT_LT(found, kRounds);
  EXPECT_LT(most_steps, 5000u);
  RecordProperty("most_steps", static_cast<int>(most_steps));
}

// Every card takes any four of eight containers, and each container wants half of the cards: the
// sums are met exactly. One piece more and nothing goes.
TEST(SearchTest, ExactSumsAtFullSizeAreFoundAndOneMoreIsRefused) {
  CoverProblem problem;
  problem.containers = kSearchContainers;
  const std::vector<Item> items(kSearchContainers, Item{25, 0});
  for (size_t c = 0; c < kCompleteCards; ++c) {
    problem.families.push_back(FamilyOf(Bin{100, 100, 10}, items));
  }
  problem.demand.fill(8);
  Cover cover;
  size_t steps = 0;
  ASSERT_TRUE(Found(FindCover(problem, &cover, &steps)));
  ExpectCovers(problem, cover);
  EXPECT_LT(steps, 1000u);
  problem.demand[3] = 9;
  EXPECT_FALSE(Found(FindCover(problem, &cover)));
}

// Two of size 3 or three of size 2 fill a card of 6. Only whole cards of each kind fill all of it,
// which sums alone do not show: 3 + 2 leaves a gap of 1.
TEST(SearchTest, GapsThatSumsDoNotShowAreProven) {
  const std::vector<Item> items = {{3, 0}, {3, 0}, {2, 0}, {2, 0}, {2, 0}};
  CoverProblem problem;
  problem.containers = items.size();
  for (size_t c = 0; c < kCompleteCards; ++c) {
    problem.families.push_back(FamilyOf(Bin{6, 100, 10}, items));
  }
  problem.demand = {8, 8, 8, 8, 8};
  Cover cover;
  ASSERT_TRUE(Found(FindCover(problem, &cover)));
  ExpectCovers(problem, cover);
  // 3 * 17 + 2 * 22 = 95 of 96, but the odd piece of 3 leaves a gap that only one 2 can share.
  problem.demand = {9, 8, 8, 8, 6};
  EXPECT_FALSE(Found(FindCover(problem, &cover)));
}

TEST(SearchTest, MoreThanThereAreCardsIsRefused) {
  CoverProblem problem;
  problem.containers = 1;
  problem.families.push_back(FamilyOf(Bin{10, 10, 10}, {Item{1, 1}}));
  problem.demand[0] = 2;
  Cover cover;
  EXPECT_FALSE(Found(FindCover(problem, &cover)));
  problem.families.clear();
  problem.demand[0] = 1;
  EXPECT_FALSE(Found(FindCover(problem, &cover)));
}

TEST(SearchTest, NumaCoverAgreesWithTryingEveryDeal) {
  Random random(5);
  int found = 0, none = 0;
  for (int round = 0; round < 500; ++round) {
    const size_t containers = static_cast<size_t>(random.Between(1, 4));
    CoverProblem problem =
        NearTheEdge(random, containers, static_cast<size_t>(random.Between(2, 6)));
    std::vector<int32_t> numa;
    for (size_t c = 0; c < problem.families.size(); ++c) numa.push_back(random.Between(0, 2));
    for (size_t i = 0; i < containers; ++i) {
      problem.demand[i] = static_cast<uint8_t>(random.Between(0, 2));
    }
    bool possible = false;
    size_t deals = 1;
    for (size_t i = 0; i < containers; ++i) deals *= 3;
    for (size_t deal = 0; deal < deals && !possible; ++deal) {
      bool all = true;
      for (int32_t node = 0; node < 3 && all; ++node) {
        CoverProblem part;
        part.containers = containers;
        size_t rest = deal;
        for (size_t i = 0; i < containers; ++i, rest /= 3) {
          part.demand[i] = rest % 3 == static_cast<size_t>(node) ? problem.demand[i] : uint8_t{0};
        }
        for (size_t c = 0; c < numa.size(); ++c) {
          if (numa[c] == node) part.families.push_back(problem.families[c]);
        }
        all = ReachableByBruteForce(part);
      }
      possible = all;
    }
    Cover cover;
    const bool covered = Found(FindCoverByNuma(problem, numa, &cover));
    ASSERT_EQ(covered, possible) << "round " << round;
    ++(covered ? found : none);
    if (!covered) continue;
    ExpectCovers(problem, cover);
    for (size_t i = 0; i < containers; ++i) {
      std::set<int32_t> nodes;
      for (size_t c = 0; c < cover.size(); ++c) {
        if (((static_cast<uint32_t>(cover[c]) >> i) & 1u) != 0) nodes.insert(numa[c]);
      }
      EXPECT_LE(nodes.size(), 1u);
    }
  }
  EXPECT_GT(found, 50);
  EXPECT_GT(none, 50);
}

}  // namespace
}  // namespace tangram::scheduler
