// The live books as policies of views see them.
#include "scheduler/live_view.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "scheduler/pod_demand.h"

namespace tangram::scheduler {
namespace {

// A card that can be got at, with room for what is asked of it.
LiveCard Passing(int32_t memory, int32_t left, int32_t wanted) {
  LiveCard card;
  card.memory = memory;
  card.memory_left = left;
  card.cores = card.cores_left = 100;
  card.milli_wanted = MilliTaken(wanted, 0, card.memory, card.cores);
  card.open = card.passes = true;
  return card;
}

TEST(LiveViewTest, SharesAreExactRoundedUpWhereAskedAndDownWhereLeft) {
  std::mt19937 random(5);
  for (int i = 0; i < 200000; ++i) {
    const auto memory = static_cast<int32_t>(1 + random() % (i % 2 == 0 ? 100000u : 2147483647u));
    // Every other amount is one that comes to thousandths or nearly.
    const auto amount = [&] {
      const auto any = static_cast<int64_t>(random()) % (int64_t{memory} + 1);
      const int64_t even = int64_t{memory} * (static_cast<int64_t>(random()) % 1001) / 1000;
      return i % 3 == 0 ? any : std::clamp<int64_t>(even + i % 5 - 2, 0, memory);
    };
    const int64_t left = amount();
    const int64_t wanted = std::min(amount(), left);
    const LiveCard card = Passing(memory, static_cast<int32_t>(left), static_cast<int32_t>(wanted));
    const LiveHypothesis made = Hypothesis({&card, 1}, 0, 1, {}, {});
    const int64_t asked = std::max<int64_t>(1, (wanted * kWholeCard + memory - 1) / memory);
    ASSERT_EQ(made.demand.milli, asked) << wanted << " of " << memory;
    ASSERT_EQ(made.node.left[0], std::max(asked, left * kWholeCard / memory))
        << left << " of " << memory;
  }
}

TEST(LiveViewTest, OverCommittedAndClosedCardsHaveNothingLeft) {
  LiveCard over = Passing(1000, -5, 0);
  over.open = over.passes = false;
  LiveCard closed = Passing(1000, 1000, 0);
  closed.open = closed.passes = false;
  const LiveCard cards[] = {over, closed, Passing(1000, 600, 500)};
  const LiveHypothesis made = Hypothesis(cards, 0, 1, {}, {});
  // In the reverse order of the state.
  EXPECT_EQ(made.node.left[0], 600);
  EXPECT_EQ(made.node.left[1], 0);
  EXPECT_EQ(made.node.left[2], 0);
  EXPECT_EQ(made.demand.milli, 500);
}

}  // namespace
}  // namespace tangram::scheduler
