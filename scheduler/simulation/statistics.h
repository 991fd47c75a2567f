// Means, spreads and confidence intervals of small samples.
//
// Pure functions, callable from any thread. Equal inputs give equal results to the bit: sums are
// taken in the order of the values.
#ifndef SCHEDULER_SIMULATION_STATISTICS_H_
#define SCHEDULER_SIMULATION_STATISTICS_H_

#include <cstddef>
#include <optional>
#include <span>

namespace tangram::scheduler::simulation {

struct Sample {
  size_t count = 0;
  double mean = 0;       // 0 of nothing
  double deviation = 0;  // of the sample, over count - 1; 0 of fewer than two
};
Sample Summarise(std::span<const double> values);

// What Student's t with so many degrees of freedom (at least 1) stays below with `probability`,
// which is strictly between 0 and 1.
double StudentQuantile(double probability, size_t degrees);

struct Interval {
  double low = 0, high = 0;
  bool contains(double value) const { return low <= value && value <= high; }
};

// Where the mean of `left` - `right` lies. Both have the same length, and values at the same place
// belong together: the same seed of the same list.
struct Difference {
  double mean = 0;
  // 95 % confidence by Student's t of the differences; none of fewer than two pairs.
  std::optional<Interval> interval;
};
Difference PairedDifference(std::span<const double> left, std::span<const double> right);

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_STATISTICS_H_
