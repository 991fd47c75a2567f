// A Kubernetes Node object -> what the node offers by count, of all vendors.
//
// For nodes run by stock device plugins (vendors.h), with no agent of HAMi's: where one registers
// cards, the cards are all that is offered, and the devices of other vendors that only count are
// not. Pure functions, callable from any thread, for any text.
#ifndef API_DIALECTS_STOCK_NODE_H_
#define API_DIALECTS_STOCK_NODE_H_

#include <array>
#include <string_view>

#include "absl/status/statusor.h"
#include "api/dialects/stock/offer.h"
#include "api/dialects/stock/vendors.h"
#include "scheduler/observation.h"

namespace tangram::api::stock {

// What the node says, in the order of kStockVendors.
using AllFacts = std::array<NodeFacts, kStockVendors.size()>;

// Reads metadata.labels and status.allocatable, in its absence status.capacity, of one Node as JSON
// text. InvalidArgument, naming the field, for broken JSON and wrong types.
absl::StatusOr<AllFacts> ReadNodeFacts(std::string_view json);

// Puts what the node offers by count into the observation of the same Node, unless an agent
// describes its cards. What cannot be read is its problem then.
void AddPools(std::string_view json, scheduler::NodeObservation* node);

}  // namespace tangram::api::stock

#endif  // API_DIALECTS_STOCK_NODE_H_
