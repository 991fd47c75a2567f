// What `tangram simulate explain` found, as tables and in words.
#ifndef API_CLI_SIMULATE_EXPLAIN_TABLES_H_
#define API_CLI_SIMULATE_EXPLAIN_TABLES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "api/cli/simulate/pod_input.h"
#include "api/cli/simulate/reason_groups.h"
#include "api/cli/simulate/table.h"
#include "scheduler/whatif/explain.h"

namespace tangram::api::cli::simulate {

struct ExplainTables {
  Table reasons = GroupByReason({}, false);  // all nodes, those of one verdict together
  Table verdicts{{{"NODE"}, {"VERDICT"}, {"WHY"}}};
  Table cards{{{"NODE"},
               {"CARD", Table::Align::kRight},
               {"TYPE"},
               {"FREE MIB", Table::Align::kRight},
               {"FREE CORES", Table::Align::kRight},
               {"FREE SLOTS", Table::Align::kRight},
               {"FOR THIS POD"}}};
  Table pools{{{"NODE"},
               {"RESOURCE"},
               {"FREE", Table::Align::kRight},
               {"WANTED", Table::Align::kRight},
               {"FOR THIS POD"}}};
  Table changes{{{"NODE"}, {"SMALLEST CHANGE"}}};  // without rows where the pod fits
  int64_t fitting = 0;                             // nodes
};
ExplainTables MakeExplainTables(const scheduler::whatif::World& world, const NamedAsk& pod,
                                const std::vector<scheduler::whatif::NodeExplanation>& nodes);

// "ask 3,072 MiB less (7,168 instead of 10,240)".
std::string DescribeChange(const scheduler::whatif::World& world, const NamedAsk& pod,
                           const scheduler::whatif::Change& change);
// "namespace/name".
std::string PodName(const scheduler::whatif::BoundPod& pod);
// The node's cards in the order of the numbers that its agent gives them.
std::vector<size_t> ByIndex(const model::Node& node);
// What is left of a card; below zero where it is over-committed.
model::GpuUsage FreeOf(const model::Card& card);
// The card that comes nearest, where there is one.
std::optional<scheduler::CardVerdict> NearestOf(const scheduler::whatif::NodeExplanation& node);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_EXPLAIN_TABLES_H_
