#include "api/cli/simulate/paired.h"

#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <cstddef>
#include <numeric>

#include "model/check.h"

namespace tangram::api::cli::simulate {

double Mean(std::span<const double> values) {
  TANGRAM_CHECK(!values.empty());
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

PairedDifference Paired(std::span<const double> values, std::span<const double> base) {
  TANGRAM_CHECK(values.size() == base.size() && values.size() >= 2);
  const auto count = static_cast<double>(values.size());
  PairedDifference difference{.mean = Mean(values) - Mean(base)};
  double squares = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    const double off = values[i] - base[i] - difference.mean;
    squares += off * off;
  }
  difference.standard_error = std::sqrt(squares / (count - 1) / count);
  constexpr double kUpperTail = 0.025;
  const boost::math::students_t student(count - 1);
  const double reach = boost::math::quantile(boost::math::complement(student, kUpperTail)) *
                       difference.standard_error;
  difference.low = difference.mean - reach;
  difference.high = difference.mean + reach;
  return difference;
}

}  // namespace tangram::api::cli::simulate
