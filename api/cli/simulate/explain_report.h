// What `tangram simulate explain` prints.
#ifndef API_CLI_SIMULATE_EXPLAIN_REPORT_H_
#define API_CLI_SIMULATE_EXPLAIN_REPORT_H_

#include <string>
#include <vector>

#include "api/cli/simulate/pod_input.h"
#include "nlohmann/json.hpp"
#include "scheduler/whatif/explain.h"

namespace tangram::api::cli::simulate {

// In more nodes than that only nodes are listed, without their cards.
inline constexpr size_t kNodesWithCards = 16;

std::string ExplainTable(const scheduler::whatif::World& world, const NamedAsk& pod,
                         const std::vector<scheduler::whatif::NodeExplanation>& nodes);
// Schema tangram.dev/simulation-explain/v1.
nlohmann::json ExplainJson(const scheduler::whatif::World& world, const NamedAsk& pod,
                           const std::vector<scheduler::whatif::NodeExplanation>& nodes);

// "ask 3,072 MiB less (7,168 instead of 10,240)".
std::string DescribeChange(const scheduler::whatif::World& world, const NamedAsk& pod,
                           const scheduler::whatif::Change& change);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_EXPLAIN_REPORT_H_
