// The MIG policy of the live scheduler: when it learns, and that what it learns is a function of
// the requests.
#include "scheduler/mig/keeper.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "model/cluster.h"
#include "tests/support/model_builders.h"

namespace tangram::scheduler::mig {
namespace {

using testing::MakeGpu;
using testing::MakeMigGpu;
using testing::MakeNode;

TuneOptions Quick() {
  TuneOptions quick;
  quick.generations = 2;
  quick.candidates = 4;
  quick.streams = 2;
  quick.requests = 50;
  quick.final_streams = 2;
  quick.cards = 4;
  return quick;
}

model::PodRequest Asking(const std::string& profile, int32_t memory = 0) {
  model::PodRequest request;
  model::ContainerRequest container;
  container.count = 1;
  container.memory = model::Mebibytes(memory);
  container.mig_profile = profile;
  request.containers = {container};
  return request;
}

class KeeperTest : public ::testing::Test {
 protected:
  void Describe(std::vector<model::Gpu> gpus) {
    ASSERT_TRUE(cluster_.Apply(model::NodeUpserted{MakeNode("n", std::move(gpus))}).ok());
  }
  // Learns until nothing is left to do; how many versions were made.
  int LearnAll(Keeper& keeper) {
    int versions = 0;
    for (int calls = 0; calls < 20; ++calls) {
      const auto task = keeper.Take(cluster_.snapshot());
      if (!task.has_value()) continue;
      auto next = keeper.Learn(*task);
      if (next == nullptr) continue;
      EXPECT_EQ(next->version(), keeper.policy()->version() + 1);
      keeper.Put(std::move(next));
      ++versions;
    }
    return versions;
  }
  const model::mig::CardTable& Table() { return *cluster_.FindNode("n")->mig_table(0); }
  // The scores of the empty card, one after the other.
  std::vector<int64_t> Scores(const Keeper& keeper) {
    std::vector<int64_t> scores;
    for (size_t p = 0; p < Table().states().placements().size(); ++p) {
      scores.push_back(keeper.policy()->Score(Table(), 0, p));
    }
    return scores;
  }

  model::Cluster cluster_;
};

TEST_F(KeeperTest, WithoutCardsToCutNothingIsLearned) {
  Describe({MakeGpu("a")});
  Keeper keeper("tangram", Quick());
  keeper.Note(Asking("1g.10gb"));
  EXPECT_EQ(LearnAll(keeper), 0);
  EXPECT_EQ(keeper.policy()->version(), 0u);
}

TEST_F(KeeperTest, ThereIsATaskOnlyWhileThereIsSomethingToDo) {
  Describe({MakeMigGpu("a")});
  Keeper keeper("tangram", Quick());
  LearnAll(keeper);
  EXPECT_FALSE(keeper.Take(cluster_.snapshot()).has_value());
  for (int i = 0; i < 100; ++i) keeper.Note(Asking("1g.10gb"));
  int tasks = 0;
  while (const auto task = keeper.Take(cluster_.snapshot())) {
    if (auto next = keeper.Learn(*task); next != nullptr) keeper.Put(std::move(next));
    ASSERT_LT(++tasks, 20);
  }
  EXPECT_EQ(keeper.policy()->version(), 3u) << "the kind, the mix, the tuned table";
  Describe({MakeMigGpu("a"), MakeGpu("plain")});
  EXPECT_TRUE(keeper.Take(cluster_.snapshot()).has_value()) << "another kind of cards";
}

TEST_F(KeeperTest, AKindOfCardsIsAVersion) {
  Describe({MakeMigGpu("a")});
  Keeper keeper("tangram", Quick());
  EXPECT_EQ(LearnAll(keeper), 1);
  Describe({MakeMigGpu("a"), MakeMigGpu("b")});
  EXPECT_EQ(LearnAll(keeper), 0) << "more of a kind are no other kind";
  Describe({MakeGpu("a")});
  Describe({MakeGpu("a"), MakeMigGpu("b")});
  EXPECT_EQ(LearnAll(keeper), 1);
}

TEST_F(KeeperTest, TheFirstHundredRequestsAreAMixAndThenATunedTable) {
  Describe({MakeMigGpu("a")});
  Keeper keeper("tangram", Quick());
  LearnAll(keeper);
  const std::vector<int64_t> ignorant = Scores(keeper);
  for (int i = 0; i < 99; ++i) keeper.Note(Asking("1g.10gb"));
  EXPECT_EQ(LearnAll(keeper), 0);
  keeper.Note(Asking("1g.10gb"));
  const auto task = keeper.Take(cluster_.snapshot());
  ASSERT_TRUE(task.has_value());
  auto by_mix = keeper.Learn(*task);
  ASSERT_NE(by_mix, nullptr) << "FGD-MIG for the mix, at once";
  keeper.Put(std::move(by_mix));
  EXPECT_NE(Scores(keeper), ignorant);
  EXPECT_EQ(LearnAll(keeper), 1) << "the tuned one, some calls later";
}

TEST_F(KeeperTest, TheSameRequestsTeachTheSame) {
  Describe({MakeMigGpu("a")});
  std::vector<std::vector<int64_t>> scores;
  for (const int batch : {1, 37}) {  // however they come
    Keeper keeper("tangram", Quick());
    for (int i = 0; i < 250; ++i) {
      keeper.Note(Asking(i % 3 == 0 ? "3g.40gb" : "1g.10gb"));
      if (i % batch != 0) continue;
      if (const auto task = keeper.Take(cluster_.snapshot()); task.has_value()) {
        if (auto next = keeper.Learn(*task); next != nullptr) keeper.Put(std::move(next));
      }
    }
    LearnAll(keeper);
    scores.push_back(Scores(keeper));
  }
  EXPECT_EQ(scores[0], scores[1]);
}

TEST_F(KeeperTest, OnlyRequestsThatInstancesServeCount) {
  Describe({MakeMigGpu("a"), MakeGpu("plain")});
  Keeper keeper("fgd-mig");
  LearnAll(keeper);
  for (int i = 0; i < 200; ++i) keeper.Note(Asking("", 5000));
  EXPECT_EQ(LearnAll(keeper), 0) << "these are served by slices of the other card";
  model::PodRequest mig = Asking("", 5000);
  mig.constraints.modes = "mig";
  for (int i = 0; i < 100; ++i) keeper.Note(mig);
  EXPECT_EQ(LearnAll(keeper), 1);
}

TEST(LivePolicyTest, TheTableSaysWhatThePolicySays) {
  model::Cluster cluster;
  ASSERT_TRUE(cluster.Apply(model::NodeUpserted{MakeNode("n", {MakeMigGpu("a")})}).ok());
  const auto table = cluster.snapshot().card_types()[0].mig;
  const auto policy = MakePolicy("mfi", table->states(), {0.25, 0.25, 0.25, 0.25});
  ASSERT_TRUE(policy.ok());
  LivePolicy live(1);
  live.Add(table, **policy);
  const LivePolicy unknown(1, *MakePolicy("mfi", table->states(), {0.25, 0.25, 0.25, 0.25}));
  for (model::mig::StateId state = 0; state < table->states().size(); ++state) {
    for (size_t profile = 0; profile < 4; ++profile) {
      const auto best = live.BestOf(*table, state, profile);
      EXPECT_EQ(best.score, unknown.BestOf(*table, state, profile).score);
      EXPECT_EQ(best.score == INT64_MIN, table->states().open(state, profile) == 0);
      if (best.score == INT64_MIN) continue;
      EXPECT_EQ(best.placement, unknown.BestOf(*table, state, profile).placement);
      EXPECT_EQ(best.score, live.Score(*table, state, best.placement));
    }
  }
}

}  // namespace
}  // namespace tangram::scheduler::mig
