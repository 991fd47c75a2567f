// The status of a pod, as far as it counts. For the .cc files of the codecs only.
#ifndef API_DIALECTS_HAMI_POD_STATUS_H_
#define API_DIALECTS_HAMI_POD_STATUS_H_

#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "api/dialects/core/pod_host.h"
#include "api/dialects/hami/json_reader.h"

namespace tangram::api::hami {

// Views into the parser's document.
struct PodStatusFields {
  std::string_view phase;
  // Names of init containers that ended with exit code 0, sorted.
  std::vector<std::string_view> init_succeeded;
  core::PodHostStatus host;
};

// Reads phase, conditions, resize, the statuses of containers and the resources of the whole.
absl::Status ReadPodStatus(simdjson::ondemand::value value, const JsonPath& path,
                           PodStatusFields& fields);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_POD_STATUS_H_
