// Reading a Pod inside a larger simdjson document (the extender's ExtenderArgs), without a second
// pass over its text. For the .cc files of the codecs only.
#ifndef API_DIALECTS_HAMI_POD_FIELDS_H_
#define API_DIALECTS_HAMI_POD_FIELDS_H_

#include "absl/status/statusor.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/pod.h"

namespace tangram::api::hami {

// As DecodePodAndRefusal, for the value at `path`; the value is consumed.
absl::StatusOr<DecodedPod> ReadPod(simdjson::ondemand::value value, const JsonPath& path,
                                   const ResourceNames& names);
absl::StatusOr<DecodedPod> ReadPod(simdjson::ondemand::object& object, const JsonPath& path,
                                   const ResourceNames& names);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_POD_FIELDS_H_
