// Nodes that refuse a pod for the same reasons, together: how many first, which behind.
#ifndef API_CLI_SIMULATE_REASON_GROUPS_H_
#define API_CLI_SIMULATE_REASON_GROUPS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "api/cli/simulate/table.h"

namespace tangram::api::cli::simulate {

// In more nodes than that reports for people only have the groups, without a line for each.
inline constexpr size_t kNodesListed = 16;

struct NodeReason {
  std::string node;
  std::string why;   // the same text for all of a group
  int64_t more = 0;  // how many fit there
};

// Columns NODES, MORE (where `with_more`), WHY and WHICH, which names the first few; the largest
// group first, equal ones by why.
Table GroupByReason(const std::vector<NodeReason>& nodes, bool with_more);

// What a report says in place of its line for each of so many nodes.
std::string NodeByNodeHint(size_t nodes);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_REASON_GROUPS_H_
