// An evolution strategy: finds a point that is good when goodness is noisy and has no slope.
//
// Sep-CMA-ES (Ros and Hansen, PPSN 2008) without the rank-one update: every generation draws
// candidates around a mean, learns which were better, and moves mean, length of step and the spread
// along each axis. Only the order of the candidates counts. Deterministic: a function of the
// beginning and of what it is told. Not thread-safe.
#ifndef SCHEDULER_MIG_EVOLUTION_H_
#define SCHEDULER_MIG_EVOLUTION_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace tangram::scheduler::mig {

class Evolution {
 public:
  using Point = std::vector<double>;

  // `step` is the first standard deviation along each axis, > 0; at least four candidates.
  Evolution(Point mean, double step, size_t candidates, uint64_t seed);

  const Point& mean() const { return mean_; }
  // The candidates of the next generation.
  std::vector<Point> Ask();
  // How good each of those was, higher is better; once after every Ask.
  void Tell(std::span<const double> goodness);

 private:
  double Normal();

  Point mean_;
  double step_;
  std::vector<double> spread_;
  std::vector<double> path_;                // where the mean went lately, in steps
  std::vector<double> parents_;             // weight of the best, the second, ...; sums to 1
  double parents_effective_ = 0;            // as many as that of equal weight
  std::vector<std::vector<double>> draws_;  // by candidate
  std::mt19937_64 random_;
};

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_EVOLUTION_H_
