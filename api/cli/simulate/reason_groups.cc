#include "api/cli/simulate/reason_groups.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace tangram::api::cli::simulate {
namespace {

constexpr size_t kNamed = 5;

// "a, b, c and 3 others".
std::string Which(const std::vector<std::string>& names) {
  const size_t shown = names.size() <= kNamed + 1 ? names.size() : kNamed;
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(shown);
  std::string text = absl::StrJoin(names.begin(), end, ", ");
  if (shown < names.size()) {
    absl::StrAppend(&text, " and ", Grouped(static_cast<int64_t>(names.size() - shown)), " others");
  }
  return text;
}

}  // namespace

Table GroupByReason(const std::vector<NodeReason>& nodes, bool with_more) {
  struct Group {
    std::string why;
    std::vector<std::string> names;
    int64_t more = 0;
  };
  std::map<std::string, Group> by_why;
  for (const NodeReason& node : nodes) {
    Group& group = by_why[node.why];
    group.why = node.why;
    group.names.push_back(node.node);
    group.more += node.more;
  }
  std::vector<Group> groups;
  for (auto& [why, group] : by_why) groups.push_back(std::move(group));
  std::stable_sort(groups.begin(), groups.end(), [](const Group& left, const Group& right) {
    return left.names.size() > right.names.size();
  });
  using Align = Table::Align;
  std::vector<Table::Column> columns = {{"NODES", Align::kRight}};
  if (with_more) columns.push_back({"MORE", Align::kRight});
  columns.push_back({with_more ? "WHY NOT MORE" : "WHY"});
  columns.push_back({"WHICH"});
  Table table(std::move(columns));
  for (const Group& group : groups) {
    std::vector<std::string> row = {Grouped(static_cast<int64_t>(group.names.size()))};
    if (with_more) row.push_back(Grouped(group.more));
    row.insert(row.end(), {group.why, Which(group.names)});
    table.Add(std::move(row));
  }
  return table;
}

std::string NodeByNodeHint(size_t nodes) {
  return absl::StrCat("A line for each of the ", Grouped(static_cast<int64_t>(nodes)),
                      " nodes: -o csv, json or html.");
}

}  // namespace tangram::api::cli::simulate
