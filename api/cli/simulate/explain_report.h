// What `tangram simulate explain` prints.
#ifndef API_CLI_SIMULATE_EXPLAIN_REPORT_H_
#define API_CLI_SIMULATE_EXPLAIN_REPORT_H_

#include <string>
#include <vector>

#include "api/cli/simulate/answer.h"
#include "api/cli/simulate/pod_input.h"
#include "nlohmann/json.hpp"
#include "scheduler/whatif/explain.h"

namespace tangram::api::cli::simulate {

std::string ExplainTable(const scheduler::whatif::World& world, const NamedAsk& pod,
                         const std::vector<scheduler::whatif::NodeExplanation>& nodes);
// A line for every node.
Sheet ExplainSheet(const scheduler::whatif::World& world, const NamedAsk& pod,
                   const std::vector<scheduler::whatif::NodeExplanation>& nodes);
Article ExplainArticle(const scheduler::whatif::World& world, const NamedAsk& pod,
                       const std::vector<scheduler::whatif::NodeExplanation>& nodes);
// Schema tangram.dev/simulation-explain/v1.
nlohmann::json ExplainJson(const scheduler::whatif::World& world, const NamedAsk& pod,
                           const std::vector<scheduler::whatif::NodeExplanation>& nodes);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_EXPLAIN_REPORT_H_
