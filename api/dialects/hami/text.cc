// See text.h.
#include "api/dialects/hami/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"

namespace tangram::api::hami {
namespace {

constexpr size_t kFew = 16;
constexpr std::string_view kSpace = " \t\r\n\v\f";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

std::string_view Trim(std::string_view text) {
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

std::vector<std::string> SplitList(std::string_view text) {
  std::vector<std::string> pieces;
  while (true) {
    const size_t comma = text.find(',');
    const std::string_view piece = Trim(text.substr(0, comma));
    if (!piece.empty()) pieces.emplace_back(piece);
    if (comma == std::string_view::npos) return pieces;
    text.remove_prefix(comma + 1);
  }
}

std::vector<std::string> SplitBoundedList(std::string_view text, bool lower, std::string* problem) {
  std::vector<std::string> pieces;
  absl::flat_hash_set<std::string> seen;
  while (true) {
    const size_t comma = text.find(',');
    const std::string_view piece = Trim(text.substr(0, comma));
    if (piece.size() > kListEntryBytesMost) {
      *problem =
          absl::StrCat("an entry has ", piece.size(), " bytes, allowed are ", kListEntryBytesMost);
      return {};
    }
    if (!piece.empty()) {
      std::string entry(piece);
      if (lower) std::transform(entry.begin(), entry.end(), entry.begin(), Lower);
      // Lists are short: a set is made of long ones only.
      const bool known = pieces.size() < kFew
                             ? std::find(pieces.begin(), pieces.end(), entry) != pieces.end()
                             : seen.contains(entry);
      if (!known && pieces.size() == kListEntriesMost) {
        *problem = absl::StrCat("has more than ", kListEntriesMost, " entries, which is the most");
        return {};
      }
      if (!known) pieces.push_back(std::move(entry));
      if (!known && pieces.size() == kFew) seen.insert(pieces.begin(), pieces.end());
      if (!known && pieces.size() > kFew) seen.insert(pieces.back());
    }
    if (comma == std::string_view::npos) return pieces;
    text.remove_prefix(comma + 1);
  }
}

std::optional<bool> ParseGoBool(std::string_view text) {
  constexpr std::array<std::string_view, 6> kTrue = {"1", "t", "T", "TRUE", "true", "True"};
  constexpr std::array<std::string_view, 6> kFalse = {"0", "f", "F", "FALSE", "false", "False"};
  if (std::find(kTrue.begin(), kTrue.end(), text) != kTrue.end()) return true;
  if (std::find(kFalse.begin(), kFalse.end(), text) != kFalse.end()) return false;
  return std::nullopt;
}

std::optional<int32_t> ParseInt32(std::string_view text) {
  if (!text.empty() && text.front() == '+') {
    text.remove_prefix(1);
    if (!text.empty() && text.front() == '-') return std::nullopt;
  }
  int32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool ContainsIgnoringCase(std::string_view text, std::string_view word) {
  const auto same = [](char a, char b) { return Lower(a) == b; };
  return std::search(text.begin(), text.end(), word.begin(), word.end(), same) != text.end();
}

}  // namespace tangram::api::hami
