// Quantity text as the API server writes it, as people write it, and as nobody should.
#include "model/quantity.h"

#include <cstdint>
#include <limits>
#include <string>

#include "gtest/gtest.h"
#include "model/string_map.h"

namespace tangram::model {
namespace {

constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
constexpr int64_t kMin = std::numeric_limits<int64_t>::min();

struct Valid {
  std::string text;
  int64_t value;
  bool exact;
};

const std::string kManyZeros(1000, '0');
const std::string kManyNines(1000, '9');

TEST(QuantityTest, ValueAndExactness) {
  const Valid cases[] = {
      {"0", 0, true},
      {"-0", 0, true},
      {"0.0", 0, true},
      {"5", 5, true},
      {"+5", 5, true},
      {"-5", -5, true},
      {"5.", 5, true},
      {".5", 1, false},
      {"0.5", 1, false},
      {"007", 7, true},
      {"3k", 3000, true},
      {"3Ki", 3072, true},
      {"1.5", 2, false},
      {"1.5k", 1500, true},
      {"1.5Gi", 1610612736, true},
      {"1.5Ki", 1536, true},
      {"0.1Ki", 103, false},
      {"0.0009765625Ki", 1, true},
      {"100m", 1, false},
      {"500m", 1, false},
      {"2000m", 2, true},
      {"2001m", 3, false},
      {"1u", 1, false},
      {"1000000u", 1, true},
      {"1n", 1, false},
      {"3000000000n", 3, true},
      {"0.0000000000000000000001n", 1, false},
      {"1e3", 1000, true},
      {"1e+3", 1000, true},
      {"1E3", 1000, true},
      {"15e-1", 2, false},
      {"20E-1", 2, true},
      {"1e0", 1, true},
      {"1E", 1000000000000000000, true},
      {"1Ei", int64_t{1} << 60, true},
      {"1P", 1000000000000000, true},
      {"1Pi", int64_t{1} << 50, true},
      {"1T", 1000000000000, true},
      {"1Ti", int64_t{1} << 40, true},
      {"1G", 1000000000, true},
      {"1M", 1000000, true},
      {"1Mi", 1048576, true},
      {"7.999Ei", 9222219115350168962, false},
      {"9223372036854775807", kMax, true},
      {"-9223372036854775808", kMin, true},
      {"-8Ei", kMin, true},
      {"9223372036854775806.5", kMax, false},
      {"1e-1000000000000", 1, false},
      {"0e1000000000000", 0, true},
      {"0Ei", 0, true},
      {kManyZeros + "12", 12, true},
      {"12." + kManyZeros, 12, true},
      {"12." + kManyZeros + "1", 13, false},
      {"1" + kManyZeros + "e-1000", 1, true},
      {"0." + kManyZeros + "1e1001", 1, true},
      {"0." + kManyNines + "Ki", 1024, false},
  };
  for (const Valid& c : cases) {
    SCOPED_TRACE(c.text.substr(0, 40));
    const absl::StatusOr<Quantity> quantity = ParseQuantity(c.text);
    ASSERT_TRUE(quantity.ok()) << quantity.status();
    EXPECT_EQ(quantity->value, c.value);
    EXPECT_EQ(quantity->exact, c.exact);
  }
}

TEST(QuantityTest, NegativeValuesRoundAwayFromZero) {
  const Valid cases[] = {{"-1.5", -2, false}, {"-1.1", -2, false},  {"-500m", -1, false},
                         {"-1n", -1, false},  {"-2000m", -2, true}, {"-0.1Ki", -103, false}};
  for (const Valid& c : cases) {
    SCOPED_TRACE(c.text);
    const absl::StatusOr<Quantity> quantity = ParseQuantity(c.text);
    ASSERT_TRUE(quantity.ok()) << quantity.status();
    EXPECT_EQ(quantity->value, c.value);
    EXPECT_EQ(quantity->exact, c.exact);
  }
}

TEST(QuantityTest, MalformedTextIsRefused) {
  const std::string cases[] = {"",      "-",    "+",
                               ".",     "-.",   "abc",
                               "k",     "Ki",   "1ki",
                               "1mi",   "1K",   "1KI",
                               "1Kib",  "1kk",  "1.2.3",
                               "1..2",  "--1",  "+-1",
                               "1 ",    " 1",   "1 Gi",
                               "1e",    "1e+",  "1e-",
                               "1e1.5", "1e3k", "1Eii",
                               "1i",    "0x10", "1,000",
                               "NaN",   "Inf",  "1e++1",
                               "1g",    "1B",   "1MiB",
                               "٣",     "1\n",  std::string("1\0", 2)};
  for (const std::string& text : cases) {
    SCOPED_TRACE(text);
    const absl::StatusOr<Quantity> quantity = ParseQuantity(text);
    EXPECT_EQ(quantity.status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(QuantityTest, ValuesBeyondInt64AreOutOfRange) {
  const std::string cases[] = {"9223372036854775808",
                               "-9223372036854775809",
                               "9223372036854775807.1",
                               "-9223372036854775808.1",
                               "8Ei",
                               "9.3E",
                               "10E",
                               "1e19",
                               "1e1000000000000",
                               "18446744073709551616",
                               "18446744073709551615Ki",
                               "99999999999999999999999",
                               kManyNines,
                               "1" + kManyZeros};
  for (const std::string& text : cases) {
    SCOPED_TRACE(text.substr(0, 40));
    EXPECT_EQ(ParseQuantity(text).status().code(), absl::StatusCode::kOutOfRange);
  }
}

TEST(QuantityTest, MilliRoundsUp) {
  const Valid cases[] = {{"500m", 500, true},     {"2", 2000, true},     {"0.0001", 1, false},
                         {"1n", 1, false},        {"1k", 1000000, true}, {"1Ki", 1024000, true},
                         {"0.5Ki", 512000, true}, {"-250m", -250, true}, {"1.0005", 1001, false}};
  for (const Valid& c : cases) {
    SCOPED_TRACE(c.text);
    const absl::StatusOr<int64_t> milli = ParseMilliQuantity(c.text);
    ASSERT_TRUE(milli.ok()) << milli.status();
    EXPECT_EQ(*milli, c.value);
  }
  EXPECT_EQ(ParseMilliQuantity("9223372036854775807").status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ParseMilliQuantity("1Kib").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(QuantityTest, MessagesShowTheTextShortenedAndWhatIsAllowed) {
  const std::string message(ParseQuantity("12 potatoes").status().message());
  EXPECT_NE(message.find("\"12 potatoes\""), std::string::npos) << message;
  EXPECT_NE(message.find("Ki Mi Gi"), std::string::npos) << message;
  const std::string nines(ParseQuantity(kManyNines).status().message());
  EXPECT_LT(nines.size(), 250u) << nines;
  EXPECT_NE(nines.find("..."), std::string::npos) << nines;
  EXPECT_NE(nines.find("9223372036854775807"), std::string::npos) << nines;
  const std::string binary(ParseQuantity(std::string("\x01\xff\n", 3)).status().message());
  EXPECT_NE(binary.find("\\x01\\xff"), std::string::npos) << binary;
}

TEST(QuantityTest, AMegabyteOfDigitsIsReadInReasonableTime) {
  const std::string digits = "0." + std::string(1 << 20, '3') + "Ei";
  const absl::StatusOr<Quantity> quantity = ParseQuantity(digits);
  ASSERT_TRUE(quantity.ok()) << quantity.status();
  EXPECT_EQ(quantity->value, (int64_t{1} << 60) / 3 + 1);
  EXPECT_FALSE(quantity->exact);
}

}  // namespace
}  // namespace tangram::model
