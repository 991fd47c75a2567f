// See binding.h.
#include "api/dialects/hami/binding.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/assignment.h"
#include "api/dialects/hami/keys.h"

namespace tangram::api::hami {

BindingMetadata MakeBindingMetadata(const scheduler::BindingWrite& write) {
  BindingMetadata metadata;
  if (write.allocation.empty()) return metadata;
  const std::string assignment = EncodeAssignment(write.allocation);
  const std::string time = absl::StrCat(write.unix_seconds);
  metadata.annotations = {
      {std::string(kPodNode), write.node},
      {std::string(kPodTime), time},
      {std::string(kBindPhase), std::string(kPhaseAllocating)},
      {std::string(kBindTime), time},
      {std::string(kToAllocate), assignment},
      {std::string(kAllocated), assignment},
  };
  std::sort(metadata.annotations.begin(), metadata.annotations.end());
  if (write.node.size() <= kLabelValueMax) {
    metadata.labels.emplace_back(std::string(kPodNodeLabel), write.node);
  }
  return metadata;
}

}  // namespace tangram::api::hami
