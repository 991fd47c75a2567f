#include "scheduler/simulation/statistics.h"

#include <cmath>

#include "boost/math/distributions/students_t.hpp"

namespace tangram::scheduler::simulation {
namespace {

constexpr double kConfidence = 0.95;

// Nothing thrown, and nothing that depends on how long a long double is.
using Policy = boost::math::policies::policy<
    boost::math::policies::domain_error<boost::math::policies::ignore_error>,
    boost::math::policies::overflow_error<boost::math::policies::ignore_error>,
    boost::math::policies::evaluation_error<boost::math::policies::ignore_error>,
    boost::math::policies::rounding_error<boost::math::policies::ignore_error>,
    boost::math::policies::pole_error<boost::math::policies::ignore_error>,
    boost::math::policies::promote_double<false>>;

}  // namespace

Sample Summarise(std::span<const double> values) {
  Sample sample{.count = values.size()};
  if (values.empty()) return sample;
  for (const double value : values) sample.mean += value;
  sample.mean /= static_cast<double>(values.size());
  if (values.size() < 2) return sample;
  double squares = 0;
  for (const double value : values) squares += (value - sample.mean) * (value - sample.mean);
  sample.deviation = std::sqrt(squares / static_cast<double>(values.size() - 1));
  return sample;
}

double StudentQuantile(double probability, double degrees) {
  const boost::math::students_t_distribution<double, Policy> t(degrees);
  return boost::math::quantile(t, probability);
}

Difference PairedDifference(std::span<const double> left, std::span<const double> right) {
  const std::vector<double> lefts(left.begin(), left.end()), rights(right.begin(), right.end());
  return StratifiedDifference(std::span(&lefts, 1), std::span(&rights, 1));
}

Difference StratifiedDifference(std::span<const std::vector<double>> left,
                                std::span<const std::vector<double>> right) {
  const auto lists = static_cast<double>(left.size());
  Difference difference;
  double variance = 0;  // of the mean
  double doubt = 0;     // of the variance: its square over this is the degrees of freedom
  bool told = true;
  for (size_t list = 0; list < left.size(); ++list) {
    std::vector<double> differences(left[list].size());
    for (size_t i = 0; i < differences.size(); ++i) {
      differences[i] = left[list][i] - right[list][i];
    }
    const Sample sample = Summarise(differences);
    difference.mean += sample.mean / lists;
    if (sample.count < 2) {
      told = false;
      continue;
    }
    const auto count = static_cast<double>(sample.count);
    const double part = sample.deviation * sample.deviation / (count * lists * lists);
    variance += part;
    doubt += part * part / (count - 1);
  }
  if (!told) return difference;
  // Without any spread there is nothing to be unsure of.
  const double reach = doubt > 0
                           ? StudentQuantile((1 + kConfidence) / 2, variance * variance / doubt) *
                                 std::sqrt(variance)
                           : 0;
  difference.interval = Interval{difference.mean - reach, difference.mean + reach};
  return difference;
}

}  // namespace tangram::scheduler::simulation
