// Whether two policies differ: their differences on the same seeds.
#ifndef API_CLI_SIMULATE_PAIRED_H_
#define API_CLI_SIMULATE_PAIRED_H_

#include <span>

namespace tangram::api::cli::simulate {

struct PairedDifference {
  double mean = 0;
  double standard_error = 0;
  double low = 0, high = 0;  // 95 % confidence interval
};

double Mean(std::span<const double> values);

// Of `values` against `base`, pair by pair, by Student's t; at least two pairs.
PairedDifference Paired(std::span<const double> values, std::span<const double> base);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_PAIRED_H_
