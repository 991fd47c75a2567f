// What a slice of a card really costs: the prices of cutting stock.
//
// A slice of 810 thousandths leaves 190 that hardly anybody wants, so it costs a whole card; one of
// 140 fits into leftovers and costs nothing. The prices are the duals of the cutting-stock linear
// program (Gilmore and Gomory, 1961): minimise the number of cards that hold the slices of a
// workload, over all ways to cut a card. Solved by column generation, with an unbounded knapsack as
// the pricing problem.
#ifndef SCHEDULER_EFFECTIVE_SIZE_H_
#define SCHEDULER_EFFECTIVE_SIZE_H_

#include <cstdint>
#include <span>
#include <vector>

namespace tangram::scheduler {

struct SliceCount {
  int32_t milli = 0;  // 1..1000
  double count = 0;   // how many the workload has, > 0
  friend bool operator==(const SliceCount&, const SliceCount&) = default;
};

// The price of each slice in cards, parallel to `slices`, whose sizes must be distinct: within
// 0..1, and together count for count the fewest cards there are, in fractions.
std::vector<double> CuttingStockPrices(std::span<const SliceCount> slices);

// The same, averaged over workloads like this one, because the prices of a single workload jump
// with its counts: 40 times, each count moved by a normal draw of 2 sqrt(count) + 5 %.
// Deterministic.
std::vector<double> EffectiveSizes(std::span<const SliceCount> slices);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_EFFECTIVE_SIZE_H_
