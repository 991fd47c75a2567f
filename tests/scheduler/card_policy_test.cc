#include "scheduler/card_policy.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace tangram::scheduler {
namespace {

using Key = CardPolicy::Key;

struct ParseCase {
  const char* text;
  std::vector<Key> keys;
  bool unused_only;
  int usage_sign;
  bool numa_first;
};

class CardPolicyParseTest : public ::testing::TestWithParam<ParseCase> {};

TEST_P(CardPolicyParseTest, Keys) {
  const CardPolicy policy = CardPolicy::Parse(GetParam().text);
  EXPECT_EQ(std::vector<Key>(policy.keys().begin(), policy.keys().end()), GetParam().keys);
  EXPECT_EQ(policy.unused_only(), GetParam().unused_only);
  EXPECT_EQ(policy.usage_sign(), GetParam().usage_sign);
  EXPECT_EQ(policy.numa_first(), GetParam().numa_first);
}

INSTANTIATE_TEST_SUITE_P(
    Texts, CardPolicyParseTest,
    ::testing::Values(ParseCase{"binpack", {Key::kBinpack}, false, 1, false},
                      ParseCase{"spread", {Key::kSpread}, false, -1, false},
                      ParseCase{"mutex", {Key::kSpread}, true, -1, false},
                      ParseCase{"numa", {Key::kNuma}, false, 0, true},
                      ParseCase{"binpack,numa", {Key::kBinpack, Key::kNuma}, false, 1, false},
                      ParseCase{"numa,binpack", {Key::kNuma, Key::kBinpack}, false, 1, true},
                      ParseCase{" numa , spread ", {Key::kNuma, Key::kSpread}, false, -1, true},
                      ParseCase{"mutex,binpack", {Key::kBinpack}, true, 1, false},
                      ParseCase{"mutex,topology-aware", {Key::kSpread}, true, -1, false},
                      ParseCase{"topology-aware", {Key::kSpread}, false, -1, false},
                      ParseCase{"nonsense", {Key::kSpread}, false, -1, false},
                      ParseCase{"Binpack", {Key::kSpread}, false, -1, false},
                      ParseCase{",,", {Key::kSpread}, false, -1, false},
                      ParseCase{"", {Key::kSpread}, false, -1, false}));

TEST(CardPolicyTest, FlagAcceptsExactWordsOnly) {
  for (const char* text : {"binpack", "spread", "mutex", "numa", "binpack,numa", "mutex,spread"}) {
    EXPECT_TRUE(CardPolicy::IsKnown(text)) << text;
  }
  for (const char* text : {"", "Binpack", "binpack,", "binpack, numa", "binpack,binpack",
                           "topology-aware", "first-fit"}) {
    EXPECT_FALSE(CardPolicy::IsKnown(text)) << text;
  }
}

TEST(ShareTest, IsMonotonicAndFullAtTheEnd) {
  for (const int64_t total : {int64_t{1}, int64_t{3}, int64_t{100}, int64_t{81920}}) {
    Share share;
    int64_t last = -1;
    for (int64_t used = 0; used <= total; ++used) {
      const int64_t now = share.Of(used, total);
      EXPECT_GT(now, last);
      last = now;
    }
    EXPECT_EQ(share.Of(0, total), 0);
    EXPECT_EQ(last, Share::kFullShare);
    EXPECT_EQ(share.Of(total + 5, total), Share::kFullShare);
  }
  EXPECT_EQ(Share().Of(5, 10), Share::kFullShare / 2);
}

TEST(ShareTest, DependsOnItsArgumentsOnly) {
  Share share;
  share.Of(1, 7);
  EXPECT_EQ(share.Of(3, 11), Share().Of(3, 11));
  const int64_t huge = (int64_t{1} << 50) + 1;
  EXPECT_LE(share.Of(huge - 1, huge), Share::kFullShare);
  EXPECT_GE(share.Of(huge - 1, huge), 0);
}

model::Card Card(int32_t used_slots, int32_t used_memory, int32_t used_cores) {
  model::Card card;
  card.slots = model::Slots(10);
  card.memory = model::Mebibytes(1000);
  card.cores = model::CorePercent(100);
  card.used.slots = model::Slots(used_slots);
  card.used.memory = model::Mebibytes(used_memory);
  card.used.cores = model::CorePercent(used_cores);
  return card;
}

TEST(CardUsageScoreTest, SumsTheThreeShares) {
  const model::PodRequest::Weights even;
  EXPECT_EQ(CardUsageScore(Card(0, 0, 0), even), 0);
  EXPECT_EQ(CardUsageScore(Card(10, 1000, 100), even), 3 * Share::kFullShare);
  EXPECT_EQ(CardUsageScore(Card(5, 0, 0), even), Share::kFullShare / 2);
  EXPECT_EQ(CardUsageScore(Card(5, 0, 0), even), CardUsageScore(Card(0, 500, 0), even));
  EXPECT_EQ(CardUsageScore(Card(5, 0, 0), even), CardUsageScore(Card(0, 0, 50), even));
}

TEST(CardUsageScoreTest, WeightsCount) {
  model::PodRequest::Weights weights;
  weights.memory = 3;
  weights.slots = 0;
  EXPECT_EQ(CardUsageScore(Card(10, 500, 0), weights), 3 * Share::kFullShare / 2);
}

TEST(CardUsageScoreTest, HugeWeightsDoNotOverflow) {
  model::PodRequest::Weights weights;
  weights.slots = weights.cores = weights.memory = INT32_MAX;
  EXPECT_GT(CardUsageScore(Card(10, 1000, 100), weights),
            CardUsageScore(Card(10, 999, 100), weights));
  EXPECT_GT(CardUsageScore(Card(10, 1000, 100), weights), 0);
}

TEST(CardUsageScoreTest, CardWithoutATotalScoresZero) {
  model::Card card = Card(5, 500, 0);
  card.cores = model::CorePercent(0);
  EXPECT_EQ(CardUsageScore(card, {}), 0);
}

}  // namespace
}  // namespace tangram::scheduler
