// Units are integers that neither mix nor overflow in silence.
#include "model/units.h"

#include <concepts>

#include "gtest/gtest.h"

namespace tangram::model {
namespace {

template <typename A, typename B>
concept Addable = requires(A a, B b) {
  a + b;
};

static_assert(Addable<Mebibytes, Mebibytes>);
static_assert(!Addable<Mebibytes, CorePercent>, "units must not mix");
static_assert(!Addable<Mebibytes, int>, "a raw number has no unit");
static_assert(!std::convertible_to<int, Mebibytes>, "a unit must be named");
static_assert(!std::convertible_to<Mebibytes, int>, "a unit is left through value() only");
static_assert(sizeof(Mebibytes) == 4, "cards must stay within few cache lines");

TEST(UnitsTest, ArithmeticAndOrder) {
  EXPECT_EQ((Mebibytes(3) + Mebibytes(4)).value(), 7);
  EXPECT_EQ((Mebibytes(3) - Mebibytes(4)).value(), -1);
  EXPECT_EQ((CorePercent(30) * 3).value(), 90);
  EXPECT_LT(Slots(1), Slots(2));
  EXPECT_EQ(Slots(), Slots(0));
  Mebibytes sum(10);
  sum += Mebibytes(5);
  sum -= Mebibytes(1);
  EXPECT_EQ(sum, Mebibytes(14));
}

TEST(UnitsTest, CheckedTakesTheWholeRange) {
  EXPECT_EQ(Mebibytes::Checked(2147483647).value(), 2147483647);
  EXPECT_EQ(Mebibytes::Checked(-2147483648LL).value(), -2147483647 - 1);
}

TEST(UnitsDeathTest, OverflowStopsTheProcess) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  const Mebibytes largest(Mebibytes::kMax);
  EXPECT_DEATH({ (void)(largest + Mebibytes(1)); }, "broken invariant");
  EXPECT_DEATH({ (void)(Mebibytes(-2) - largest); }, "broken invariant");
  EXPECT_DEATH({ (void)(largest * 2); }, "broken invariant");
  EXPECT_DEATH({ (void)Mebibytes::Checked(int64_t{1} << 31); }, "broken invariant");
}

}  // namespace
}  // namespace tangram::model
