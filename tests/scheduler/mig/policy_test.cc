// Policies for MIG cards: scores by hand and by brute force, and the fast choice against a loop.
#include "scheduler/mig/policy.h"

#include <gtest/gtest.h>

#include <bit>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "scheduler/mig/card_groups.h"
#include "scheduler/mig/chooser.h"
#include "tests/scheduler/mig/mig_world.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;

using model::mig::kNoState;
using model::mig::Profile;
using model::mig::StateId;

// Whether `length` slices from `start` on are free.
bool Free(uint32_t mask, int32_t start, int32_t length) {
  return ((mask >> start) & ((1u << length) - 1)) == 0;
}

TEST(StateValuesTest, AreWhatTheirFormulasSayOnEveryMask) {
  for (const char* product : {"A100-40GB", "A30-24GB", "RTX-PRO-6000"}) {
    const CardStates states = Plain(product);
    const auto slices = static_cast<int32_t>(states.geometry().slices());
    Mix mix;
    for (size_t i = 0; i < states.geometry().profiles().size(); ++i) {
      mix.push_back(static_cast<double>(i + 1));
    }
    const StateValues fgd = FgdMigValues(states, mix);
    const StateValues mfi = MfiValues(states);
    for (StateId state = 0; state < states.size(); ++state) {
      const uint32_t mask = states.mask(state);
      const int32_t free = slices - std::popcount(mask);
      double fits = 0, blocked = 0;
      for (size_t i = 0; i < mix.size(); ++i) {
        const Profile& profile = states.geometry().profiles()[i];
        bool any = false;
        for (const int32_t start : profile.starts) {
          const bool open = Free(mask, start, profile.length);
          any = any || open;
          if (!open && profile.length <= free) blocked += profile.length;
        }
        if (any) fits += mix[i];
      }
      EXPECT_DOUBLE_EQ(fgd[state], free * fits) << product << " " << mask;
      EXPECT_DOUBLE_EQ(mfi[state], -blocked) << product << " " << mask;
    }
  }
}

// Where `policy` puts one instance on cards that hold these masks; "card:start".
std::string Place(const CardStates& states, const std::string& policy,
                  const std::vector<uint32_t>& masks, const char* profile) {
  CardGroups cards(states, static_cast<uint32_t>(masks.size()));
  for (uint32_t card = 0; card < masks.size(); ++card) {
    for (StateId state = 0; state < states.size(); ++state) {
      if (states.mask(state) == masks[card]) cards.Move(card, state);
    }
    EXPECT_EQ(states.mask(cards.state(card)), masks[card]);
  }
  const auto made = *MakePolicy(policy, states, Alike(states));
  const auto choice = Chooser(states, *made).Choose(cards, *states.geometry().FindByText(profile));
  if (!choice.has_value()) return "nowhere";
  return std::to_string(choice->card) + ":" +
         std::to_string(states.placements()[choice->placement].start);
}

TEST(MigPolicyTest, EachPrefersWhatItSays) {
  const CardStates states = Plain("A100-80GB");
  EXPECT_EQ(Place(states, "first-fit", {0xff, 0x01, 0x7f}, "1g"), "1:1");
  EXPECT_EQ(Place(states, "first-fit", {0xff, 0x03, 0x0f}, "2g"), "1:2");
  EXPECT_EQ(Place(states, "best-fit", {0x00, 0x01, 0x3f}, "1g"), "2:6");
  // Slice 7 is reached by no 1g, so that starting at 6 spoils least.
  EXPECT_EQ(Place(states, "best-fit", {0x00}, "1g"), "0:6");
  EXPECT_EQ(Place(states, "mfi", {0x00}, "1g"), "0:6");
  // Half a card is lost to 4g when 3g begins at 0.
  for (const char* policy : {"mfi", "fgd-mig", "tangram"}) {
    EXPECT_EQ(Place(states, policy, {0x00}, "3g"), "0:4") << policy;
    EXPECT_EQ(Place(states, policy, {0x00, 0x0f}, "3g"), "1:4") << policy;
  }
}

TEST(MigPolicyTest, UnknownNamesAreToldWhatThereIs) {
  const CardStates states = Plain("A30-24GB");
  EXPECT_EQ(MakePolicy("fgd", states, Alike(states)).status().message(),
            "policy: \"fgd\" is not known; allowed are first-fit, best-fit, mfi, fgd-mig, tangram");
}

// The same decision by a loop over all cards and starts.
std::optional<Chooser::Choice> Naive(const CardStates& states, const Policy& policy,
                                     const std::vector<StateId>& cards, size_t profile) {
  std::optional<Chooser::Choice> best;
  int64_t score = 0;
  for (uint32_t card = 0; card < cards.size(); ++card) {
    for (size_t p = states.first(profile); p < states.first(profile + 1); ++p) {
      if (states.After(cards[card], p) == kNoState) continue;
      const int64_t own = policy.Score(states, cards[card], p);
      if (best.has_value() && own <= score) continue;
      best = Chooser::Choice{card, static_cast<uint16_t>(p)};
      score = own;
    }
  }
  return best;
}

// A cluster that fills and empties at random, each decision made both ways.
void ExpectTheFastChoiceIsTheNaiveOne(const CardStates& states, const Policy& policy, uint32_t size,
                                      uint64_t seed) {
  const Chooser chooser(states, policy);
  CardGroups cards(states, size);
  std::vector<StateId> plain(size, CardStates::kEmpty);
  std::vector<Chooser::Choice> placed;
  std::mt19937_64 random(seed);
  for (int step = 0; step < 3000; ++step) {
    if (random() % 3 == 0 && !placed.empty()) {
      std::swap(placed[random() % placed.size()], placed.back());
      const Chooser::Choice gone = placed.back();
      placed.pop_back();
      plain[gone.card] = states.Without(plain[gone.card], gone.placement);
      ASSERT_NE(plain[gone.card], kNoState);
      cards.Move(gone.card, plain[gone.card]);
      continue;
    }
    const size_t profile = random() % states.geometry().profiles().size();
    const auto choice = chooser.Choose(cards, profile);
    ASSERT_EQ(choice, Naive(states, policy, plain, profile)) << policy.name();
    if (!choice.has_value()) continue;
    placed.push_back(*choice);
    plain[choice->card] = states.After(plain[choice->card], choice->placement);
    cards.Move(choice->card, plain[choice->card]);
  }
}

TEST(ChooserTest, FastChoiceIsTheNaiveOneForEveryPolicyAndBoard) {
  for (const char* product : {"A100-40GB", "A30-24GB", "RTX-PRO-6000"}) {
    // With all profiles, so that engines and maxima bound what fits too.
    const CardStates states = *CardStates::Create(*model::mig::FindProduct(product));
    for (const std::string_view name : PolicyNames()) {
      const auto policy = *MakePolicy(name, states, Alike(states));
      ExpectTheFastChoiceIsTheNaiveOne(states, *policy, 130, 7);
      ExpectTheFastChoiceIsTheNaiveOne(states, *policy, 3, 8);
    }
  }
}

TEST(CardGroupsTest, LowestCardAndPresentStatesFollowEveryMove) {
  const CardStates states = Plain("A30-24GB");
  CardGroups cards(states, 200);
  std::vector<StateId> plain(200, CardStates::kEmpty);
  std::mt19937_64 random(3);
  for (int step = 0; step < 5000; ++step) {
    const auto card = static_cast<uint32_t>(random() % 200);
    // Mostly into few states, so that others are left and met again.
    plain[card] = static_cast<StateId>(random() % (step % 500 < 400 ? size_t{2} : states.size()));
    cards.Move(card, plain[card]);
    std::vector<uint32_t> lowest(states.size(), 200);
    for (uint32_t i = 200; i-- > 0;) lowest[plain[i]] = i;
    size_t present = 0;
    for (StateId state = 0; state < states.size(); ++state) present += lowest[state] < 200;
    ASSERT_EQ(cards.present().size(), present);
    for (const StateId state : cards.present()) ASSERT_EQ(cards.Lowest(state), lowest[state]);
  }
}

}  // namespace
}  // namespace tangram::scheduler::mig
