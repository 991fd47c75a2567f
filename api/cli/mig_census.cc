// See mig_census.h.
#include "api/cli/mig_census.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/shown.h"

namespace tangram::api::cli {
namespace {

using model::mig::Geometry;
using model::mig::Multiset;
using nlohmann::json;
using scheduler::mig::Census;
using scheduler::mig::CensusGroup;
using scheduler::mig::CensusNode;
using scheduler::mig::Counts;

json GroupToJson(const CensusGroup& group) {
  json profiles = json::array();
  for (const model::mig::Profile& profile : group.geometry.profiles()) {
    profiles.push_back({{"name", profile.name.text()},
                        {"starts", profile.starts},
                        {"length", profile.length},
                        {"max", profile.max}});
  }
  json nodes = json::array();
  for (const CensusNode& node : group.nodes) {
    json cards = json::array();
    for (const Multiset& card : node.cards) {
      cards.push_back(InstancesToJson(group.geometry, Counts(card.begin(), card.end())));
    }
    nodes.push_back({{"name", node.name}, {"cards", std::move(cards)}});
  }
  return {{"cut", std::string(CutWord(group.on_demand))},
          {"product", group.product},
          {"placements", std::string(SourceName(group.geometry.source()))},
          {"slices", group.geometry.slices()},
          {"profiles", std::move(profiles)},
          {"nodes", std::move(nodes)},
          {"in_use", InstancesToJson(group.geometry, group.in_use)},
          {"waited_for", InstancesToJson(group.geometry, group.waited_for)}};
}

absl::StatusOr<Geometry> ReadGeometry(const json& value) {
  std::vector<model::mig::Profile> profiles;
  for (const json& one : value.at("profiles")) {
    auto name = model::mig::ParseProfileName(one.at("name").get<std::string>());
    if (!name.ok()) return name.status();
    profiles.push_back({*name, one.at("starts").get<std::vector<int32_t>>(),
                        one.at("length").get<int32_t>(), one.at("max").get<int32_t>()});
  }
  const auto word = value.at("placements").get<std::string>();
  model::mig::Source source = model::mig::Source::kDevice;
  for (const auto known : {model::mig::Source::kMeasured, model::mig::Source::kInferred}) {
    if (word == SourceName(known)) source = known;
  }
  return Geometry::Create(value.at("product").get<std::string>(), value.at("slices").get<int32_t>(),
                          std::move(profiles), source);
}

absl::StatusOr<Counts> ReadInstances(const Geometry& geometry, const json& value) {
  Counts counts(geometry.profiles().size(), 0);
  for (const auto& [name, count] : value.items()) {
    const auto profile = geometry.FindByText(name);
    if (!profile.ok()) return profile.status();
    counts[*profile] = count.get<uint64_t>();
  }
  return counts;
}

absl::StatusOr<CensusGroup> ReadGroup(const json& value) {
  auto geometry = ReadGeometry(value);
  if (!geometry.ok()) return geometry.status();
  auto in_use = ReadInstances(*geometry, value.at("in_use"));
  if (!in_use.ok()) return in_use.status();
  auto waited_for = ReadInstances(*geometry, value.at("waited_for"));
  if (!waited_for.ok()) return waited_for.status();
  CensusGroup group{value.at("cut").get<std::string>() == CutWord(true),
                    value.at("product").get<std::string>(),
                    *std::move(geometry),
                    {},
                    *std::move(in_use),
                    *std::move(waited_for)};
  for (const json& one : value.at("nodes")) {
    CensusNode node{one.at("name").get<std::string>(), {}};
    for (const json& card : one.at("cards")) {
      const auto instances = ReadInstances(group.geometry, card);
      if (!instances.ok()) return instances.status();
      Multiset& layout = node.cards.emplace_back();
      for (const uint64_t count : *instances) {
        layout.push_back(static_cast<uint8_t>(std::min<uint64_t>(count, UINT8_MAX)));
      }
    }
    group.nodes.push_back(std::move(node));
  }
  return group;
}

}  // namespace

std::string_view CutWord(bool on_demand) { return on_demand ? "on demand" : "in advance"; }

json InstancesToJson(const Geometry& geometry, const Counts& instances) {
  json named = json::object();
  for (size_t i = 0; i < instances.size(); ++i) {
    if (instances[i] > 0) named[geometry.profiles()[i].name.text()] = instances[i];
  }
  return named;
}

void AddOutsiders(const Census& census, json* object) {
  json left_out = json::array(), unknown = json::array();
  for (const Census::LeftOut& node : census.left_out) {
    left_out.push_back({{"node", node.node}, {"why", node.why}});
  }
  for (const model::PodId& pod : census.unknown) {
    unknown.push_back(absl::StrCat(pod.name_space, "/", pod.name));
  }
  (*object)["waiting_pods"] = census.waiting_pods;
  (*object)["gated_pods"] = census.gated_pods;
  (*object)["unknown_pods"] = std::move(unknown);
  (*object)["left_out"] = std::move(left_out);
}

std::string CensusToJson(const Census& census) {
  json groups = json::array();
  for (const CensusGroup& group : census.groups) groups.push_back(GroupToJson(group));
  json all = {{"groups", std::move(groups)}};
  AddOutsiders(census, &all);
  // Names come from outside and may be no UTF-8.
  return all.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

absl::StatusOr<Census> ParseCensus(std::string_view text) {
  try {
    const json root = json::parse(text);
    Census census;
    for (const json& one : root.at("groups")) {
      auto group = ReadGroup(one);
      if (!group.ok()) return group.status();
      census.groups.push_back(*std::move(group));
    }
    for (const json& one : root.at("left_out")) {
      census.left_out.push_back(
          {one.at("node").get<std::string>(), one.at("why").get<std::string>()});
    }
    census.waiting_pods = root.at("waiting_pods").get<uint64_t>();
    census.gated_pods = root.value("gated_pods", uint64_t{0});
    for (const json& one : root.at("unknown_pods")) {
      const auto name = one.get<std::string>();
      const size_t slash = std::min(name.find('/'), name.size());
      census.unknown.push_back(
          {name.substr(0, slash), name.substr(std::min(slash + 1, name.size())), ""});
    }
    return census;
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("the answer is no census of tangram: ", error.what()));
  }
}

}  // namespace tangram::api::cli
