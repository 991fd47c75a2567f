#include "scheduler/effective_size.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <random>

#include "model/check.h"
#include "scheduler/node_view.h"

namespace tangram::scheduler {
namespace {

constexpr double kTolerance = 1e-9;

using Column = std::vector<double>;  // how many of each slice; or one surplus, as -1

// The simplex method on the master program, one row a slice, with columns made when they are
// wanted.
class Master {
 public:
  explicit Master(std::span<const SliceCount> slices) : slices_(slices), rows_(slices.size()) {
    inverse_.assign(rows_ * rows_, 0);
    for (size_t i = 0; i < rows_; ++i) {
      step_ = std::gcd(step_, slices_[i].milli);
      const int32_t fit = kWholeCard / slices_[i].milli;
      inverse_[i * rows_ + i] = 1.0 / fit;
      cost_.push_back(1);
      value_.push_back(slices_[i].count / fit);
    }
  }

  std::vector<double> Solve() {
    // Far more than any program of this kind needs; what is found by then is close.
    constexpr int kMostPivots = 10000;
    for (int pivot = 0; pivot < kMostPivots; ++pivot) {
      std::vector<double> prices = Prices();
      Column column(rows_, 0);
      double cost = 1;
      const auto below = std::min_element(prices.begin(), prices.end());
      if (*below < -kTolerance) {
        column[static_cast<size_t>(below - prices.begin())] = -1;
        cost = 0;
      } else if (BestCut(prices, &column) <= 1 + kTolerance) {
        return prices;
      }
      if (!Pivot(column, cost)) break;
    }
    return Prices();
  }

 private:
  std::vector<double> Prices() const {
    std::vector<double> prices(rows_, 0);
    for (size_t basic = 0; basic < rows_; ++basic) {
      if (cost_[basic] == 0) continue;
      for (size_t i = 0; i < rows_; ++i) prices[i] += cost_[basic] * inverse_[basic * rows_ + i];
    }
    return prices;
  }

  // The way to cut a card that is worth most at these prices. Room is counted in steps that all
  // sizes are whole numbers of.
  double BestCut(const std::vector<double>& prices, Column* column) const {
    const auto steps = static_cast<size_t>(kWholeCard / step_);
    const auto size = [this](size_t i) { return static_cast<size_t>(slices_[i].milli / step_); };
    std::vector<double> worth(steps + 1, 0);
    std::vector<int> last(steps + 1, -1);
    for (size_t room = 1; room <= steps; ++room) {
      worth[room] = worth[room - 1];
      for (size_t i = 0; i < rows_; ++i) {
        if (size(i) > room) continue;
        const double with = worth[room - size(i)] + prices[i];
        if (with > worth[room] + kTolerance) {
          worth[room] = with;
          last[room] = static_cast<int>(i);
        }
      }
    }
    for (size_t room = steps; room > 0;) {
      if (last[room] < 0) {
        --room;
        continue;
      }
      const auto slice = static_cast<size_t>(last[room]);
      (*column)[slice] += 1;
      room -= size(slice);
    }
    return worth[steps];
  }

  // False where no column leaves: the program is bounded, so that is the error of the arithmetic,
  // and what was found by then is close.
  bool Pivot(const Column& column, double cost) {
    std::vector<double> step(rows_, 0);
    for (size_t basic = 0; basic < rows_; ++basic) {
      for (size_t i = 0; i < rows_; ++i) step[basic] += inverse_[basic * rows_ + i] * column[i];
    }
    size_t leaves = rows_;
    for (size_t basic = 0; basic < rows_; ++basic) {
      if (step[basic] <= kTolerance) continue;
      if (leaves == rows_ || value_[basic] * step[leaves] < value_[leaves] * step[basic]) {
        leaves = basic;
      }
    }
    if (leaves == rows_) return false;
    const double length = value_[leaves] / step[leaves];
    for (size_t i = 0; i < rows_; ++i) inverse_[leaves * rows_ + i] /= step[leaves];
    for (size_t basic = 0; basic < rows_; ++basic) {
      if (basic == leaves) continue;
      value_[basic] = std::max(0.0, value_[basic] - length * step[basic]);
      for (size_t i = 0; i < rows_; ++i) {
        inverse_[basic * rows_ + i] -= step[basic] * inverse_[leaves * rows_ + i];
      }
    }
    value_[leaves] = length;
    cost_[leaves] = cost;
    return true;
  }

  std::span<const SliceCount> slices_;
  size_t rows_;
  int32_t step_ = kWholeCard;    // the largest that divides every size and the card
  std::vector<double> inverse_;  // of the basis
  std::vector<double> cost_;     // of each basic column
  std::vector<double> value_;    // of each basic column
};

}  // namespace

std::vector<double> CuttingStockPrices(std::span<const SliceCount> slices) {
  if (slices.empty()) return {};
  for (const SliceCount& slice : slices) {
    TANGRAM_CHECK(slice.milli > 0 && slice.milli <= kWholeCard && slice.count > 0);
  }
  return Master(slices).Solve();
}

std::vector<double> EffectiveSizes(std::span<const SliceCount> slices) {
  constexpr int kWorkloads = 40;
  constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
  std::mt19937_64 random(1);
  // Box and Muller; the library's own distribution differs from one standard library to the next.
  const auto normal = [&random] {
    const double u = (static_cast<double>(random() >> 11) + 0.5) * kUnit;
    const double v = static_cast<double>(random() >> 11) * kUnit;
    return std::sqrt(-2 * std::log(u)) * std::cos(2 * std::numbers::pi * v);
  };
  std::vector<double> sums(slices.size(), 0);
  for (int workload = 0; workload < kWorkloads; ++workload) {
    std::vector<SliceCount> moved(slices.begin(), slices.end());
    for (SliceCount& slice : moved) {
      const double by = normal() * (2 * std::sqrt(slice.count) + 0.05 * slice.count);
      slice.count = std::max(slice.count + by, 1e-3);
    }
    const std::vector<double> prices = CuttingStockPrices(moved);
    for (size_t i = 0; i < sums.size(); ++i) sums[i] += prices[i];
  }
  for (double& sum : sums) sum /= kWorkloads;
  return sums;
}

}  // namespace tangram::scheduler
