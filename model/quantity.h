// Kubernetes resource.Quantity text <-> exact integers.
//
// Grammar (k8s.io/apimachinery resource.Quantity): a signed decimal number, then at most one suffix
// of n u m "" k M G T P E (decimal SI), Ki Mi Gi Ti Pi Ei (binary), or a decimal exponent
// (e3, E-2). At least one digit; "5." and ".5" are numbers. "E" is exa unless digits follow. The
// API server canonicalises: 3000 arrives as "3k", 0.5 as "500m". Where apimachinery silently cuts a
// value to the range of int64, this says OutOfRange.
//
// Pure functions, callable from any thread.
#ifndef MODEL_QUANTITY_H_
#define MODEL_QUANTITY_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace tangram::model {

// A parsed quantity as an exact integer, or the fact that it is none.
struct Quantity {
  // The value rounded away from zero to an integer, as Quantity.Value() does: "1.1" is 2, "-1.1"
  // is -2.
  int64_t value = 0;
  // Whether `value` is exactly what the text says (Quantity.AsInt64's second result): "1.5" and
  // "500m" are not exact, "2000m" and "1e3" are.
  bool exact = true;
};

// Parses `text`. InvalidArgument when it does not follow the grammar, OutOfRange when the value
// does not fit int64; both messages contain the text (shortened) and the allowed form.
absl::StatusOr<Quantity> ParseQuantity(absl::string_view text);

// As ParseQuantity, in thousandths, rounded away from zero: "500m" -> 500, "2" -> 2000. For CPU.
absl::StatusOr<int64_t> ParseMilliQuantity(absl::string_view text);

}  // namespace tangram::model

#endif  // MODEL_QUANTITY_H_
