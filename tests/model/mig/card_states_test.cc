// The tables of a card against the rules themselves, tried one layout at a time.
#include "model/mig/card_states.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/mig/layouts.h"
#include "model/mig/products.h"

namespace tangram::model::mig {
namespace {

using ::testing::HasSubstr;

// Whether these instances may be on one card, straight from the rules.
bool Legal(const Geometry& geometry, const std::vector<Instance>& instances) {
  std::vector<int> taken(static_cast<size_t>(geometry.slices()), 0);
  std::map<size_t, int> counts;
  int media = 0, all_media = 0, shared_media = 0;
  for (const Instance& instance : instances) {
    const Profile& profile = geometry.profiles()[instance.profile];
    for (int32_t slice = instance.start; slice < instance.start + profile.length; ++slice) {
      if (taken[static_cast<size_t>(slice)]++ > 0) return false;
    }
    if (++counts[instance.profile] > profile.max) return false;
    media += profile.name.extra == Extra::kMedia;
    all_media += profile.name.extra == Extra::kAllMedia;
    shared_media += profile.name.extra != Extra::kNoMedia;
  }
  return media <= 1 && (all_media == 0 || shared_media == 1);
}

// All layouts of a card, by the rules.
struct Oracle {
  explicit Oracle(const Geometry& card) : geometry(card) {
    for (size_t i = 0; i < card.profiles().size(); ++i) {
      for (const int32_t start : card.profiles()[i].starts) all.push_back({i, start});
    }
    std::vector<Instance> none;
    Visit(none, 0);
  }
  void Visit(std::vector<Instance>& chosen, size_t from) {
    layouts.push_back(chosen);
    for (size_t i = from; i < all.size(); ++i) {
      chosen.push_back(all[i]);
      if (Legal(geometry, chosen)) Visit(chosen, i + 1);
      chosen.pop_back();
    }
  }
  const Geometry& geometry;
  std::vector<Instance> all;
  std::vector<std::vector<Instance>> layouts;
};

void ExpectTablesSayWhatTheRulesSay(const Geometry& geometry) {
  const CardStates states = *CardStates::Create(geometry);
  const Oracle oracle(geometry);
  std::set<StateId> met;
  std::set<Multiset> multisets, maximal_multisets;
  size_t maximal = 0;
  for (std::vector<Instance> layout : oracle.layouts) {
    const auto state = states.StateOf(layout);
    ASSERT_TRUE(state.ok()) << state.status();
    met.insert(*state);
    Multiset counts(geometry.profiles().size(), 0);
    int32_t free = geometry.slices();
    for (const Instance& instance : layout) {
      ++counts[instance.profile];
      free -= geometry.profiles()[instance.profile].length;
    }
    ASSERT_EQ(states.free_slices(*state), free);
    bool anything = false;
    std::vector<int32_t> open(geometry.profiles().size(), 0);
    for (size_t p = 0; p < states.placements().size(); ++p) {
      const Placement& placement = states.placements()[p];
      const Instance added{placement.profile, placement.start};
      const bool there = std::find(layout.begin(), layout.end(), added) != layout.end();
      layout.push_back(added);
      const bool fits = !there && Legal(geometry, layout);
      const StateId after = states.After(*state, p);
      ASSERT_EQ(after != kNoState, fits);
      if (fits) {
        ASSERT_EQ(after, *states.StateOf(layout));
        ASSERT_EQ(states.Without(after, p), *state);
        ++open[placement.profile];
        anything = true;
      }
      layout.pop_back();
    }
    for (size_t i = 0; i < open.size(); ++i) ASSERT_EQ(states.open(*state, i), open[i]);
    multisets.insert(counts);
    if (!anything) ++maximal, maximal_multisets.insert(counts);
    EXPECT_EQ(Arrange(states, counts).size(), layout.size());
  }
  EXPECT_EQ(met.size(), states.size()) << "every state is that of a layout";
  const Layouts layouts = EnumerateLayouts(states);
  EXPECT_EQ(layouts.layouts, oracle.layouts.size());
  EXPECT_EQ(layouts.maximal_layouts, maximal);
  EXPECT_EQ(layouts.multisets, std::vector<Multiset>(multisets.begin(), multisets.end()));
  EXPECT_EQ(layouts.maximal_multisets,
            std::vector<Multiset>(maximal_multisets.begin(), maximal_multisets.end()));
}

TEST(CardStatesTest, TablesSayWhatTheRulesSayForEveryKindOfBoard) {
  for (const char* product : {"A100-80GB", "A30-24GB", "RTX-PRO-6000", "RTX-PRO-5000"}) {
    SCOPED_TRACE(product);
    ExpectTablesSayWhatTheRulesSay(*FindProduct(product));
  }
}

TEST(CardStatesTest, MaximaThatTheSlicesDoNotImplyAreKept) {
  ExpectTablesSayWhatTheRulesSay(*Geometry::Create(
      "card", 4, {{{1, 6}, {0, 1, 2, 3}, 1, 2}, {{2, 12}, {0, 2}, 2, 1}}, Source::kDevice));
}

std::vector<size_t> Counted(const Geometry& geometry) {
  const CardStates states = *CardStates::Create(geometry);
  const Layouts layouts = EnumerateLayouts(states);
  EXPECT_EQ(states.size(), layouts.masks) << "of plain profiles the slices tell everything";
  return {layouts.layouts, layouts.masks, layouts.maximal_layouts, layouts.maximal_multisets.size(),
          layouts.multisets.size()};
}

TEST(CardStatesTest, TheNumbersOfLayoutsAreThePublishedOnes) {
  const Geometry h100 = *FindProduct("H100-80GB");
  EXPECT_EQ(Counted(h100.Only(h100.PlainProfiles())), (std::vector<size_t>{723, 192, 78, 38, 78}));
  std::vector<size_t> no_double;
  for (const size_t i : h100.PlainProfiles()) {
    if (h100.ShortName(i) != "1gd") no_double.push_back(i);
  }
  EXPECT_EQ(Counted(h100.Only(no_double)), (std::vector<size_t>{298, 144, 19, 14, 38}));
  for (const char* product : {"A30-24GB", "RTX-PRO-6000"}) {
    const Geometry geometry = *FindProduct(product);
    EXPECT_EQ(Counted(geometry.Only(geometry.PlainProfiles())),
              (std::vector<size_t>{26, 16, 5, 4, 10}));
  }
}

TEST(CardStatesTest, WrongInstancesAreRefusedByNumber) {
  const Geometry geometry = *FindProduct("RTX-PRO-6000");
  const CardStates states = *CardStates::Create(geometry);
  const auto refusal = [&](const std::vector<Instance>& instances) {
    return std::string(states.StateOf(instances).status().message());
  };
  const size_t half = *geometry.FindByText("2g");
  const size_t media = *geometry.FindByText("1g+me");
  const size_t all = *geometry.FindByText("2g+me.all");
  EXPECT_EQ(refusal({{99, 0}}), "RTX-PRO-6000: instance 0: no profile 99");
  EXPECT_EQ(refusal({{half, 0}, {half, 3}}),
            "RTX-PRO-6000: instance 1 (2g.48gb at 3) may not begin there");
  EXPECT_EQ(refusal({{half, 6}, {media, 9}}),
            "RTX-PRO-6000: instance 1 (1g.24gb+me at 9) takes slices that are taken");
  EXPECT_THAT(refusal({{media, 0}, {media, 3}}), HasSubstr("instance 1 (1g.24gb+me at 3) is one"));
  EXPECT_THAT(refusal({{half, 0}, {all, 6}}), HasSubstr("wants media engines that are taken"));
  EXPECT_TRUE(states.StateOf(std::vector<Instance>{{half, 0}, {media, 9}}).ok());
}

TEST(LayoutsTest, WhatDoesNotFitIsNotArranged) {
  const Geometry geometry = *FindProduct("A30-24GB");
  const CardStates states = *CardStates::Create(geometry.Only(geometry.PlainProfiles()));
  EXPECT_EQ(Arrange(states, {0, 1, 2}), (std::vector<Instance>{{1, 0}, {2, 2}, {2, 3}}));
  EXPECT_TRUE(Arrange(states, {1, 0, 1}).empty());
}

}  // namespace
}  // namespace tangram::model::mig
