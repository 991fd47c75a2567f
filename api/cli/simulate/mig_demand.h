// The file of `tangram simulate plan-mig`: what is wanted, and how the cards are cut now.
#ifndef API_CLI_SIMULATE_MIG_DEMAND_H_
#define API_CLI_SIMULATE_MIG_DEMAND_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/mig/card_states.h"
#include "model/mig/layouts.h"
#include "scheduler/mig/plan.h"

namespace tangram::api::cli::simulate {

struct MigDemand {
  model::mig::CardStates states;
  uint32_t cards = 0;
  scheduler::mig::Counts demand;              // by profile
  std::vector<model::mig::Multiset> present;  // by card; empty when the file does not say
};

// One YAML or JSON document: product, cards, demand (profile: instances) and, if known, present, a
// list as in the configuration of mig-parted (devices, mig-enabled, mig-devices). InvalidArgument
// names `path`, field, value and what is allowed.
absl::StatusOr<MigDemand> ReadMigDemand(const std::string& text, std::string_view path);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_MIG_DEMAND_H_
