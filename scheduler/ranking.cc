#include "scheduler/ranking.h"

#include <algorithm>
#include <bit>
#include <cstring>

namespace tangram::scheduler {
namespace {

using Iterator = std::vector<Ranked>::iterator;

size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t longest = std::min(a.size(), b.size());
  size_t i = 0;
  while (i < longest && a[i] == b[i]) ++i;
  return i;
}

// The eight bytes of `name` from `from` on, as a number that orders as the bytes do. A name that
// ends early sorts before those that go on, or equal to one that goes on with zero bytes.
uint64_t KeyOf(std::string_view name, size_t from) {
  uint64_t key = 0;
  if (from + sizeof(key) <= name.size()) {
    std::memcpy(&key, name.data() + from, sizeof(key));
    return std::endian::native == std::endian::little ? __builtin_bswap64(key) : key;
  }
  for (size_t i = from; i < from + sizeof(key); ++i) {
    key = (key << 8) | (i < name.size() ? static_cast<uint8_t>(name[i]) : 0u);
  }
  return key;
}

// Fills the keys with what follows the prefix that all the names share.
void FillKeys(std::span<const std::string_view> names, Iterator begin, Iterator end) {
  const std::string_view first = names[begin->position];
  size_t shared = first.size();
  for (Iterator it = begin; it != end && shared > 0; ++it) {
    const std::string_view name = names[it->position];
    if (name.size() >= shared && std::memcmp(name.data(), first.data(), shared) == 0) continue;
    shared = CommonPrefix(first.substr(0, shared), name);
  }
  for (Iterator it = begin; it != end; ++it) it->name_key = KeyOf(names[it->position], shared);
}

}  // namespace

void KeepBest(std::span<const std::string_view> names, size_t keep, std::vector<Ranked>* nodes) {
  if (nodes->empty() || keep == 0) {
    nodes->clear();
    return;
  }
  const auto by_score = [](const Ranked& a, const Ranked& b) { return a.score > b.score; };
  const auto best_first = [names](const Ranked& a, const Ranked& b) {
    if (a.score != b.score) return a.score > b.score;
    if (a.name_key != b.name_key) return a.name_key < b.name_key;
    return names[a.position] < names[b.position];
  };
  const Iterator begin = nodes->begin();
  if (nodes->size() > keep) {
    const Iterator last = begin + static_cast<ptrdiff_t>(keep) - 1;
    std::nth_element(begin, last, nodes->end(), by_score);
    const int64_t threshold = last->score;
    const auto above = [threshold](const Ranked& node) { return node.score > threshold; };
    const auto at = [threshold](const Ranked& node) { return node.score == threshold; };
    const Iterator equals = std::partition(begin, nodes->end(), above);
    const Iterator rest = std::partition(equals, nodes->end(), at);
    FillKeys(names, begin, rest);
    if (rest > last) std::nth_element(equals, last, rest, best_first);
    nodes->resize(keep);
  } else {
    FillKeys(names, begin, nodes->end());
  }
  if (!std::is_sorted(nodes->begin(), nodes->end(), best_first)) {
    std::sort(nodes->begin(), nodes->end(), best_first);
  }
}

void BestFirst(std::span<const std::string_view> names, std::vector<Ranked>* nodes) {
  const auto better = [names](const Ranked& a, const Ranked& b) {
    return a.score != b.score ? a.score > b.score : names[a.position] < names[b.position];
  };
  const auto best = std::min_element(nodes->begin(), nodes->end(), better);
  std::rotate(nodes->begin(), best, best + 1);
}

}  // namespace tangram::scheduler
