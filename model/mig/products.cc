#include "model/mig/products.h"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/check.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::model::mig {
namespace {

// Seven compute and eight memory slices; the gigabytes of 1g; of 1g with double memory and 2g; of
// 3g and 4g; of 7g.
struct SevenSlices {
  std::string_view name;
  Source source;
  int32_t single, twofold, half, whole;
};

constexpr SevenSlices kSevenSlices[] = {
    {"A100-40GB", Source::kMeasured, 5, 10, 20, 40},
    {"A100-80GB", Source::kMeasured, 10, 20, 40, 80},
    {"A800-40GB", Source::kInferred, 5, 10, 20, 40},
    {"A800-80GB", Source::kInferred, 10, 20, 40, 80},
    {"H100-80GB", Source::kMeasured, 10, 20, 40, 80},
    {"H100-94GB", Source::kMeasured, 12, 24, 47, 94},
    {"H100-96GB", Source::kInferred, 12, 24, 48, 96},
    {"H800-80GB", Source::kInferred, 10, 20, 40, 80},
    {"H20-96GB", Source::kInferred, 12, 24, 48, 96},
    {"H20-141GB", Source::kInferred, 18, 35, 71, 141},
    {"H200-141GB", Source::kInferred, 18, 35, 71, 141},
    {"GH200-96GB", Source::kInferred, 12, 24, 48, 96},
    {"GH200-144GB", Source::kInferred, 18, 36, 72, 144},
    {"B200-180GB", Source::kInferred, 23, 45, 90, 180},
    {"GB200-186GB", Source::kInferred, 23, 47, 93, 186},
    {"B300-269GB", Source::kInferred, 34, 67, 135, 269},
    {"GB300-278GB", Source::kInferred, 35, 70, 139, 278},
};

std::vector<Profile> ProfilesOf(const SevenSlices& board) {
  return {
      {{7, board.whole}, {0}, 8, 1},
      {{4, board.half}, {0}, 4, 1},
      {{3, board.half}, {0, 4}, 4, 2},
      {{2, board.twofold}, {0, 2, 4}, 2, 3},
      {{1, board.twofold}, {0, 2, 4, 6}, 2, 4},
      {{1, board.single}, {0, 1, 2, 3, 4, 5, 6}, 1, 7},
      {{1, board.single, Extra::kMedia}, {0, 1, 2, 3, 4, 5, 6}, 1, 1},
  };
}

std::vector<Profile> A30() {
  return {
      {{4, 24}, {0}, 4, 1},
      {{2, 12}, {0, 2}, 2, 2},
      {{2, 12, Extra::kMedia}, {0, 2}, 2, 1},
      {{1, 6}, {0, 1, 2, 3}, 1, 4},
      {{1, 6, Extra::kMedia}, {0, 1, 2, 3}, 1, 1},
  };
}

// Twelve positions for four parts.
std::vector<Profile> RtxPro6000() {
  const std::vector<int32_t> quarters = {0, 3, 6, 9};
  return {
      {{4, 96}, {0}, 12, 1},
      {{4, 96, Extra::kGraphics}, {0}, 12, 1},
      {{2, 48}, {0, 6}, 6, 2},
      {{2, 48, Extra::kGraphics}, {0, 6}, 6, 2},
      {{2, 48, Extra::kAllMedia}, {0, 6}, 6, 1},
      {{2, 48, Extra::kNoMedia}, {0, 6}, 6, 2},
      {{1, 24}, quarters, 3, 4},
      {{1, 24, Extra::kMedia}, quarters, 3, 1},
      {{1, 24, Extra::kGraphics}, quarters, 3, 4},
      {{1, 24, Extra::kAllMedia}, quarters, 3, 1},
      {{1, 24, Extra::kNoMedia}, quarters, 3, 4},
  };
}

// Two halves. The vendor's guides name other profiles for older drivers of the 48 GB board.
std::vector<Profile> Halves(int32_t half, int32_t whole, bool media) {
  const std::vector<int32_t> starts = {0, 6};
  std::vector<Profile> profiles = {
      {{2, whole}, {0}, 12, 1},
      {{2, whole, Extra::kGraphics}, {0}, 12, 1},
      {{1, half}, starts, 6, 2},
      {{1, half, Extra::kGraphics}, starts, 6, 2},
      {{1, half, Extra::kAllMedia}, starts, 6, 1},
      {{1, half, Extra::kNoMedia}, starts, 6, 2},
  };
  if (media) profiles.push_back({{1, half, Extra::kMedia}, starts, 6, 1});
  return profiles;
}

struct Board {
  std::string_view name;
  Source source;
  int32_t slices;
  std::vector<Profile> profiles;
};

std::vector<Board> OtherBoards() {
  return {
      {"A30-24GB", Source::kMeasured, 4, A30()},
      {"RTX-PRO-6000", Source::kInferred, 12, RtxPro6000()},
      {"RTX-PRO-5000", Source::kInferred, 12, Halves(24, 48, true)},
      {"RTX-PRO-4500", Source::kInferred, 12, Halves(16, 32, false)},
  };
}

Geometry Made(std::string_view name, int32_t slices, std::vector<Profile> profiles, Source source) {
  auto geometry = Geometry::Create(std::string(name), slices, std::move(profiles), source);
  TANGRAM_CHECK(geometry.ok());
  return *std::move(geometry);
}

// Words that a type contains all of, in upper case; the first line that matches tells the product.
// A product that ends with '*' is any board whose name begins so: the first of them, where nothing
// else tells which and `first` says that it is by far the most common.
struct TypeWords {
  std::string_view words[3];
  std::string_view product;
  bool first = true;
};

constexpr TypeWords kTypes[] = {
    {{"GB300", "", ""}, "GB300-278GB"},
    {{"GB200", "", ""}, "GB200-186GB"},
    {{"B300", "", ""}, "B300-269GB"},
    {{"B200", "", ""}, "B200-180GB"},
    {{"GH200", "144G", ""}, "GH200-144GB"},
    {{"GH200", "144GB", ""}, "GH200-144GB"},
    {{"GH200", "", ""}, "GH200-*"},
    {{"H200", "", ""}, "H200-141GB"},
    {{"H20", "141GB", ""}, "H20-141GB"},
    {{"H20", "", ""}, "H20-*"},
    {{"H100", "NVL", ""}, "H100-94GB"},
    {{"H100", "94", ""}, "H100-94GB"},
    {{"H100", "96", ""}, "H100-96GB"},
    {{"H100", "80GB", ""}, "H100-80GB"},
    {{"H100", "", ""}, "H100-*"},
    {{"H800", "", ""}, "H800-80GB"},
    {{"A800", "80GB", ""}, "A800-80GB"},
    {{"A800", "40GB", ""}, "A800-40GB"},
    {{"A800", "", ""}, "A800-*", false},
    {{"A100", "80GB", ""}, "A100-80GB"},
    {{"A100", "40GB", ""}, "A100-40GB"},
    {{"A100", "", ""}, "A100-*", false},
    {{"A30", "", ""}, "A30-24GB"},
    {{"RTX", "PRO", "6000"}, "RTX-PRO-6000"},
    {{"RTX", "PRO", "4500"}, "RTX-PRO-4500"},
};

// Whether the word stands there as a word: "A30" is in "NVIDIA A30" and not in "NVIDIA A300".
bool HasWord(std::string_view text, std::string_view word) {
  const auto is_letter = [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); };
  for (size_t at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const size_t end = at + word.size();
    const bool begins = at == 0 || !is_letter(text[at - 1]);
    const bool number = word.front() >= '0' && word.front() <= '9';
    const bool ends = end == text.size() || !is_letter(text[end]);
    if (begins && (ends || (number && text.substr(end, 2) == "GB"))) return true;
  }
  return false;
}

// How far the gigabytes of a profile are from those of the board's profiles with as many compute
// slices, in thousandths.
int64_t Distance(const SevenSlices& board, const ProfileName& profile) {
  int64_t least = std::numeric_limits<int32_t>::max();
  for (const Profile& own : ProfilesOf(board)) {
    if (own.name.compute != profile.compute) continue;
    const int64_t apart = std::abs(own.name.gigabytes - profile.gigabytes);
    least = std::min(least, apart * 1000 / own.name.gigabytes);
  }
  return least;
}

// The board of that name that comes nearest; null where nothing tells.
const SevenSlices* BoardOf(std::string_view prefix, std::span<const ProfileName> cut_into,
                           Mebibytes memory) {
  constexpr int64_t kMebibytesPerGigabyte = 1024;
  if (cut_into.empty() && memory.value() <= 0) return nullptr;
  const SevenSlices* nearest = nullptr;
  int64_t least = 0;
  for (const SevenSlices& board : kSevenSlices) {
    if (!board.name.starts_with(prefix)) continue;
    int64_t apart = 0;
    for (const ProfileName& profile : cut_into) apart += Distance(board, profile);
    if (cut_into.empty()) apart = std::abs(memory.value() - board.whole * kMebibytesPerGigabyte);
    if (nearest == nullptr || apart < least) {
      nearest = &board;
      least = apart;
    }
  }
  return nearest;
}

std::string_view FirstOf(std::string_view prefix) {
  const auto* board =
      std::find_if(std::begin(kSevenSlices), std::end(kSevenSlices),
                   [prefix](const SevenSlices& one) { return one.name.starts_with(prefix); });
  TANGRAM_CHECK(board != std::end(kSevenSlices));
  return board->name;
}

}  // namespace

std::vector<std::string_view> ProductNames() {
  std::vector<std::string_view> names;
  for (const SevenSlices& board : kSevenSlices) names.push_back(board.name);
  for (const Board& board : OtherBoards()) names.push_back(board.name);
  return names;
}

absl::StatusOr<Geometry> FindProduct(std::string_view name) {
  const auto named = [name](std::string_view other) {
    return absl::EqualsIgnoreCase(ToAbsl(name), ToAbsl(other));
  };
  for (const SevenSlices& board : kSevenSlices) {
    if (named(board.name)) return Made(board.name, 8, ProfilesOf(board), board.source);
  }
  for (Board& board : OtherBoards()) {
    if (named(board.name)) {
      return Made(board.name, board.slices, std::move(board.profiles), board.source);
    }
  }
  const auto plain = [](std::string* out, std::string_view text) { out->append(text); };
  return absl::NotFoundError(absl::StrCat("product ", Shown(name), " is not known; allowed are ",
                                          absl::StrJoin(ProductNames(), ", ", plain)));
}

std::optional<Geometry> ProductOfType(std::string_view type, std::span<const ProfileName> cut_into,
                                      Mebibytes memory) {
  const std::string upper = absl::AsciiStrToUpper(ToAbsl(type));
  const auto* line = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeWords& one) {
    return std::all_of(std::begin(one.words), std::end(one.words),
                       [&](std::string_view w) { return w.empty() || HasWord(upper, w); });
  });
  if (line == std::end(kTypes)) return std::nullopt;
  std::string_view product = line->product;
  if (product.ends_with('*')) {
    product.remove_suffix(1);
    const SevenSlices* board = BoardOf(product, cut_into, memory);
    if (board == nullptr && !line->first) return std::nullopt;
    product = board != nullptr ? board->name : FirstOf(product);
  }
  auto found = FindProduct(product);
  TANGRAM_CHECK(found.ok());
  return *std::move(found);
}

}  // namespace tangram::model::mig
