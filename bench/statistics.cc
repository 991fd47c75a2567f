// See statistics.h.
#include "bench/statistics.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <vector>

namespace tangram::bench {

double Percentile(std::vector<double> values, int percent) {
  if (values.empty()) return 0;
  const size_t rank = (values.size() * static_cast<size_t>(percent) + 99) / 100;
  const size_t index = rank == 0 ? 0 : rank - 1;
  std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(index),
                   values.end());
  return values[index];
}

double Median(std::vector<double> values) { return Percentile(std::move(values), 50); }

Spread SpreadOf(const std::vector<double>& values) {
  if (values.empty()) return {};
  const auto [low, high] = std::minmax_element(values.begin(), values.end());
  return {.median = Median(values), .low = *low, .high = *high};
}

void TextHash::Add(std::string_view text) {
  for (const char c : text) {
    value_ ^= static_cast<unsigned char>(c);
    value_ *= 0x100000001b3;
  }
}

}  // namespace tangram::bench
