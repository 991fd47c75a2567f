// Percentiles and medians of measured times. Pure functions.
#ifndef BENCH_STATISTICS_H_
#define BENCH_STATISTICS_H_

#include <cstdint>
#include <string_view>
#include <vector>

namespace tangram::bench {

// The value that `percent` of the values do not exceed (nearest rank); 0 for no values.
double Percentile(std::vector<double> values, int percent);
double Median(std::vector<double> values);

// A middle value with its extremes.
struct Spread {
  double median = 0, low = 0, high = 0;
};
Spread SpreadOf(const std::vector<double>& values);

// FNV-1a over everything added: the same texts in the same order give the same number.
class TextHash {
 public:
  void Add(std::string_view text);
  uint64_t value() const { return value_; }

 private:
  uint64_t value_ = 0xcbf29ce484222325;
};

}  // namespace tangram::bench

#endif  // BENCH_STATISTICS_H_
