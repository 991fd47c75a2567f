#include "scheduler/mig/evolution.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <utility>

#include "model/check.h"

namespace tangram::scheduler::mig {

Evolution::Evolution(Point mean, double step, size_t candidates, uint64_t seed)
    : mean_(std::move(mean)),
      step_(step),
      spread_(mean_.size(), 1),
      path_(mean_.size(), 0),
      draws_(candidates),
      random_(seed) {
  TANGRAM_CHECK(!mean_.empty() && step > 0 && candidates >= 4);
  const size_t parents = candidates / 2;
  for (size_t k = 1; k <= parents; ++k) {
    parents_.push_back(std::log(static_cast<double>(parents) + 0.5) -
                       std::log(static_cast<double>(k)));
  }
  const double sum = std::accumulate(parents_.begin(), parents_.end(), 0.0);
  double squares = 0;
  for (double& weight : parents_) {
    weight /= sum;
    squares += weight * weight;
  }
  parents_effective_ = 1 / squares;
}

double Evolution::Normal() {
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
  // Box and Muller; the library's own distribution differs from one standard library to the next.
  const double u = (static_cast<double>(random_() >> 11) + 0.5) * kUnit;
  const double v = static_cast<double>(random_() >> 11) * kUnit;
  return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
}

std::vector<Evolution::Point> Evolution::Ask() {
  std::vector<Point> points(draws_.size(), mean_);
  for (size_t c = 0; c < points.size(); ++c) {
    draws_[c].clear();
    for (size_t i = 0; i < mean_.size(); ++i) {
      draws_[c].push_back(Normal());
      points[c][i] += step_ * spread_[i] * draws_[c][i];
    }
  }
  return points;
}

void Evolution::Tell(std::span<const double> goodness) {
  TANGRAM_CHECK(goodness.size() == draws_.size() && !draws_.front().empty());
  std::vector<size_t> order(draws_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [goodness](size_t a, size_t b) { return goodness[a] > goodness[b]; });
  // The constants are those of the paper.
  const auto n = static_cast<double>(mean_.size());
  const double mu = parents_effective_;
  const double path_rate = (mu + 2) / (n + mu + 5);
  const double spread_rate =
      std::min(1.0, (n + 2) / 3 * 2 * (mu - 2 + 1 / mu) / ((n + 2) * (n + 2) + mu));
  double length = 0;
  for (size_t i = 0; i < mean_.size(); ++i) {
    double drift = 0, square = 0;
    for (size_t k = 0; k < parents_.size(); ++k) {
      const double draw = draws_[order[k]][i];
      drift += parents_[k] * draw;
      square += parents_[k] * draw * draw;
    }
    mean_[i] += step_ * spread_[i] * drift;
    path_[i] = (1 - path_rate) * path_[i] + std::sqrt(path_rate * (2 - path_rate) * mu) * drift;
    length += path_[i] * path_[i];
    spread_[i] *= std::sqrt(1 - spread_rate + spread_rate * square);
  }
  // What the length of the path would be if nothing was to be learned.
  const double expected = std::sqrt(n) * (1 - 1 / (4 * n) + 1 / (21 * n * n));
  step_ *= std::exp(path_rate / (1 + path_rate) * (std::sqrt(length) / expected - 1));
}

}  // namespace tangram::scheduler::mig
