// See binding.h.
#include "api/dialects/hami/binding.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/assignment.h"
#include "api/dialects/hami/keys.h"
#include "api/dialects/hami/mig_allocations.h"
#include "api/dialects/hami/other_vendors.h"

namespace tangram::api::hami {

BindingMetadata MakeBindingMetadata(const scheduler::BindingWrite& write) {
  BindingMetadata metadata;
  if (write.allocation.empty()) return metadata;
  const std::string time = absl::StrCat(write.unix_seconds);
  metadata.annotations = {
      {std::string(kPodNode), write.node},
      {std::string(kPodTime), time},
      {std::string(kBindPhase), std::string(kPhaseAllocating)},
      {std::string(kBindTime), time},
  };
  const auto add = [&](model::Vendor vendor, std::string_view to_allocate,
                       std::string_view allocated) {
    if (!HasSharesOf(write.allocation, vendor)) return;
    const std::string assignment = EncodeAssignment(write.allocation, vendor);
    metadata.annotations.emplace_back(std::string(to_allocate), assignment);
    metadata.annotations.emplace_back(std::string(allocated), assignment);
  };
  add(model::Vendor::kNvidia, kToAllocate, kAllocated);
  for (const VendorDialect& other : kOtherVendors) {
    add(other.vendor, other.to_allocate, other.allocated);
  }
  std::string instances = EncodeMigAllocations(write.allocation);
  if (!instances.empty()) {
    metadata.annotations.emplace_back(std::string(kMigAllocations), std::move(instances));
  }
  std::sort(metadata.annotations.begin(), metadata.annotations.end());
  if (write.node.size() <= kLabelValueMax) {
    metadata.labels.emplace_back(std::string(kPodNodeLabel), write.node);
  }
  return metadata;
}

}  // namespace tangram::api::hami
