#include "model/nearest_word.h"

#include <algorithm>
#include <string>
#include <vector>

namespace tangram::model {
namespace {

constexpr size_t kLongest = 128;

// What of a word is compared.
std::string Core(std::string_view word) {
  std::string core;
  for (const char c : word) {
    if (c == '-' || c == '_' || c == '.' || c == ' ') continue;
    core.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return core;
}

}  // namespace

size_t EditDistance(std::string_view a, std::string_view b) {
  // Three rows of the table: a swap looks two rows back.
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    before.swap(last);
    last.swap(row);
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

std::string_view NearestWord(std::string_view text, std::span<const std::string_view> candidates) {
  constexpr size_t kMostSlips = 3;
  constexpr size_t kLettersPerSlip = 3;
  if (text.size() > kLongest) return {};
  const std::string wrong = Core(text);
  std::string_view nearest;
  size_t best = kMostSlips + 1;
  for (const std::string_view candidate : candidates) {
    const std::string known = Core(candidate);
    const size_t longer = std::max(wrong.size(), known.size());
    const size_t shorter = std::min(wrong.size(), known.size());
    const size_t most = std::min({kMostSlips, longer / kLettersPerSlip, best - 1});
    if (longer - shorter > most) continue;
    const size_t distance = EditDistance(wrong, known);
    if (distance > most) continue;
    best = distance;
    nearest = candidate;
    if (best == 0) break;
  }
  return nearest;
}

}  // namespace tangram::model
