// Texts of the command line as values: durations, sizes, addresses, and the nearest known word.
//
// Pure functions. Every error says only what is allowed ("allowed: ..."): the caller puts the
// option, its source and the value in front.
#ifndef API_CLI_VALUES_H_
#define API_CLI_VALUES_H_

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/nearest_word.h"

namespace tangram::api::cli {

// Numbers with units of ms, s, m or h, as Go writes them, at most 24h in all: "2s", "500ms",
// "1.5s", "1m30s". "0" needs no unit.
absl::StatusOr<std::chrono::nanoseconds> ParseDuration(std::string_view text);

// A whole number with a unit of B, KiB, MiB or GiB, from 1KiB to 1GiB: "16MiB".
absl::StatusOr<uint64_t> ParseBytes(std::string_view text);

struct HostPort {
  std::string host;  // an IPv4 or IPv6 literal, without brackets
  uint16_t port = 0;
};
// "127.0.0.1:9440", "[::1]:9440"; port 0 takes any free one. Names are not allowed.
absl::StatusOr<HostPort> ParseHostPort(std::string_view text);

// "true" or "false".
absl::StatusOr<bool> ParseBool(std::string_view text);

using model::EditDistance;

// The candidate nearest to `text`, the first of equals; empty when there are none, or when all
// differ in more than a third of their letters: nobody meant those.
std::string_view NearestWord(std::string_view text, std::span<const std::string_view> candidates);
// "; did you mean run?", or nothing where no candidate is near.
std::string DidYouMean(std::string_view text, std::span<const std::string_view> candidates);
// "a, b, c".
std::string JoinWords(const std::vector<std::string_view>& words);

}  // namespace tangram::api::cli

#endif  // API_CLI_VALUES_H_
