// The labels of Kubernetes' own objects.
//
// Pure function, callable from any thread, for any text.
#ifndef API_DIALECTS_CORE_LABELS_H_
#define API_DIALECTS_CORE_LABELS_H_

#include <map>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace tangram::api::core {

// metadata.labels of one object as JSON text. InvalidArgument, naming the field, for broken JSON
// and values that are no text.
absl::StatusOr<std::map<std::string, std::string>> ReadLabels(std::string_view json);

}  // namespace tangram::api::core

#endif  // API_DIALECTS_CORE_LABELS_H_
