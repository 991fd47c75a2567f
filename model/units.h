// Units as types: integers that cannot be mixed up.
//
// Every amount in model/ and scheduler/ is one of these. A value converts to a raw number only
// through value(), which belongs to codecs, reports and scores. Arithmetic exists within a type and
// by a count; overflow is a broken invariant and stops the process, because every amount that comes
// from outside was range-checked by the codec that read it.
//
// The representation is 32 bits wide: HAMi's wire format carries int32, 2^31 MiB are two pebibytes,
// and the cards of a node stay within a few cache lines. Sums over many cards use raw int64.
#ifndef MODEL_UNITS_H_
#define MODEL_UNITS_H_

#include <compare>
#include <cstdint>
#include <limits>

#include "model/check.h"

namespace tangram::model {

template <typename Tag>
class Unit {
 public:
  using Rep = int32_t;
  static constexpr Rep kMax = std::numeric_limits<Rep>::max();

  constexpr Unit() = default;
  constexpr explicit Unit(Rep value) : value_(value) {}

  // Narrows a 64-bit number. The number must lie within the range of Rep.
  static constexpr Unit Checked(int64_t value) {
    TANGRAM_CHECK(value >= std::numeric_limits<Rep>::min() && value <= kMax);
    return Unit(static_cast<Rep>(value));
  }

  constexpr Rep value() const { return value_; }

  friend constexpr auto operator<=>(Unit, Unit) = default;
  friend constexpr Unit operator+(Unit a, Unit b) {
    return Checked(int64_t{a.value_} + int64_t{b.value_});
  }
  friend constexpr Unit operator-(Unit a, Unit b) {
    return Checked(int64_t{a.value_} - int64_t{b.value_});
  }
  friend constexpr Unit operator*(Unit a, int32_t count) {
    return Checked(int64_t{a.value_} * int64_t{count});
  }
  constexpr Unit& operator+=(Unit other) { return *this = *this + other; }
  constexpr Unit& operator-=(Unit other) { return *this = *this - other; }

 private:
  Rep value_ = 0;
};

// GPU memory in MiB (2^20 bytes).
using Mebibytes = Unit<struct MebibytesTag>;
// Percent of one card's compute; a card usually has 100.
using CorePercent = Unit<struct CorePercentTag>;
// Time slices: how many containers may share a card (HAMi's `count`).
using Slots = Unit<struct SlotsTag>;

}  // namespace tangram::model

#endif  // MODEL_UNITS_H_
