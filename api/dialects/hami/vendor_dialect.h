// What one more vendor of HAMi's brings along: its words, and how a container asks for its cards.
//
// HAMi's plugins for other cards speak the same protocol as NVIDIA's (a register on the node, the
// assignment text on the pod) with names of their own. One VendorDialect, a constant in the
// vendor's folder and listed in other_vendors.h, is all that the codecs here need to know of it.
#ifndef API_DIALECTS_HAMI_VENDOR_DIALECT_H_
#define API_DIALECTS_HAMI_VENDOR_DIALECT_H_

#include <optional>
#include <string_view>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "model/quantity.h"
#include "model/request.h"
#include "model/vendor.h"

namespace tangram::api::hami {

// What limits or requests say about a vendor's resources; nullopt where they say nothing.
struct ResourceAmounts {
  std::optional<model::Quantity> count;
  std::optional<model::Quantity> memory;
  std::optional<model::Quantity> memory_percentage;
  std::optional<model::Quantity> cores;
  // By resource: what is asked for by count alone (nvidia/keys.h, intel/dialect.h).
  absl::InlinedVector<std::pair<std::string_view, model::Quantity>, 1> counted;
};

struct VendorDialect {
  model::Vendor vendor;
  // In lower case; HAMi considers a card only if its type contains the word.
  std::string_view candidate_word;
  // Resource names.
  std::string_view count, memory, cores;
  // Node annotation with the register, as JSON.
  std::string_view node_register;
  // Pod annotations that a user writes.
  std::string_view use_types, avoid_types, use_uuids, avoid_uuids;
  // Pod annotations that a bind writes. The second field of a device is the card's type.
  std::string_view to_allocate, allocated;
  // What a container asks for by its amounts; count 0 where it asks for nothing.
  model::ContainerRequest (*make_request)(const ResourceAmounts& asked);
};

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_VENDOR_DIALECT_H_
