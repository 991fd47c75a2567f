// The vendors beside NVIDIA whose plugins speak HAMi's protocol. To add one, see
// docs/adding-a-vendor.md.
#ifndef API_DIALECTS_HAMI_OTHER_VENDORS_H_
#define API_DIALECTS_HAMI_OTHER_VENDORS_H_

#include <array>

#include "api/dialects/amd/dialect.h"
#include "api/dialects/hami/vendor_dialect.h"

namespace tangram::api::hami {

inline constexpr std::array kOtherVendors = {amd::kDialect};

// Something for each of them, in the same order.
template <typename T>
using ByOtherVendor = std::array<T, kOtherVendors.size()>;

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_OTHER_VENDORS_H_
