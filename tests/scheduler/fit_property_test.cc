// Fit against a second, plain reading of the rules that tries every choice of cards.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "tests/scheduler/fit_world.h"
#include "tests/scheduler/random_fit.h"

namespace tangram::scheduler {
namespace {

using model::ContainerKind;
using model::ContainerRequest;
using model::PodRequest;

struct Use {
  int64_t slots = 0, memory = 0, cores = 0;
};
using Books = std::vector<Use>;

int64_t MemoryWanted(const TestCard& card, const ContainerRequest& container) {
  if (container.memory.value() > 0) return container.memory.value();
  return int64_t{card.memory} * container.memory_percent / 100;
}

// Of AMD's cards a percentage of the compute units, but at least one.
int64_t CoresWanted(const TestCard& card, const ContainerRequest& container) {
  const int64_t asked = std::min(container.cores.value(), 100);
  if (container.vendor == model::Vendor::kNvidia) return asked;
  return std::clamp<int64_t>(card.cores * asked / 100, 1, card.cores);
}

bool Contains(const std::vector<std::string>& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

// The rules as the documentation of HAMi lists them, with no thought of speed.
class PlainRules {
 public:
  PlainRules(const std::vector<TestCard>& cards, const PodRequest& request)
      : cards_(cards), request_(request) {}

  bool Passes(size_t i, const Use& use, const ContainerRequest& container) const {
    const TestCard& card = cards_[i];
    if (card.vendor != container.vendor || !Welcome(i)) return false;
    if (!card.healthy || card.cordoned || card.mode == "mig") return false;
    const bool over = use.slots > card.slots || use.memory > card.memory || use.cores > card.cores;
    if (over || use.slots >= card.slots) return false;
    if (request_.card_policy == "mutex" && use.slots > 0) return false;
    const int64_t cores = CoresWanted(card, container);
    if (use.memory + MemoryWanted(card, container) > card.memory) return false;
    if (use.cores + cores > card.cores) return false;
    const bool shares = container.vendor == model::Vendor::kAmd;
    if (!shares && card.cores == 100 && cores == 100 && use.slots > 0) return false;
    return !(card.cores != 0 && use.cores == card.cores && cores == 0);
  }

  // Whether the pod's constraints let it have the card.
  bool Welcome(size_t i) const {
    const TestCard& card = cards_[i];
    if (card.vendor == model::Vendor::kAmd) {
      const auto found = request_.other_constraints.find(card.vendor);
      if (found == request_.other_constraints.end()) return true;
      // They name "mi300" or "instinct", which all these cards are.
      return found->second.avoid_types.empty() && !Contains(found->second.avoid_uuids, CardUuid(i));
    }
    const model::CardConstraints& want = request_.constraints;
    if (!want.modes.empty() && want.modes.find(card.mode) == std::string::npos) return false;
    if (!want.use_types.empty() && card.type.find("A100") == std::string::npos) return false;
    if (!want.use_uuids.empty() && !Contains(want.use_uuids, CardUuid(i))) return false;
    return !Contains(want.avoid_uuids, CardUuid(i));
  }

  // Whether the set of cards (a bit mask) serves the container, and what the books are then.
  bool Takes(size_t mask, const ContainerRequest& container, Books* books) const {
    int32_t count = 0;
    int32_t numa = -1;
    for (size_t i = 0; i < cards_.size(); ++i) {
      if (((mask >> i) & 1u) == 0) continue;
      ++count;
      if (!Passes(i, (*books)[i], container)) return false;
      const bool bound =
          request_.constraints.numa_bind && container.vendor == model::Vendor::kNvidia;
      if (bound && numa >= 0 && numa != cards_[i].numa) return false;
      numa = cards_[i].numa;
      (*books)[i].slots += 1;
      (*books)[i].memory += MemoryWanted(cards_[i], container);
      (*books)[i].cores += CoresWanted(cards_[i], container);
    }
    return count == container.count;
  }

  // Tries every choice for the containers from `slot` on.
  bool AnyPlacement(size_t slot, const Books& running) const {
    if (slot == request_.containers.size()) return true;
    const ContainerRequest& container = request_.containers[slot];
    if (container.count == 0) return AnyPlacement(slot + 1, running);
    const bool init = container.kind == ContainerKind::kInit;
    for (size_t mask = 0; mask < (size_t{1} << cards_.size()); ++mask) {
      Books books = running;
      if (!Takes(mask, container, &books)) continue;
      if (AnyPlacement(slot + 1, init ? running : books)) return true;
      if (init) return false;  // the choice for an init container changes nothing for the rest
    }
    return false;
  }

 private:
  const std::vector<TestCard>& cards_;
  const PodRequest& request_;
};

Books BooksOf(const std::vector<TestCard>& cards) {
  Books books;
  for (const TestCard& card : cards) {
    books.push_back({card.used_slots, card.used_slots > 0 ? card.used_memory : 0,
                     card.used_slots > 0 ? card.used_cores : 0});
  }
  return books;
}

// Every container's cards pass every rule with the books that the ones before it left.
void ExpectObeysTheRules(const std::vector<TestCard>& cards, const PodRequest& request,
                         const Tried& tried) {
  const PlainRules rules(cards, request);
  Books running = BooksOf(cards);
  size_t at = 0;
  for (const ContainerRequest& container : request.containers) {
    if (container.count == 0) continue;
    ASSERT_LT(at, tried.cards.size());
    size_t mask = 0;
    for (const int card : tried.cards[at]) {
      EXPECT_EQ((mask >> card) & 1u, 0u) << "card twice";
      mask |= size_t{1} << card;
    }
    EXPECT_TRUE(std::is_sorted(tried.cards[at].begin(), tried.cards[at].end()));
    Books books = running;
    EXPECT_TRUE(rules.Takes(mask, container, &books)) << "gpu slot " << at;
    if (container.kind != ContainerKind::kInit) running = books;
    ++at;
  }
  EXPECT_EQ(at, tried.cards.size());
}

// Booking the answer overfills no card, and the fold by card is the model's own fold.
void ExpectBooksCleanly(FitWorld& world, const PodRequest& request) {
  const CompiledRequest compiled(request, world.snapshot(), CardPolicy::Parse("spread"));
  Placement placement;
  ASSERT_TRUE(Fit(compiled, world.node("n"), &placement).fits);
  model::Node copy = world.node("n");
  std::map<std::string, model::GpuUsage> by_card;
  for (const CardTake& take : TakenBy(compiled, copy, placement)) {
    copy.BookCard(take.card, take.usage);
    by_card[CardUuid(take.card)] = take.usage;
    EXPECT_FALSE(copy.cards()[take.card].overcommitted()) << "card " << take.card;
  }
  const auto demand =
      model::FoldDemand(MakeAllocation(compiled, world.node("n"), placement), false);
  EXPECT_EQ(demand.size(), by_card.size());
  for (const model::CardDemand& part : demand) EXPECT_EQ(part.usage, by_card[part.uuid]);
}

TEST(FitPropertyTest, AgreesWithTryingEveryChoice) {
  Random random(31337);
  int fits = 0, refused = 0, unresolvable = 0;
  for (int round = 0; round < 4000; ++round) {
    SCOPED_TRACE(round);
    const std::vector<TestCard> cards = RandomCards(random);
    const PodRequest request = RandomRequest(random, cards.size());
    FitWorld world;
    world.Add("n", cards);
    const Tried tried = Try(world, request);
    const PlainRules rules(cards, request);
    const Books books = BooksOf(cards);
    ASSERT_EQ(tried.answer.fits, rules.AnyPlacement(0, books));
    EXPECT_EQ(tried.answer.fits, tried.answer.reasons.empty());
    if (tried.answer.fits) {
      ++fits;
      ExpectObeysTheRules(cards, request, tried);
      if (!request.empty()) ExpectBooksCleanly(world, request);
    } else {
      ++refused;
      const Books nothing(cards.size());
      ASSERT_EQ(tried.answer.resolvable, rules.AnyPlacement(0, nothing));
      unresolvable += tried.answer.resolvable ? 0 : 1;
    }
  }
  EXPECT_GT(fits, 500);
  EXPECT_GT(refused, 500);
  EXPECT_GT(unresolvable, 120);
}

// Among cards in the same state the lower UUID is taken, so that nothing else decides.
TEST(FitPropertyTest, EqualCardsAreTakenByUuid) {
  Random random(4);
  int checked = 0;
  for (int round = 0; round < 2000; ++round) {
    SCOPED_TRACE(round);
    const std::vector<TestCard> cards = RandomCards(random);
    PodRequest request = RandomRequest(random, cards.size());
    request.containers.resize(1);
    request.constraints.use_uuids.clear();
    request.constraints.avoid_uuids.clear();
    request.other_constraints.clear();
    FitWorld world;
    world.Add("n", cards);
    const Tried tried = Try(world, request);
    if (!tried.answer.fits || request.empty()) continue;
    const auto taken = [&tried](size_t card) {
      const std::vector<int>& list = tried.cards[0];
      return std::find(list.begin(), list.end(), static_cast<int>(card)) != list.end();
    };
    const auto state = [&cards](size_t i) {
      const TestCard& c = cards[i];
      const bool used = c.used_slots > 0;
      return std::tuple(c.slots, c.memory, c.cores, c.numa, c.healthy, c.cordoned, c.type, c.mode,
                        c.used_slots, used ? c.used_memory : 0, used ? c.used_cores : 0);
    };
    for (size_t high = 0; high < cards.size(); ++high) {
      for (size_t low = 0; low < high; ++low) {
        if (state(low) != state(high)) continue;
        EXPECT_TRUE(taken(low) || !taken(high)) << low << " before " << high;
        ++checked;
      }
    }
  }
  EXPECT_GT(checked, 50);
}

// The widest request there is, on nodes that just do or just do not hold it: always soon.
TEST(FitPropertyTest, WidestPodsAreDecidedOnFullSizeNodes) {
  Random random(8);
  int fits = 0, refused = 0;
  for (int round = 0; round < 60; ++round) {
    SCOPED_TRACE(round);
    std::vector<TestCard> cards(kCompleteCards);
    for (TestCard& card : cards) card.memory = random.Between(60, 160);
    std::vector<ContainerRequest> containers;
    for (size_t i = 0; i < kSearchContainers; ++i) {
      containers.push_back(Container(random.Between(7, 12), random.Between(15, 30), 5));
    }
    const PodRequest request = Pod(containers);
    FitWorld world;
    world.Add("n", cards);
    const Tried tried = Try(world, request);
    if (tried.answer.fits) ExpectObeysTheRules(cards, request, tried);
    EXPECT_FALSE(tried.answer.reasons.Has(Reason::kSearchLimit));
    ++(tried.answer.fits ? fits : refused);
  }
  EXPECT_GT(fits, 5);
  EXPECT_GT(refused, 5);
}

}  // namespace
}  // namespace tangram::scheduler
