// The pod annotation hami.io/device-scoring-weights (HAMi v2.10).
#ifndef API_DIALECTS_HAMI_SCORING_WEIGHTS_H_
#define API_DIALECTS_HAMI_SCORING_WEIGHTS_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "model/request.h"

namespace tangram::api::hami {

// Reads "slot=1,core=1,memory=3": all three keys exactly once in any order, integers >= 0, not all
// zero, spaces anywhere around words. InvalidArgument says which of these is broken, and by what.
absl::StatusOr<model::PodRequest::Weights> ParseScoringWeights(std::string_view text);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_SCORING_WEIGHTS_H_
