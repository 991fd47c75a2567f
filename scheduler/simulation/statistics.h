// Means, spreads and confidence intervals of small samples.
//
// Pure functions, callable from any thread. Equal inputs give equal results to the bit: sums are
// taken in the order of the values.
#ifndef SCHEDULER_SIMULATION_STATISTICS_H_
#define SCHEDULER_SIMULATION_STATISTICS_H_

#include <cstddef>
#include <optional>
#include <span>
#include <vector>

namespace tangram::scheduler::simulation {

struct Sample {
  size_t count = 0;
  double mean = 0;       // 0 of nothing
  double deviation = 0;  // of the sample, over count - 1; 0 of fewer than two
};
Sample Summarise(std::span<const double> values);

// What Student's t with so many degrees of freedom (more than 0, not necessarily whole) stays below
// with `probability`, which is strictly between 0 and 1.
double StudentQuantile(double probability, double degrees);

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

// The same over several lists (strata), each of which counts once and is what it is: the seeds are
// the sample, within their lists. With d the differences of list l of L, n of them, and s their
// standard deviation:
//   mean      D = 1/L * sum of mean(d)
//   variance  V = 1/L^2 * sum of s^2/n
//   interval  D +- t * sqrt(V), t of Student with V^2 / sum of (s^2/(L^2 n))^2 / (n - 1) degrees of
//             freedom (Welch and Satterthwaite)
// No interval where a list has fewer than two pairs. Of one list it is PairedDifference. Both sides
// have the same lists with the same numbers of values, one or more.
Difference StratifiedDifference(std::span<const std::vector<double>> left,
                                std::span<const std::vector<double>> right);

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_STATISTICS_H_
