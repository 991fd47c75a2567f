// See values.h.
#include "api/cli/values.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

constexpr int64_t kMillisecond = 1'000'000;
constexpr int64_t kSecond = 1'000 * kMillisecond;
constexpr int64_t kDayNanoseconds = 24 * 3600 * kSecond;

struct UnitName {
  std::string_view text;
  int64_t factor;
};
// Longest first, so that "ms" is not read as "s".
constexpr std::array<UnitName, 4> kDurationUnits = {
    {{"ms", kMillisecond}, {"s", kSecond}, {"m", 60 * kSecond}, {"h", 3600 * kSecond}}};
constexpr std::array<UnitName, 4> kByteUnits = {
    {{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"B", 1}}};
constexpr uint64_t kBytesMin = 1 << 10;
constexpr uint64_t kBytesMax = 1 << 30;

bool TakeUnit(std::string_view& text, std::span<const UnitName> units, int64_t& factor) {
  for (const UnitName& unit : units) {
    if (text.size() > unit.text.size() && text.ends_with(unit.text)) {
      text.remove_suffix(unit.text.size());
      factor = unit.factor;
      return true;
    }
  }
  return false;
}

// The whole text as a plain number: no sign, no blanks, no exponent, digits on both sides of a
// point.
template <typename T>
bool ParseNumber(std::string_view text, T& value) {
  if (text.empty() || text.front() == '.' || text.back() == '.') return false;
  for (const char c : text) {
    if ((c < '0' || c > '9') && c != '.') return false;
  }
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

absl::StatusOr<std::chrono::nanoseconds> ParseDuration(std::string_view text) {
  const auto error = absl::InvalidArgumentError(
      "allowed: numbers with units ms, s, m or h from 0s to 24h, such as 2s, 500ms or 1m30s");
  if (text == "0") return std::chrono::nanoseconds(0);
  double nanoseconds = 0;
  do {
    // One number with its unit, from the front.
    const size_t number_end = text.find_first_not_of("0123456789.");
    if (number_end == std::string_view::npos) return error;
    const size_t unit_end = text.find_first_of("0123456789.", number_end);
    std::string_view part = text.substr(0, unit_end);
    int64_t factor = 0;
    double number = 0;
    if (!TakeUnit(part, kDurationUnits, factor) || !ParseNumber(part, number)) return error;
    nanoseconds += number * static_cast<double>(factor);
    text.remove_prefix(std::min(unit_end, text.size()));
  } while (!text.empty());
  if (nanoseconds > static_cast<double>(kDayNanoseconds)) return error;
  return std::chrono::nanoseconds(std::llround(nanoseconds));
}

absl::StatusOr<uint64_t> ParseBytes(std::string_view text) {
  const auto error = absl::InvalidArgumentError(
      "allowed: a whole number with unit B, KiB, MiB or GiB from 1KiB to 1GiB, such as 16MiB");
  int64_t factor = 0;
  uint64_t number = 0;
  if (!TakeUnit(text, kByteUnits, factor) || !ParseNumber(text, number)) return error;
  if (number > kBytesMax / static_cast<uint64_t>(factor)) return error;
  const uint64_t bytes = number * static_cast<uint64_t>(factor);
  if (bytes < kBytesMin) return error;
  return bytes;
}

absl::StatusOr<HostPort> ParseHostPort(std::string_view text) {
  const auto error = absl::InvalidArgumentError(
      "allowed: ADDRESS:PORT with an IP address, such as 127.0.0.1:9440 or [::1]:9440");
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return error;
  HostPort result;
  std::string_view host = text.substr(0, colon);
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);
  result.host = host;
  std::array<unsigned char, sizeof(in6_addr)> address{};
  if (::inet_pton(bracketed ? AF_INET6 : AF_INET, result.host.c_str(), address.data()) != 1) {
    return error;
  }
  if (!ParseNumber(text.substr(colon + 1), result.port)) return error;
  return result;
}

absl::StatusOr<bool> ParseBool(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return absl::InvalidArgumentError("allowed: true, false");
}

std::string_view NearestWord(std::string_view text, std::span<const std::string_view> candidates) {
  std::string_view nearest;
  size_t best = std::numeric_limits<size_t>::max();
  for (const std::string_view candidate : candidates) {
    const size_t distance = EditDistance(text, candidate);
    if (3 * distance > std::max(text.size(), candidate.size())) continue;
    if (distance < best) {
      best = distance;
      nearest = candidate;
    }
  }
  return nearest;
}

std::string DidYouMean(std::string_view text, std::span<const std::string_view> candidates) {
  const std::string_view nearest = NearestWord(text, candidates);
  return nearest.empty() ? "" : absl::StrCat("; did you mean ", model::ToAbsl(nearest), "?");
}

std::string JoinWords(const std::vector<std::string_view>& words) {
  return absl::StrJoin(words, ", ", [](std::string* out, std::string_view word) { *out += word; });
}

}  // namespace tangram::api::cli
