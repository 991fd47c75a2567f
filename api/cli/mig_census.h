// The census of MIG instances (scheduler/mig/census.h) as JSON: what GET /mig answers, and
// `tangram explain --mig` reads.
//
//   {"groups": [{"cut": "in advance", "product": "NVIDIA-A100-SXM4-80GB", "placements": "measured",
//      "slices": 8, "profiles": [{"name": "1g.10gb", "starts": [0, 1], "length": 1, "max": 2}],
//      "nodes": [{"name": "mig-1", "cards": [{"1g.10gb": 2}]}],
//      "in_use": {"1g.10gb": 1}, "waited_for": {"1g.10gb": 4}}],
//    "left_out": [{"node": "mig-2", "why": "no label tells its product"}],
//    "waiting_pods": 3, "gated_pods": 0, "unknown_pods": ["default/a"]}
//
// "cut" is "in advance" or "on demand"; profiles that are not named are none.
#ifndef API_CLI_MIG_CENSUS_H_
#define API_CLI_MIG_CENSUS_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "nlohmann/json.hpp"
#include "scheduler/mig/census.h"

namespace tangram::api::cli {

// One line.
std::string CensusToJson(const scheduler::mig::Census& census);
// The reverse; of unknown pods the uids are lost. InvalidArgument names what is missing, of another
// type, or no card that could be.
absl::StatusOr<scheduler::mig::Census> ParseCensus(std::string_view text);

// {"1g.10gb": 2}, without those that are none.
nlohmann::json InstancesToJson(const model::mig::Geometry& geometry,
                               const scheduler::mig::Counts& instances);
// Puts "waiting_pods", "gated_pods", "unknown_pods" and "left_out" into the object, as both reports
// have them.
void AddOutsiders(const scheduler::mig::Census& census, nlohmann::json* object);
// "in advance" or "on demand".
std::string_view CutWord(bool on_demand);

}  // namespace tangram::api::cli

#endif  // API_CLI_MIG_CENSUS_H_
