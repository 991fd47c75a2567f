// How many pods leave for each that arrives, as of late: 0 while a cluster only fills up, near 1
// once it lives.
//
// Both are counted with a weight that halves every 1,400 arrivals or so. Not thread-safe.
#ifndef SCHEDULER_TURNOVER_H_
#define SCHEDULER_TURNOVER_H_

#include <algorithm>

namespace tangram::scheduler {

class Turnover {
 public:
  void Arrived() {
    arrivals_ = arrivals_ * kKept + 1;
    departures_ *= kKept;
  }
  void Departed() { departures_ += 1; }
  // Departures per arrival, 0..1.
  double departures() const { return arrivals_ > 0 ? std::min(1.0, departures_ / arrivals_) : 0; }

 private:
  static constexpr double kKept = 1 - 1.0 / 2000;
  double arrivals_ = 0;
  double departures_ = 0;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_TURNOVER_H_
