// A measure against how much GPU has arrived, at every whole percent.
//
// As the published FGD curves are made: the value at x is the mean over all arrivals after which
// the arrived percentage rounds (half to even) to x; where there is none, the mean of its
// neighbours. Small clusters leave wider gaps than the published ones: those are bridged by a
// straight line, from 0 before the first value.
#ifndef SCHEDULER_SIMULATION_CURVE_H_
#define SCHEDULER_SIMULATION_CURVE_H_

#include <cstddef>
#include <vector>

namespace tangram::scheduler::simulation {

class Curve {
 public:
  // Notes the measure after an arrival that brought the arrived GPU to `arrived_percent`.
  void Add(double arrived_percent, double value);
  // By whole percent, from 0 to the last one reached; empty when nothing was added.
  std::vector<double> Values() const;

 private:
  struct Bin {
    double sum = 0;
    size_t count = 0;
  };
  std::vector<Bin> bins_;
};

}  // namespace tangram::scheduler::simulation

#endif  // SCHEDULER_SIMULATION_CURVE_H_
