// The short ways to a verdict (rows, and what was decided before) against judging every node anew.
#include "scheduler/judge.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "scheduler/placement.h"
#include "scheduler/verdict_cache.h"
#include "scheduler/view_node_policy.h"
#include "tests/scheduler/fit_world.h"
#include "tests/scheduler/random_fit.h"
#include "tests/support/pool_builders.h"

namespace tangram::scheduler {
namespace {

using model::PodRequest;

void ExpectSame(const FilterOutcome& a, const FilterOutcome& b) {
  EXPECT_EQ(a.fitting, b.fitting);
  EXPECT_EQ(a.fitting_total, b.fitting_total);
  ASSERT_EQ(a.refused.size(), b.refused.size());
  for (size_t i = 0; i < a.refused.size(); ++i) {
    EXPECT_EQ(a.refused[i].position, b.refused[i].position);
    EXPECT_EQ(a.refused[i].resolvable, b.refused[i].resolvable);
    EXPECT_EQ(a.refused[i].reasons, b.refused[i].reasons);
  }
  EXPECT_EQ(a.best, b.best);
  EXPECT_EQ(a.best_placement, b.best_placement);
}

// A cluster in motion: nodes come back changed, pods come and go.
class Motion {
 public:
  explicit Motion(uint64_t seed) : random_(seed), world_(kBuckets) {
    MakePolicies();
    for (int i = 0; i < kNodes; ++i) names_.push_back("node-" + std::to_string(i));
    for (const std::string& name : names_) Describe(name);
    for (int i = 0; i < kShapes; ++i) requests_.push_back(NewRequest());
  }

  void Step() {
    if (random_.Once(50)) requests_[static_cast<size_t>(random_.Below(kShapes))] = NewRequest();
    if (random_.Once(40)) Describe(AnyName());
    if (random_.Once(60)) {
      world_.Apply(model::PodUnaccounted{"stranger-" + AnyName(), AnyName(), 1});
    }
    if (random_.Once(30)) world_.Apply(model::PodReleased{"stranger-" + AnyName()});
    if (pods_.size() > 30 || (!pods_.empty() && random_.Once(3))) {
      const auto at = static_cast<size_t>(random_.Below(static_cast<int>(pods_.size())));
      world_.Apply(model::PodReleased{pods_[at]});
      pods_[at] = pods_.back();
      pods_.pop_back();
    }
  }

  // Asks for a pod with and without the cache, and books it where it fits.
  void Decide(VerdictCache& cache) {
    const PodRequest& request = requests_[static_cast<size_t>(random_.Below(kShapes))];
    std::vector<std::string_view> offered(names_.begin(), names_.end());
    if (random_.Once(4)) std::reverse(offered.begin(), offered.end());
    if (random_.Once(4)) offered.resize(static_cast<size_t>(random_.Between(1, kNodes)));
    if (random_.Once(10)) offered.push_back("unheard-of");
    const model::Snapshot snapshot = world_.snapshot();
    const absl::StatusOr<Offer> offer = FindOffer(snapshot, offered);
    ASSERT_TRUE(offer.ok());
    const model::HostResources host = {random_.Below(3) * 500, random_.Below(3) * 1000};
    const CompiledRequest compiled(request, snapshot, CardPolicy(), host);
    const NodeOverlay overlay = SomeHold(snapshot);
    FilterInput input;
    input.request = &compiled;
    input.snapshot = &snapshot;
    input.offer = &*offer;
    const auto chosen = static_cast<size_t>(random_.Below(static_cast<int>(policies_.size())));
    input.policy = policies_[chosen].get();
    input.overlay = &overlay;
    input.seed = static_cast<uint64_t>(random_.Below(1000));
    const FilterOutcome anew = FilterNodes(input);
    const std::vector<int32_t> scores = PrioritizeNodes(input);
    input.verdicts = &cache;
    const FilterOutcome again = FilterNodes(input);
    ExpectSame(anew, again);
    EXPECT_EQ(scores, PrioritizeNodes(input));
    fitted_ += anew.fitting.empty() ? 0 : 1;
    if (anew.best == model::kNoNode || request.empty()) return;
    const model::Node& best = *snapshot.At(anew.best);
    if (overlay.contains(anew.best)) return;
    pods_.push_back("pod-" + std::to_string(++booked_));
    world_.Apply(model::PodBooked{pods_.back(), best.name(),
                                  MakeAllocation(compiled, best, anew.best_placement), false,
                                  request.kubelet_gpus, host, request.counted});
  }

  int fitted() const { return fitted_; }

 private:
  static constexpr int kNodes = 8;
  static constexpr int kShapes = 16;
  static constexpr char kProfile[] = "nvidia.com/mig-1g.10gb";
  static constexpr model::HostBuckets kBuckets = {.cpu_milli = 1000, .memory_mib = 4096};

  // All there are, those of views with a workload to know.
  void MakePolicies() {
    for (const std::string_view name : NodePolicyNames()) {
      policies_.push_back({std::shared_ptr<const void>(), FindNodePolicy(name)});
    }
    WorkloadKnowledge knowledge;
    for (const int32_t milli : {250, 500, 810, 1000}) {
      knowledge.pods.push_back(
          {.demand = {.cpu = 4000, .memory = 8192, .cards = 1, .milli = milli}, .model_text = {}});
    }
    knowledge.pods.push_back(
        {.demand = {.cpu = 8000, .cards = 2, .milli = 1000}, .model_text = {}});
    knowledge.typical = TypicalPods(knowledge.pods);
    knowledge.nodes.resize(1);
    for (const std::string_view name : ViewPolicyNames()) {
      auto made = MakeViewPolicy(name, knowledge);
      ASSERT_TRUE(made.ok()) << made.status();
      policies_.push_back(std::make_shared<const ViewNodePolicy>(*std::move(made), 1, kBuckets));
    }
  }

  const std::string& AnyName() { return names_[static_cast<size_t>(random_.Below(kNodes))]; }

  void Describe(const std::string& name) {
    std::vector<TestCard> cards = RandomCards(random_);
    if (random_.Once(10)) cards.resize(10);  // more than a row holds
    for (TestCard& card : cards) card.used_slots = 0;
    std::optional<int64_t> allocatable;
    if (random_.Once(3)) allocatable = random_.Below(12);
    std::optional<model::HostResources> host;
    if (random_.Once(2)) host = {random_.Between(1, 64) * 1000, random_.Between(1, 64) * 4096};
    if (random_.Once(4)) return DescribePools(name, host);
    world_.Add(name, cards, allocatable, host);
  }

  // A node that counts only.
  void DescribePools(const std::string& name, std::optional<model::HostResources> host) {
    model::NodeSpec spec = tangram::testing::MakePoolNode(name, {});
    spec.host = host;
    for (const char* resource : {"nvidia.com/gpu", kProfile}) {
      if (random_.Once(3)) continue;
      const auto kind = static_cast<model::PoolKind>(random_.Below(6));
      spec.pools.push_back(
          tangram::testing::MakePool(resource, random_.Below(30), kind, random_.Between(1, 3)));
    }
    if (random_.Once(9)) spec.pool_block = static_cast<model::PoolBlock>(random_.Between(1, 4));
    world_.Apply(model::NodeUpserted{spec});
  }

  PodRequest NewRequest() {
    PodRequest request = RandomRequest(random_, 4);
    if (random_.Once(3)) request = Pod({Container(random_.Between(0, 2), 0)});
    if (random_.Once(4)) request.counted = {{kProfile, random_.Between(1, 3)}};
    if (random_.Once(2)) request.containers.resize(1);
    if (random_.Once(2)) request.constraints = {};
    request.kubelet_gpus = model::KubeletGpuCount(request.containers);
    if (request.empty()) return Pod({Container(1, 0)});
    return request;
  }

  // Sometimes one node with a card less than it has.
  NodeOverlay SomeHold(const model::Snapshot& snapshot) {
    NodeOverlay overlay;
    const model::NodeIndex index = snapshot.Find(AnyName());
    if (!random_.Once(3) || index == model::kNoNode) return overlay;
    model::Node node = *snapshot.At(index);
    if (node.cards().empty() || node.cards()[0].overcommitted()) return overlay;
    node.BookCard(0, {model::Slots(1), model::Mebibytes(2), model::CorePercent(10)});
    overlay.emplace(index, std::move(node));
    return overlay;
  }

  Random random_;
  FitWorld world_;
  std::vector<std::shared_ptr<const NodePolicy>> policies_;
  std::vector<std::string> names_;
  std::vector<PodRequest> requests_;
  std::vector<std::string> pods_;
  int booked_ = 0;
  int fitted_ = 0;
};

TEST(JudgeTest, KnownAndNewVerdictsPlaceAlikeOver100000Decisions) {
  Motion motion(17);
  VerdictCache cache(10000);  // small, so that shapes are dropped and come back
  constexpr int kDecisions = 100000;
  for (int i = 0; i < kDecisions && !::testing::Test::HasFailure(); ++i) {
    SCOPED_TRACE(i);
    motion.Step();
    motion.Decide(cache);
  }
  EXPECT_GT(motion.fitted(), kDecisions / 4);
  EXPECT_LT(motion.fitted(), kDecisions * 19 / 20);
}

// The same cards in another order: the same verdict, and the same state afterwards.
TEST(JudgeTest, OrderOfTheCardsChangesNothing) {
  Random random(5);
  int placed = 0;
  for (int round = 0; round < 3000; ++round) {
    SCOPED_TRACE(round);
    std::vector<TestCard> cards = RandomCards(random);
    PodRequest request = RandomRequest(random, cards.size());
    request.constraints.use_uuids.clear();
    request.constraints.avoid_uuids.clear();
    request.other_constraints.clear();
    FitWorld world;
    world.Add("a", cards);
    for (size_t i = cards.size(); i > 1; --i) {
      std::swap(cards[i - 1], cards[static_cast<size_t>(random.Below(static_cast<int>(i)))]);
    }
    world.Add("b", cards);
    const model::Snapshot& snapshot = world.snapshot();
    ASSERT_EQ(snapshot.StateOf(snapshot.Find("a")), snapshot.StateOf(snapshot.Find("b")));
    const CompiledRequest compiled(request, snapshot, CardPolicy());
    std::vector<std::string> keys;
    for (const char* name : {"a", "b"}) {
      model::Node node = world.node(name);
      Placement placement;
      const FitAnswer answer = Fit(compiled, node, &placement);
      if (answer.fits) {
        for (const CardTake& take : TakenBy(compiled, node, placement)) {
          node.BookCard(take.card, take.usage);
        }
        ++placed;
      }
      keys.push_back(model::StateKey(node) + std::to_string(answer.reasons.bits()) +
                     (answer.resolvable ? "r" : "u"));
    }
    EXPECT_EQ(keys[0], keys[1]);
  }
  EXPECT_GT(placed, 500);
}

TEST(VerdictCacheTest, ShapesNotAskedForAreDroppedFirst) {
  FitWorld world;
  for (int i = 0; i < 10; ++i) {
    TestCard card;
    card.memory = 1000 + i;
    world.Add("node-" + std::to_string(i), {card});
  }
  VerdictCache one;
  one.Borrow("a", world.snapshot());
  EXPECT_GT(one.bytes(), 10 * sizeof(Verdict));
  VerdictCache cache(3 * one.bytes());
  const auto ask = [&](const std::string& key) { cache.Borrow(key, world.snapshot()); };
  for (const char* key : {"a", "b", "c", "a", "d"}) ask(key);
  EXPECT_EQ(cache.shapes(), 3u);
  EXPECT_EQ(cache.bytes(), 3 * one.bytes());
  const model::StateRef state = world.snapshot().StateOf(0);
  {
    VerdictCache::Lease a = cache.Borrow("a", world.snapshot());
    EXPECT_EQ(a->Find(state), nullptr);
    a->Store(state, Verdict{.score = 7});
    EXPECT_EQ(cache.Borrow("a", world.snapshot())->Find(state), nullptr) << "lent already";
  }
  VerdictCache::Lease a = cache.Borrow("a", world.snapshot());
  ASSERT_NE(a->Find(state), nullptr);
  EXPECT_EQ(a->Find(state)->score, 7);
}

TEST(VerdictCacheTest, LongKeysCountAndOnesTooLongAreNotKept) {
  FitWorld world;
  world.Add("n", {TestCard()});
  VerdictCache cache(size_t{1} << 20);
  for (char c = 'a'; c <= 'z'; ++c) {
    cache.Borrow(std::string(100'000, c), world.snapshot());
    EXPECT_LE(cache.bytes(), size_t{1} << 20);
  }
  EXPECT_EQ(cache.shapes(), 5u);
  cache.Borrow(std::string(1'000'000, 'x'), world.snapshot());
  EXPECT_EQ(cache.shapes(), 5u) << "and nothing had to make room for it";
}

TEST(VerdictCacheTest, ANumberGivenAgainIsAnotherState) {
  FitWorld world;
  world.Add("n", {TestCard()});
  VerdictCache cache;
  const model::StateRef before = world.snapshot().StateOf(0);
  cache.Borrow("shape", world.snapshot())->Store(before, Verdict{.score = 7});
  TestCard other;
  other.memory = 1;
  world.Add("n", {other});
  world.Add("m", {TestCard()});
  VerdictCache::Lease shape = cache.Borrow("shape", world.snapshot());
  for (const char* name : {"n", "m"}) {
    EXPECT_EQ(shape->Find(world.snapshot().StateOf(world.snapshot().Find(name))), nullptr) << name;
  }
}

TEST(VerdictCacheTest, KeysTellShapesApart) {
  FitWorld world;
  const auto key = [&](const PodRequest& request, const char* policy = "binpack") {
    const CompiledRequest compiled(request, world.snapshot(), CardPolicy());
    return ShapeKey(compiled, *FindNodePolicy(policy));
  };
  const PodRequest plain = Pod({Container(1, 1000)});
  std::vector<PodRequest> others = {Pod({Container(1, 1001)}),
                                    Pod({Container(2, 1000)}),
                                    Pod({Container(1, 1000, 5)}),
                                    Pod({ByPercent(1, 10)}),
                                    Pod({Container(1, 1000), Container(1, 1000)}),
                                    Pod({Container(1, 1000, 0, model::ContainerKind::kInit)})};
  for (int i = 0; i < 12; ++i) others.push_back(plain);
  others[6].constraints.use_types = {"a", "b"};
  others[7].constraints.use_types = {"a,b"};
  others[8].constraints.avoid_types = {"a", "b"};
  others[9].constraints.numa_bind = true;
  others[10].constraints.modes = "mig";
  others[11].card_policy = "binpack";
  others[12].weights.memory = 3;
  others[13].kubelet_gpus = 9;
  others[14].containers[0].vendor = model::Vendor::kAmd;
  others[15].other_constraints[model::Vendor::kAmd].use_types = {"a", "b"};
  others[16].counted = {{"nvidia.com/mig-1g.10gb", 1}};
  others[17].counted = {{"nvidia.com/mig-1g.10gb", 2}};
  std::vector<std::string> keys = {key(plain), key(plain, "spread")};
  for (const PodRequest& other : others) keys.push_back(key(other));
  std::sort(keys.begin(), keys.end());
  EXPECT_EQ(std::adjacent_find(keys.begin(), keys.end()), keys.end());
  EXPECT_EQ(key(plain), key(Pod({Container(0, 0), Container(1, 1000)}))) << "an empty slot";
}

}  // namespace
}  // namespace tangram::scheduler
