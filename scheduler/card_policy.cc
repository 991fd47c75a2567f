#include "scheduler/card_policy.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace tangram::scheduler {
namespace {

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kBlanks = " \t\r\n";
  const size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

// Calls `visit` for each word of a comma list.
template <typename Visit>
void ForEachWord(std::string_view text, Visit visit) {
  while (true) {
    const size_t comma = text.find(',');
    visit(text.substr(0, comma));
    if (comma == std::string_view::npos) return;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

CardPolicy CardPolicy::Parse(std::string_view text) {
  CardPolicy policy;
  policy.keys_.clear();
  ForEachWord(text, [&policy](std::string_view raw) {
    const std::string_view word = Trim(raw);
    if (word == "binpack") policy.keys_.push_back(Key::kBinpack);
    if (word == "spread") policy.keys_.push_back(Key::kSpread);
    if (word == "numa") policy.keys_.push_back(Key::kNuma);
    if (word == "mutex") policy.unused_only_ = true;
  });
  if (policy.keys_.empty()) policy.keys_.push_back(Key::kSpread);
  policy.Settle();
  return policy;
}

// The first of binpack and spread settles usage: a tie in one is a tie in the other.
void CardPolicy::Settle() {
  usage_sign_ = 0;
  numa_first_ = false;
  for (const Key key : keys_) {
    if (key == Key::kNuma) {
      numa_first_ = numa_first_ || usage_sign_ == 0;
    } else if (usage_sign_ == 0) {
      usage_sign_ = key == Key::kBinpack ? 1 : -1;
    }
  }
}

bool CardPolicy::IsKnown(std::string_view text) {
  std::vector<std::string_view> seen;
  bool known = true;
  ForEachWord(text, [&](std::string_view word) {
    known = known && (word == "binpack" || word == "spread" || word == "numa" || word == "mutex") &&
            std::find(seen.begin(), seen.end(), word) == seen.end();
    seen.push_back(word);
  });
  return known;
}

int64_t CardUsageScore(const model::Card& card, const model::PodRequest::Weights& weights) {
  return CardUsage(weights).Of(card);
}

}  // namespace tangram::scheduler
