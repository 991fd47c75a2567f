// The vendors whose stock device plugins are understood. To add one, see docs/adding-a-vendor.md.
#ifndef API_DIALECTS_STOCK_VENDORS_H_
#define API_DIALECTS_STOCK_VENDORS_H_

#include <array>

#include "api/dialects/amd/offer.h"
#include "api/dialects/intel/dialect.h"
#include "api/dialects/nvidia/node.h"
#include "api/dialects/stock/offer.h"

namespace tangram::api::stock {

inline constexpr std::array kStockVendors = {nvidia::kStock, amd::kStock, intel::kStock};

}  // namespace tangram::api::stock

#endif  // API_DIALECTS_STOCK_VENDORS_H_
