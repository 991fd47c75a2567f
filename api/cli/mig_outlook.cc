// See mig_outlook.h.
#include "api/cli/mig_outlook.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/mig_census.h"
#include "api/cli/mig_parted.h"
#include "api/cli/simulate/table.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

using model::mig::CardStates;
using model::mig::Geometry;
using model::mig::Multiset;
using nlohmann::json;
using scheduler::mig::Census;
using scheduler::mig::CensusGroup;
using scheduler::mig::CensusNode;
using scheduler::mig::Counts;
using scheduler::mig::Served;
using simulate::Counted;
using simulate::Table;

absl::StatusOr<MigOutlook> OutlookOf(const CensusGroup& group) {
  const auto states = CardStates::Create(group.geometry);
  if (!states.ok()) return states.status();
  MigOutlook outlook{group, group.in_use, {}, {}, {}, 0};
  for (size_t i = 0; i < outlook.demand.size(); ++i) outlook.demand[i] += group.waited_for[i];
  std::vector<Multiset> present;
  for (const CensusNode& node : group.nodes) {
    present.insert(present.end(), node.cards.begin(), node.cards.end());
  }
  const std::vector<Multiset> plan = scheduler::mig::PlanLayouts(
      *states, outlook.demand, static_cast<uint32_t>(present.size()), present);
  outlook.now = scheduler::mig::ServedBy(*states, present, outlook.demand);
  outlook.planned = scheduler::mig::ServedBy(*states, plan, outlook.demand);
  for (size_t card = 0; card < plan.size(); ++card) {
    outlook.cards_changed += plan[card] != present[card];
  }
  auto next = plan.begin();
  for (const CensusNode& node : group.nodes) {
    const auto end = next + std::ssize(node.cards);
    outlook.cards.emplace_back(next, end);
    next = end;
  }
  return outlook;
}

uint64_t CardsOf(const MigOutlook& outlook) {
  uint64_t cards = 0;
  for (const CensusNode& node : outlook.group.nodes) cards += node.cards.size();
  return cards;
}

uint64_t NodesChanged(const MigOutlook& outlook) {
  uint64_t changed = 0;
  for (size_t i = 0; i < outlook.cards.size(); ++i) {
    changed += outlook.cards[i] != outlook.group.nodes[i].cards;
  }
  return changed;
}

std::string SlicesText(const Served& served) {
  return absl::StrFormat("%d of %d slices (%.1f %%)", served.slices, served.wanted_slices,
                         served.percent());
}

// "4 x 1g.10gb, 1 x 3g.40gb".
std::string LayoutText(const Geometry& geometry, const Multiset& card) {
  std::vector<std::string> parts;
  for (size_t i = 0; i < card.size(); ++i) {
    if (card[i] == 0) continue;
    parts.push_back(absl::StrCat(uint32_t{card[i]}, " x ", geometry.profiles()[i].name.text()));
  }
  return parts.empty() ? "nothing" : absl::StrJoin(parts, ", ");
}

std::string Heading(const MigOutlook& outlook) {
  return absl::StrCat(
      outlook.group.product, ", cut ", std::string(CutWord(outlook.group.on_demand)), ": ",
      Counted(static_cast<int64_t>(outlook.group.nodes.size()), "node", "nodes"), ", ",
      Counted(static_cast<int64_t>(CardsOf(outlook)), "card", "cards"), " (placements ",
      std::string(SourceName(outlook.group.geometry.source())), ")");
}

std::string ChangesText(const MigOutlook& outlook) {
  return absl::StrCat(outlook.cards_changed, " of ", CardsOf(outlook), " cards on ",
                      NodesChanged(outlook), " of ",
                      Counted(static_cast<int64_t>(outlook.group.nodes.size()), "node", "nodes"));
}

std::string ProfilesTable(const MigOutlook& outlook) {
  Table table({{"PROFILE", Table::Align::kLeft},
               {"IN USE", Table::Align::kRight},
               {"WAITED FOR", Table::Align::kRight},
               {"SERVED NOW", Table::Align::kRight},
               {"AS PLANNED", Table::Align::kRight}});
  for (size_t i = 0; i < outlook.demand.size(); ++i) {
    if (outlook.demand[i] == 0) continue;
    table.Add({outlook.group.geometry.profiles()[i].name.text(),
               absl::StrCat(outlook.group.in_use[i]), absl::StrCat(outlook.group.waited_for[i]),
               absl::StrCat(outlook.now.instances[i]), absl::StrCat(outlook.planned.instances[i])});
  }
  return table.Text();
}

std::string ChangesTable(const MigOutlook& outlook) {
  Table table({{"NODE"}, {"CARD", Table::Align::kRight}, {"NOW"}, {"PLANNED"}});
  for (size_t n = 0; n < outlook.cards.size(); ++n) {
    const CensusNode& node = outlook.group.nodes[n];
    for (size_t card = 0; card < node.cards.size(); ++card) {
      if (outlook.cards[n][card] == node.cards[card]) continue;
      table.Add({node.name, absl::StrCat(card),
                 LayoutText(outlook.group.geometry, node.cards[card]),
                 LayoutText(outlook.group.geometry, outlook.cards[n][card])});
    }
  }
  return table.Text();
}

json GroupJson(const MigOutlook& outlook) {
  const Geometry& geometry = outlook.group.geometry;
  const auto served = [&geometry](const Served& how) {
    return json{{"slices", how.slices},
                {"percent", how.percent()},
                {"instances", InstancesToJson(geometry, how.instances)}};
  };
  json changes = json::array();
  for (size_t n = 0; n < outlook.cards.size(); ++n) {
    const CensusNode& node = outlook.group.nodes[n];
    for (size_t card = 0; card < node.cards.size(); ++card) {
      const Multiset& now = node.cards[card];
      const Multiset& then = outlook.cards[n][card];
      if (now == then) continue;
      changes.push_back({{"node", node.name},
                         {"card", card},
                         {"now", InstancesToJson(geometry, Counts(now.begin(), now.end()))},
                         {"planned", InstancesToJson(geometry, Counts(then.begin(), then.end()))}});
    }
  }
  return {{"product", outlook.group.product},
          {"cut", std::string(CutWord(outlook.group.on_demand))},
          {"placements", std::string(SourceName(geometry.source()))},
          {"nodes", outlook.group.nodes.size()},
          {"cards", CardsOf(outlook)},
          {"in_use", InstancesToJson(geometry, outlook.group.in_use)},
          {"waited_for", InstancesToJson(geometry, outlook.group.waited_for)},
          {"wanted_slices", outlook.now.wanted_slices},
          {"served_now", served(outlook.now)},
          {"served_as_planned", served(outlook.planned)},
          {"changes", std::move(changes)}};
}

}  // namespace

absl::StatusOr<std::vector<MigOutlook>> MakeOutlooks(const Census& census) {
  std::vector<MigOutlook> outlooks;
  for (const CensusGroup& group : census.groups) {
    const Counts& waited_for = group.waited_for;
    if (std::all_of(waited_for.begin(), waited_for.end(), [](uint64_t n) { return n == 0; })) {
      continue;
    }
    auto outlook = OutlookOf(group);
    if (!outlook.ok()) return outlook.status();
    outlooks.push_back(*std::move(outlook));
  }
  return outlooks;
}

std::string OutlookTable(const std::vector<MigOutlook>& outlooks, const Census& census) {
  std::string text;
  for (const MigOutlook& outlook : outlooks) {
    absl::StrAppend(&text, Heading(outlook), "\n\n", ProfilesTable(outlook), "\nnow      ",
                    SlicesText(outlook.now), "\nplanned  ", SlicesText(outlook.planned));
    if (outlook.cards_changed == 0) {
      absl::StrAppend(&text, ": no other layout serves more\n\n");
      continue;
    }
    absl::StrAppend(&text, ", by cutting ", ChangesText(outlook), "\n\n", ChangesTable(outlook),
                    "\n");
  }
  for (const model::PodId& pod : census.unknown) {
    absl::StrAppend(&text, "no card here can have what ", pod.name_space, "/", pod.name,
                    " asks for\n");
  }
  for (const Census::LeftOut& node : census.left_out) {
    absl::StrAppend(&text, "node ", node.node, " is left out: ", node.why, "\n");
  }
  return text;
}

std::string OutlookJson(const std::vector<MigOutlook>& outlooks, const Census& census) {
  json groups = json::array();
  for (const MigOutlook& outlook : outlooks) groups.push_back(GroupJson(outlook));
  json all = {{"schema", "tangram.dev/explain-mig/v1"}, {"groups", std::move(groups)}};
  AddOutsiders(census, &all);
  return all.dump(2, ' ', false, json::error_handler_t::replace) + "\n";
}

std::string OutlookConfiguration(const std::vector<MigOutlook>& outlooks) {
  std::string comments, configurations;
  size_t number = 0;
  for (const MigOutlook& outlook : outlooks) {
    absl::StrAppend(&comments, "# ", Heading(outlook), "\n#   now     ", SlicesText(outlook.now),
                    "\n#   planned ", SlicesText(outlook.planned), ", cuts ", ChangesText(outlook),
                    "\n");
    if (outlook.group.on_demand) {
      absl::StrAppend(&comments, "#   not below: its agent cuts these cards as pods come\n");
      continue;
    }
    // The nodes to be cut alike, in the order of the first of them.
    std::vector<std::pair<size_t, std::vector<std::string>>> entries;
    std::map<std::vector<Multiset>, size_t> entry_of;
    for (size_t n = 0; n < outlook.cards.size(); ++n) {
      const CensusNode& node = outlook.group.nodes[n];
      if (outlook.cards[n] == node.cards) continue;
      const auto [at, added] = entry_of.emplace(outlook.cards[n], entries.size());
      if (added) entries.push_back({n, {}});
      entries[at->second].second.push_back(node.name);
    }
    for (const auto& [n, nodes] : entries) {
      absl::StrAppend(&configurations, "  # for ", absl::StrJoin(nodes, ", "), "\n");
      AppendMigConfig(absl::StrCat("tangram-", ++number), outlook.group.geometry, outlook.cards[n],
                      &configurations);
    }
  }
  if (configurations.empty()) return comments + "version: v1\nmig-configs: {}\n";
  return comments + std::string(kMigPartedHead) + configurations;
}

}  // namespace tangram::api::cli
