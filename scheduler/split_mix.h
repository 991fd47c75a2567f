// The generator behind every draw: splitmix64 (Steele, Lea and Flood, OOPSLA
// 2014), with draws below n taken as the upper half of a 64 x 64 bit product. The same on every
// machine.
#ifndef SCHEDULER_SPLIT_MIX_H_
#define SCHEDULER_SPLIT_MIX_H_

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <string_view>
#include <utility>
#include <vector>

namespace tangram::scheduler {

// A seed made of a text: FNV-1a, continued from the seed of another text.
constexpr uint64_t SeedOf(std::string_view text, uint64_t from = 0xcbf29ce484222325u) {
  for (const char c : text) from = (from ^ static_cast<uint8_t>(c)) * 0x100000001b3u;
  return from;
}

class SplitMix {
 public:
  explicit SplitMix(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    uint64_t z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
  }
  // From 0 to below - 1; below is at most 2^32.
  uint32_t Below(uint64_t below) { return static_cast<uint32_t>((Next() >> 32) * below >> 32); }
  // Between 0 and 1, neither of them: an odd number of 2^-54.
  double Fraction() {
    constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
    return (static_cast<double>(Next() >> 11) + 0.5) * kUnit;
  }
  // From an exponential distribution of mean 1.
  double Exponential() { return -std::log(Fraction()); }
  // 0 to count - 1 in random order (Fisher and Yates).
  std::vector<uint32_t> Shuffled(size_t count) {
    std::vector<uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0u);
    for (size_t i = count; i > 1; --i) std::swap(order[i - 1], order[Below(i)]);
    return order;
  }

 private:
  uint64_t state_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_SPLIT_MIX_H_
