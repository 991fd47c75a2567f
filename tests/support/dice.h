// Chance for tests that make their own input: the same numbers everywhere for a seed.
#ifndef TESTS_SUPPORT_DICE_H_
#define TESTS_SUPPORT_DICE_H_

#include <cstdint>
#include <random>

namespace tangram::testing {

class Dice {
 public:
  explicit Dice(uint64_t seed) : random_(seed) {}
  // 0 to below - 1.
  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint64_t>(below)); }
  bool Chance(int percent) { return Pick(100) < percent; }

 private:
  std::mt19937_64 random_;
};

}  // namespace tangram::testing

#endif  // TESTS_SUPPORT_DICE_H_
