// Cards of several kinds: what is asked of each, who is chosen between them, and that every policy
// places whatever fits, where it may be.
#include "scheduler/mig/fleet.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "scheduler/mig/simulation/fleet_run.h"
#include "scheduler/mig/tuner.h"
#include "tests/scheduler/mig/mig_world.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using simulation::FleetReport;
using simulation::LossReport;
using simulation::MakeFleetStream;
using simulation::MakeStream;
using simulation::PlayFleet;
using simulation::Stream;

// Places of profiles: 7g 4g 3g 2g 1gd 1g of an A100; 4g 2g 1g of the others.
constexpr std::nullopt_t kNone = std::nullopt;

// Cards 0 and 2 are A100 with 80 GB, card 1 an A30. Asked for: 7g, which only A100 have, and 1g.
Fleet TwoKinds() {
  Fleet fleet;
  fleet.kinds.push_back({Plain("A100-80GB"), {0, 2}});
  fleet.kinds.push_back({Plain("A30-24GB"), {1}});
  fleet.requests = {{0, kNone}, {5, 2}};
  return fleet;
}

TEST(FleetTest, LengthsAreMeansOfTheKindsByTheirSlices) {
  Fleet fleet = TwoKinds();
  fleet.kinds.push_back({Plain("RTX-PRO-6000"), {3}});
  // A 1g takes 1 of the 16 slices of the A100, or 1 of the 4 of the A30, or 3 of the 12.
  fleet.requests = {{0, kNone, kNone}, {5, 2, 2}};
  EXPECT_EQ(fleet.slices(), 32u);
  EXPECT_EQ(MeanLength(fleet, fleet.requests[0]), 8);
  EXPECT_EQ(MeanLength(fleet, fleet.requests[1]), (16.0 + 4.0 + 3 * 12.0) / 32);
  EXPECT_DOUBLE_EQ(RequestsPerLifetime(fleet, {.25, .75}, 0.9),
                   0.9 * 32 / (.25 * 8 + .75 * 56 / 32));
}

TEST(FleetTest, AKindIsAskedForItsShareOfWhatItCanServe) {
  const Fleet fleet = TwoKinds();
  const KindMix all = MixOf(fleet, 0, {.2, .8});
  EXPECT_EQ(all.mix, (Mix{.2, 0, 0, 0, 0, .8}));
  EXPECT_EQ(all.part, 1);
  const KindMix some = MixOf(fleet, 1, {.2, .8});
  EXPECT_EQ(some.mix, (Mix{0, 0, 1}));
  EXPECT_EQ(some.part, .8);
  const KindMix none = MixOf(fleet, 1, {1, 0});
  EXPECT_EQ(none.mix, Mix(3, 1.0 / 3));
  EXPECT_EQ(none.part, 0);
}

// The number of the card that a request goes to while all are empty.
uint32_t FirstCard(std::string_view policy, const Mix& shares, size_t request) {
  const Fleet fleet = TwoKinds();
  const FleetChooser chooser(fleet, *MakeFleetPolicy(policy, fleet, shares));
  const std::vector<CardGroups> cards = {{fleet.kinds[0].states, 2}, {fleet.kinds[1].states, 1}};
  const auto choice = chooser.Choose(cards, request);
  return choice.has_value() ? fleet.kinds[choice->kind].cards[choice->on.card] : UINT32_MAX;
}

TEST(FleetPolicyTest, BetweenKindsEachPolicyGoesByItsOwnMeasure) {
  const Mix half = {.5, .5};
  EXPECT_EQ(FirstCard("first-fit", half, 1), 0u);
  // Four free slices, not eight.
  EXPECT_EQ(FirstCard("best-fit", half, 1), 1u);
  // At the last start an A100 loses a 3g, a 1gd and a 1g, which is 7 slices; an A30 a 2g and a 1g.
  EXPECT_EQ(FirstCard("mfi", half, 1), 1u);
  // An A100 falls from 8 slices for everybody to 7 for half of the requests, by 4.5; an A30 from 4
  // slices for half of them to 3, by 0.5.
  EXPECT_EQ(FirstCard("fgd-mig", half, 1), 1u);
  EXPECT_EQ(FirstCard("tangram", half, 1), 1u);
  // When everybody asks for 1g both lose one slice that is good for all: the first card wins.
  EXPECT_EQ(FirstCard("fgd-mig", {0, 1}, 1), 0u);
  // Only an A100 will do.
  for (const std::string_view policy : PolicyNames()) EXPECT_EQ(FirstCard(policy, half, 0), 0u);
}

TEST(FleetPolicyTest, UnknownPoliciesAreRefused) {
  EXPECT_FALSE(MakeFleetPolicy("fgd", TwoKinds(), {.5, .5}).ok());
}

// A card, checked without the tables: what is on it, by slice.
struct PlainCard {
  size_t kind = 0;
  std::vector<int> taken;    // by slice: 1 + the request that is there
  std::vector<int> made_of;  // by profile

  bool MayHave(const model::mig::Profile& profile, size_t index, int32_t start) const {
    bool free = made_of[index] < profile.max;
    for (int32_t slice = start; slice < start + profile.length; ++slice) {
      free = free && taken[static_cast<size_t>(slice)] == 0;
    }
    return free;
  }
};

class CardByCard {
 public:
  explicit CardByCard(const Fleet& fleet) : fleet_(fleet) {
    for (size_t k = 0; k < fleet.kinds.size(); ++k) {
      const auto& geometry = fleet.kinds[k].states.geometry();
      for (const uint32_t number : fleet.kinds[k].cards) {
        cards_.resize(std::max<size_t>(cards_.size(), number + 1));
        cards_[number] = {k, std::vector<int>(static_cast<size_t>(geometry.slices())),
                          std::vector<int>(geometry.profiles().size())};
      }
    }
  }

  bool AnyHasRoom(size_t request) const {
    for (const PlainCard& card : cards_) {
      const std::optional<size_t> profile = fleet_.requests[request][card.kind];
      if (!profile.has_value()) continue;
      const auto& wanted = Geometry(card.kind).profiles()[*profile];
      for (const int32_t start : wanted.starts) {
        if (card.MayHave(wanted, *profile, start)) return true;
      }
    }
    return false;
  }

  // False when that may not be.
  bool Put(const FleetChooser::Choice& choice, size_t request) {
    PlainCard& card = cards_[fleet_.kinds[choice.kind].cards[choice.on.card]];
    const auto& at = fleet_.kinds[choice.kind].states.placements()[choice.on.placement];
    const auto& profile = Geometry(card.kind).profiles()[at.profile];
    const bool legal = card.kind == choice.kind &&
                       fleet_.requests[request][card.kind] == at.profile &&
                       card.MayHave(profile, at.profile, at.start);
    Fill(card, choice, 1);
    return legal;
  }
  void Remove(const FleetChooser::Choice& choice) {
    Fill(cards_[fleet_.kinds[choice.kind].cards[choice.on.card]], choice, -1);
  }

 private:
  const model::mig::Geometry& Geometry(size_t kind) const {
    return fleet_.kinds[kind].states.geometry();
  }
  void Fill(PlainCard& card, const FleetChooser::Choice& choice, int by) const {
    const auto& at = fleet_.kinds[choice.kind].states.placements()[choice.on.placement];
    const int32_t length = Geometry(card.kind).profiles()[at.profile].length;
    for (int32_t slice = at.start; slice < at.start + length; ++slice) {
      card.taken[static_cast<size_t>(slice)] += by;
    }
    card.made_of[at.profile] += by;
  }

  const Fleet& fleet_;
  std::vector<PlainCard> cards_;
};

// Three kinds in turns, one of them with engines that one instance of a card may have.
Fleet ThreeKinds() {
  const model::mig::Geometry a100 = *model::mig::FindProduct("A100-40GB");
  Fleet fleet;
  fleet.kinds.push_back({*CardStates::Create(a100), {0, 3, 6, 9}});
  fleet.kinds.push_back({Plain("A30-24GB"), {1, 4, 7}});
  fleet.kinds.push_back({Plain("RTX-PRO-6000"), {2, 5, 8}});
  const size_t with_media = *a100.FindByText("1g+me");
  fleet.requests = {{0, kNone, kNone}, {1, 0, 0},        {2, kNone, kNone},
                    {3, 1, 1},         {5, 2, 2},        {with_media, kNone, kNone},
                    {kNone, 0, kNone}, {kNone, kNone, 1}};
  return fleet;
}

TEST(FleetRunTest, WhateverFitsSomewhereIsPlacedAndNothingOverlaps) {
  const Fleet fleet = ThreeKinds();
  const Mix shares = {.05, .10, .15, .15, .30, .10, .05, .10};
  for (const uint64_t seed : {1u, 2u, 3u}) {
    const Stream stream = MakeFleetStream(fleet, shares, {.load = 1.3}, seed);
    for (const std::string_view policy : PolicyNames()) {
      SCOPED_TRACE(policy);
      const FleetChooser chooser(fleet, *MakeFleetPolicy(policy, fleet, shares));
      std::vector<CardGroups> cards;
      for (const FleetKind& kind : fleet.kinds) {
        cards.emplace_back(kind.states, static_cast<uint32_t>(kind.cards.size()));
      }
      CardByCard check(fleet);
      std::vector<std::optional<FleetChooser::Choice>> placed(stream.profiles.size());
      uint64_t accepted = 0, refused = 0;
      std::vector<uint64_t> of_kind(fleet.kinds.size(), 0);
      for (const Stream::Event& event : stream.events) {
        auto& place = placed[event.request];
        const size_t request = stream.profiles[event.request];
        if (event.arrives) {
          const bool room = check.AnyHasRoom(request);
          place = chooser.Choose(cards, request);
          ASSERT_EQ(place.has_value(), room);
          if (event.time >= stream.options.warm_up) ++(room ? accepted : refused);
          if (!room) continue;
          ASSERT_TRUE(check.Put(*place, request));
          CardGroups& group = cards[place->kind];
          group.Move(place->on.card, fleet.kinds[place->kind].states.After(
                                         group.state(place->on.card), place->on.placement));
          if (event.time >= stream.options.warm_up) ++of_kind[place->kind];
        } else if (place.has_value()) {
          check.Remove(*place);
          CardGroups& group = cards[place->kind];
          group.Move(place->on.card, fleet.kinds[place->kind].states.Without(
                                         group.state(place->on.card), place->on.placement));
        }
      }
      EXPECT_GT(refused, 20u) << "nothing is told by a cluster that has room for all";
      const FleetReport report = PlayFleet(stream, chooser);
      EXPECT_EQ(report.loss.all.accepted, accepted);
      EXPECT_EQ(report.loss.all.arrived, accepted + refused);
      for (size_t k = 0; k < of_kind.size(); ++k) {
        EXPECT_EQ(report.kinds[k].accepted, of_kind[k]);
        EXPECT_GT(of_kind[k], 0u);
      }
    }
  }
}

TEST(FleetRunTest, CardsOfOneKindAreWhatTheyWereAlone) {
  for (const char* product : {"A100-80GB", "A30-24GB", "RTX-PRO-6000"}) {
    const CardStates states = Plain(product);
    const Mix mix = Alike(states);
    const Fleet fleet = OneKind(states, 30);
    simulation::StreamOptions options;
    options.cards = 30;
    options.load = 0.85;
    const Stream alone = MakeStream(states.geometry(), mix, options, 7);
    const Stream stream = MakeFleetStream(fleet, mix, options, 7);
    ASSERT_EQ(stream.events.size(), alone.events.size());
    EXPECT_EQ(stream.events.back().time, alone.events.back().time);
    for (const std::string_view policy : PolicyNames()) {
      const LossReport expected = PlayPolicy(states, policy, mix, alone);
      const FleetReport report =
          PlayFleet(stream, FleetChooser(fleet, *MakeFleetPolicy(policy, fleet, mix)));
      EXPECT_EQ(report.loss.all.accepted, expected.all.accepted) << policy;
      EXPECT_EQ(report.loss.utilisation, expected.utilisation) << policy;
      EXPECT_EQ(report.kinds[0].utilisation, expected.utilisation) << policy;
    }
  }
}

// One kind is split into two of the same cards: between them first-fit and best-fit go by number,
// so that nothing changes.
TEST(FleetRunTest, TwoKindsOfTheSameCardsAreOneToPoliciesThatKnowNoMix) {
  const CardStates states = Plain("A100-80GB");
  const Mix mix = Alike(states);
  const Fleet one = OneKind(states, 20);
  Fleet two;
  two.kinds = {{states, {}}, {states, {}}};
  for (uint32_t card = 0; card < 20; ++card) two.kinds[card % 3 == 0 ? 0 : 1].cards.push_back(card);
  for (size_t i = 0; i < mix.size(); ++i) two.requests.push_back({i, i});
  const Stream stream = MakeFleetStream(one, mix, {}, 5);
  for (const std::string_view policy : PolicyNames()) {
    const FleetReport together =
        PlayFleet(stream, FleetChooser(one, *MakeFleetPolicy(policy, one, mix)));
    const FleetReport apart =
        PlayFleet(stream, FleetChooser(two, *MakeFleetPolicy(policy, two, mix)));
    EXPECT_EQ(apart.loss.all.accepted, together.loss.all.accepted) << policy;
    EXPECT_NEAR(apart.loss.utilisation, together.loss.utilisation, 1e-12) << policy;
  }
}

// Whole cards of two kinds that nobody else can use: each is a loss system of its own, and the
// Erlang formula knows the answer.
TEST(FleetRunTest, KindsThatShareNothingAreLostAsErlangSaysOfEach) {
  Fleet fleet;
  fleet.kinds.push_back({Plain("A100-80GB"), {0, 1, 2, 3, 4}});
  fleet.kinds.push_back({Plain("A30-24GB"), {5, 6}});
  fleet.requests = {{0, kNone}, {kNone, 0}};
  const Mix shares = {.5, .5};
  simulation::StreamOptions options;
  options.warm_up = 5;
  options.measured = 20000;
  // 48 slices at a time, by requests of 8 and 4: 8 at a time, half of them for either kind.
  const Stream stream = MakeFleetStream(fleet, shares, options, 1);
  const FleetReport report =
      PlayFleet(stream, FleetChooser(fleet, *MakeFleetPolicy("tangram", fleet, shares)));
  const int cards[] = {5, 2};
  for (size_t k = 0; k < 2; ++k) {
    double blocked = 1;
    for (int server = 1; server <= cards[k]; ++server)
      blocked = 4 * blocked / (server + 4 * blocked);
    EXPECT_NEAR(report.loss.by_profile[k].accepted_part(), 1 - blocked, 0.01);
    EXPECT_NEAR(report.kinds[k].utilisation, 4 * (1 - blocked) / cards[k], 0.01);
  }
}

TEST(FleetPolicyTest, ATunedKindGoesByTheTableOfItsOwnMix) {
  const Fleet fleet = TwoKinds();
  TuneOptions quick;
  quick.generations = 2;
  quick.candidates = 8;
  quick.streams = 2;
  quick.requests = 200;
  quick.final_streams = 2;
  const FleetPolicy tuned = TuneFleetPolicy(fleet, {.25, .75}, quick);
  quick.cards = 2;  // as many as there are of the first kind
  const CardStates& states = fleet.kinds[0].states;
  Tuner tuner(states, {.25, 0, 0, 0, 0, .75}, quick);
  while (tuner.Step()) {
  }
  const auto expected = MakeValuePolicy("tangram", tuner.values());
  for (size_t p = 0; p < states.placements().size(); ++p) {
    EXPECT_EQ(tuned[0].within->Score(states, 0, p), expected->Score(states, 0, p));
  }
}

}  // namespace
}  // namespace tangram::scheduler::mig
