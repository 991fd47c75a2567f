// Exact arithmetic on quantity text: the decimal point is moved over the digits, and binary factors
// are multiplied in digit by digit, so that no value is ever held in floating point.
#include "model/quantity.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::model {
namespace {

constexpr uint64_t kMaxPositive = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

// The parts of a quantity: sign, decimal digits around the point, and what the suffix multiplies
// by.
struct Parts {
  bool negative = false;
  std::string_view whole;     // digits before the point, may be empty
  std::string_view fraction;  // digits after the point, may be empty
  int decimal_exponent = 0;   // times 10^this
  int kibi_exponent = 0;      // times 1024^this
};

// A magnitude: `whole` + 0.`fraction`, the fraction as decimal digits.
struct Magnitude {
  uint64_t whole = 0;
  std::string fraction;
};

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::string_view TakeDigits(std::string_view& text) {
  size_t length = 0;
  while (length < text.size() && IsDigit(text[length])) ++length;
  const std::string_view digits = text.substr(0, length);
  text.remove_prefix(length);
  return digits;
}

// Reads what follows the number. False when it is no suffix of the grammar.
bool ReadSuffix(std::string_view suffix, Parts& parts) {
  if (suffix.empty()) return true;
  if (suffix.size() == 2 && suffix[1] == 'i') {
    const size_t power = std::string_view("KMGTPE").find(suffix[0]);
    parts.kibi_exponent = static_cast<int>(power) + 1;
    return power != std::string_view::npos;
  }
  if (suffix.size() == 1) {
    const size_t power = std::string_view("num.kMGTPE").find(suffix[0]);
    parts.decimal_exponent = static_cast<int>(power) * 3 - 9;
    return power != std::string_view::npos && suffix[0] != '.';
  }
  if (suffix[0] != 'e' && suffix[0] != 'E') return false;
  suffix.remove_prefix(1);
  const bool negative = suffix[0] == '-';
  if (negative || suffix[0] == '+') suffix.remove_prefix(1);
  const std::string_view digits = TakeDigits(suffix);
  if (digits.empty() || !suffix.empty()) return false;
  // An exponent beyond any text that fits in memory decides nothing more: it may saturate.
  constexpr int kSaturated = 1'000'000'000;
  int exponent = 0;
  for (const char digit : digits) {
    exponent = std::min(kSaturated, std::min(exponent, kSaturated / 10) * 10 + (digit - '0'));
  }
  parts.decimal_exponent = negative ? -exponent : exponent;
  return true;
}

std::optional<Parts> Split(std::string_view text) {
  Parts parts;
  if (!text.empty() && (text[0] == '-' || text[0] == '+')) {
    parts.negative = text[0] == '-';
    text.remove_prefix(1);
  }
  parts.whole = TakeDigits(text);
  if (!text.empty() && text[0] == '.') {
    text.remove_prefix(1);
    parts.fraction = TakeDigits(text);
  }
  if (parts.whole.empty() && parts.fraction.empty()) return std::nullopt;
  if (!ReadSuffix(text, parts)) return std::nullopt;
  return parts;
}

// whole * factor + extra, or nothing when that exceeds 64 bits.
std::optional<uint64_t> MultiplyAdd(uint64_t whole, uint64_t factor, uint64_t extra) {
  uint64_t product = 0;
  uint64_t sum = 0;
  if (__builtin_mul_overflow(whole, factor, &product)) return std::nullopt;
  if (__builtin_add_overflow(product, extra, &sum)) return std::nullopt;
  return sum;
}

// The decimal number with its point moved right by `exponent`; nothing when it exceeds 64 bits.
std::optional<Magnitude> MovePoint(const Parts& parts, int exponent) {
  std::string digits = absl::StrCat(ToAbsl(parts.whole), ToAbsl(parts.fraction));
  const size_t leading = std::min(digits.find_first_not_of('0'), digits.size());
  const int64_t point =
      static_cast<int64_t>(parts.whole.size()) + exponent - static_cast<int64_t>(leading);
  digits.erase(0, leading);
  while (!digits.empty() && digits.back() == '0') digits.pop_back();

  Magnitude magnitude;
  if (digits.empty()) return magnitude;
  constexpr int64_t kMostDigits = 20;  // of a 64-bit number
  if (point > kMostDigits) return std::nullopt;
  if (point < -kMostDigits) {
    // Not zero, and smaller than anything the factors below could lift to one.
    magnitude.fraction.assign(static_cast<size_t>(kMostDigits), '0');
    magnitude.fraction.push_back('1');
    return magnitude;
  }
  for (int64_t i = 0; i < point; ++i) {
    const auto at = static_cast<size_t>(i);
    const auto digit = static_cast<uint64_t>(at < digits.size() ? digits[at] - '0' : 0);
    const std::optional<uint64_t> next = MultiplyAdd(magnitude.whole, 10, digit);
    if (!next.has_value()) return std::nullopt;
    magnitude.whole = *next;
  }
  if (point < 0) magnitude.fraction.assign(static_cast<size_t>(-point), '0');
  const auto used = static_cast<size_t>(std::max<int64_t>(point, 0));
  if (used < digits.size()) magnitude.fraction.append(digits, used);
  return magnitude;
}

// Multiplies by a small factor, carrying from the fraction into the whole. False on overflow.
bool Multiply(Magnitude& magnitude, uint32_t factor) {
  uint32_t carry = 0;
  for (auto digit = magnitude.fraction.rbegin(); digit != magnitude.fraction.rend(); ++digit) {
    const uint32_t product = static_cast<uint32_t>(*digit - '0') * factor + carry;
    *digit = static_cast<char>('0' + product % 10);
    carry = product / 10;
  }
  const std::optional<uint64_t> next = MultiplyAdd(magnitude.whole, factor, carry);
  if (!next.has_value()) return false;
  magnitude.whole = *next;
  return true;
}

absl::Status OutOfRange(std::string_view text) {
  return absl::OutOfRangeError(
      absl::StrCat("quantity ", Shown(text),
                   " is out of range: allowed is -9223372036854775808 to 9223372036854775807"));
}

// The value of `text` times 1000^thousands.
absl::StatusOr<Quantity> Parse(std::string_view text, int thousands) {
  const std::optional<Parts> parts = Split(text);
  if (!parts.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("quantity ", Shown(text),
                     " is malformed: allowed is a decimal number, then at most one of ",
                     "n u m k M G T P E, Ki Mi Gi Ti Pi Ei, or an exponent such as e3"));
  }
  std::optional<Magnitude> magnitude = MovePoint(*parts, parts->decimal_exponent + 3 * thousands);
  if (!magnitude.has_value()) return OutOfRange(text);
  for (int i = 0; i < parts->kibi_exponent; ++i) {
    if (!Multiply(*magnitude, 1024)) return OutOfRange(text);
  }
  Quantity quantity;
  quantity.exact = magnitude->fraction.find_first_not_of('0') == std::string::npos;
  uint64_t rounded = magnitude->whole;
  const uint64_t limit = kMaxPositive + (parts->negative ? 1 : 0);
  if (rounded > limit || (!quantity.exact && rounded == limit)) return OutOfRange(text);
  if (!quantity.exact) ++rounded;
  // Two's complement: the conversion is exact for -2^63 as well.
  quantity.value = static_cast<int64_t>(parts->negative ? 0 - rounded : rounded);
  return quantity;
}

}  // namespace

absl::StatusOr<Quantity> ParseQuantity(absl::string_view text) { return Parse(ToStd(text), 0); }

absl::StatusOr<int64_t> ParseMilliQuantity(absl::string_view text) {
  absl::StatusOr<Quantity> quantity = Parse(ToStd(text), 1);
  if (!quantity.ok()) return quantity.status();
  return quantity->value;
}

}  // namespace tangram::model
