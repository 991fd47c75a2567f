#include "scheduler/simulation/statistics.h"

#include <cmath>
#include <vector>

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

double StudentQuantile(double probability, size_t degrees) {
  const boost::math::students_t_distribution<double, Policy> t(static_cast<double>(degrees));
  return boost::math::quantile(t, probability);
}

Difference PairedDifference(std::span<const double> left, std::span<const double> right) {
  std::vector<double> differences(left.size());
  for (size_t i = 0; i < left.size(); ++i) differences[i] = left[i] - right[i];
  const Sample sample = Summarise(differences);
  Difference difference{.mean = sample.mean, .interval = std::nullopt};
  if (sample.count < 2) return difference;
  const double reach = StudentQuantile((1 + kConfidence) / 2, sample.count - 1) * sample.deviation /
                       std::sqrt(static_cast<double>(sample.count));
  difference.interval = Interval{sample.mean - reach, sample.mean + reach};
  return difference;
}

}  // namespace tangram::scheduler::simulation
