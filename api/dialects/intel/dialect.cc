#include "api/dialects/intel/dialect.h"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::intel {
namespace {

using model::Pool;
using model::PoolKind;

// The entries of a list such as "0.1.2"; 0 where there is none, or where the list goes on in
// another label.
int64_t EntriesOf(const stock::Labels& labels, const std::string& key) {
  const std::string_view list = labels.Text(key);
  if (list.empty() || labels.Has(key + "2")) return 0;
  return 1 + std::count(list.begin(), list.end(), '.');
}

// How many devices the labels tell of; 0 when they do not.
int64_t DevicesTold(const stock::Labels& labels) {
  constexpr std::string_view kPrefix = "device-id.";
  constexpr std::string_view kSuffix = ".count";
  if (labels.Has("device.count")) return labels.Number("device.count").value_or(0);
  int64_t sum = 0;
  for (const auto& [key, text] : labels.all()) {
    if (key.starts_with(kPrefix) && key.ends_with(kSuffix)) sum += labels.Number(key).value_or(0);
  }
  if (sum > 0) return sum;
  return std::max(EntriesOf(labels, "gpu-numbers"), EntriesOf(labels, "cards"));
}

// MiB of one device; 0 when it is not told.
int32_t MemoryOfEach(const stock::Labels& labels, int64_t devices,
                     std::vector<std::string>* notes) {
  constexpr int64_t kBytesPerMebibyte = int64_t{1} << 20;
  const std::string_view text = labels.Text("memory.max");
  if (text.empty() || devices == 0) return 0;
  int64_t bytes = 0;
  if (!absl::SimpleAtoi(model::ToAbsl(text), &bytes) || bytes < 0) {
    notes->push_back(absl::StrCat("label gpu.intel.com/memory.max is ", model::Shown(text),
                                  ", allowed are bytes, a whole number from 0: it is ignored"));
    return 0;
  }
  const int64_t each = bytes / devices / kBytesPerMebibyte;
  return static_cast<int32_t>(std::min<int64_t>(each, std::numeric_limits<int32_t>::max()));
}

}  // namespace

stock::Offer OfferOf(const stock::NodeFacts& facts) {
  stock::Offer offer;
  const stock::Labels labels(kStock.domain, facts.labels, &offer.notes);
  int64_t shares = 0;
  for (const auto& [resource, text] : facts.allocatable) {
    const auto count = stock::AllocatableCount(resource, text, &offer.notes);
    if (!count.has_value()) continue;
    Pool pool;
    pool.resource = resource;
    pool.count = *count;
    shares += pool.count;
    offer.pools.push_back(std::move(pool));
  }
  if (offer.pools.empty()) return offer;
  const int64_t devices = DevicesTold(labels);
  int64_t replicas = 1;
  // sharedDevNum is one number for the plugin, whichever driver runs a device.
  if (devices > 0 && shares % devices == 0) {
    replicas = std::max<int64_t>(shares / devices, 1);
  } else if (devices > 0) {
    offer.notes.push_back(absl::StrCat(
        "labels tell ", devices, " devices of gpu.intel.com, status.allocatable ", shares,
        ": allocatable is believed, and how many share a device is not known"));
  }
  const model::Mebibytes memory(MemoryOfEach(labels, devices, &offer.notes));
  std::string_view product = labels.Text("product");
  if (product.empty()) product = labels.Text("family");
  for (Pool& pool : offer.pools) {
    pool.kind = replicas > 1 ? PoolKind::kTimeSlicedReplica : PoolKind::kWholeCard;
    pool.replicas = replicas;
    pool.memory = memory;
    pool.product = std::string(product);
  }
  return offer;
}

}  // namespace tangram::api::intel
