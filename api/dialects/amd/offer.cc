#include "api/dialects/amd/offer.h"

#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::amd {
namespace {

// MiB of "192G"; 0, with a note, for what is no such amount.
int32_t MemoryOf(std::string_view text, std::vector<std::string>* notes) {
  constexpr int32_t kMebibytesPerGigabyte = 1024;
  constexpr int32_t kMost = (1 << 21) - 1;  // so that MiB fit
  if (text.empty()) return 0;
  int32_t gigabytes = 0;
  const bool counts = text.ends_with('G') &&
                      absl::SimpleAtoi(model::ToAbsl(text.substr(0, text.size() - 1)), &gigabytes);
  if (counts && gigabytes >= 0 && gigabytes <= kMost) return gigabytes * kMebibytesPerGigabyte;
  notes->push_back(absl::StrCat("label amd.com/gpu.vram is ", model::Shown(text),
                                ", allowed is a number of gigabytes such as 192G: it is ignored"));
  return 0;
}

}  // namespace

stock::Offer OfferOf(const stock::NodeFacts& facts) {
  stock::Offer offer;
  const stock::Labels labels(kStock.domain, facts.labels, &offer.notes);
  for (const auto& [resource, text] : facts.allocatable) {
    const auto count = stock::AllocatableCount(resource, text, &offer.notes);
    if (!count.has_value()) continue;
    model::Pool pool;
    pool.resource = resource;
    pool.count = *count;
    pool.product = std::string(labels.Text("gpu.product-name"));
    pool.memory = model::Mebibytes(MemoryOf(labels.Text("gpu.vram"), &offer.notes));
    offer.pools.push_back(std::move(pool));
  }
  return offer;
}

}  // namespace tangram::api::amd
