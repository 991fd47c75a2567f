#include "scheduler/simulation/curve.h"

#include <cmath>

namespace tangram::scheduler::simulation {

void Curve::Add(double arrived_percent, double value) {
  // The default rounding of the processor is half to even.
  const auto bin = static_cast<size_t>(std::nearbyint(arrived_percent));
  if (bins_.size() <= bin) bins_.resize(bin + 1);
  bins_[bin].sum += value;
  ++bins_[bin].count;
}

std::vector<double> Curve::Values() const {
  const auto mean = [this](size_t i) {
    return bins_[i].count > 0 ? bins_[i].sum / static_cast<double>(bins_[i].count) : 0.0;
  };
  std::vector<double> values;
  for (size_t i = 0; i < bins_.size(); ++i) {
    // The last bin is never empty.
    const bool between = bins_[i].count == 0 && i > 0;
    values.push_back(between ? (mean(i - 1) + mean(i + 1)) / 2 : mean(i));
  }
  return values;
}

}  // namespace tangram::scheduler::simulation
