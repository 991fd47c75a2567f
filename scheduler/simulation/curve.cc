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
  std::vector<double> values;
  for (size_t i = 0; i < bins_.size(); ++i) {
    if (bins_[i].count == 0) continue;  // the last is not
    const double value = bins_[i].sum / static_cast<double>(bins_[i].count);
    const double before = values.empty() ? 0 : values.back();
    if (values.empty()) values.push_back(i == 0 ? value : 0);
    // A gap of one is the mean of its neighbours.
    const size_t first = values.size();
    for (size_t x = first; x < i; ++x) {
      const auto part = static_cast<double>(x - first + 1) / static_cast<double>(i - first + 1);
      values.push_back(before + (value - before) * part);
    }
    if (values.size() == i) values.push_back(value);
  }
  return values;
}

}  // namespace tangram::scheduler::simulation
