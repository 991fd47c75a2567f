// See node.h. The register annotation itself is read in register.cc.
#include "api/dialects/hami/node.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/known_resources.h"
#include "api/dialects/hami/other_vendors.h"
#include "api/dialects/hami/text.h"
#include "model/mig/card_table.h"
#include "model/quantity.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using model::ToAbsl;
using scheduler::NodeObservation;
using Value = simdjson::ondemand::value;

// What is read of the object; views into the parser's document.
struct NodeFields {
  std::string_view name;
  std::string_view resource_version;
  std::optional<std::string_view> registered;
  std::string_view cordon;
  std::string_view lock;
  std::optional<std::string_view> allocatable;
  std::vector<std::string_view> extended;  // resources in allocatable that are in no table
  ByOtherVendor<std::optional<std::string_view>> others_registered;
  ByOtherVendor<std::optional<std::string_view>> others_capacity;
};

absl::Status ReadAnnotations(Value value, const JsonPath& path, NodeFields& fields) {
  return ForEachField(
      value, path, [&fields](std::string_view key, Value text, const JsonPath& at) -> absl::Status {
        if (key == kNodeRegister) return ReadString(text, at, fields.registered.emplace());
        if (key == kNodeCordon) return ReadString(text, at, fields.cordon);
        if (key == kNodeLock) return ReadString(text, at, fields.lock);
        for (size_t i = 0; i < kOtherVendors.size(); ++i) {
          if (key != kOtherVendors[i].node_register) continue;
          return ReadString(text, at, fields.others_registered[i].emplace());
        }
        return absl::OkStatus();
      });
}

absl::Status ReadMetadata(Value value, const JsonPath& path, NodeFields& fields) {
  return ForEachField(
      value, path,
      [&fields](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
        if (key == "name") return ReadString(field, at, fields.name);
        if (key == "resourceVersion") return ReadString(field, at, fields.resource_version);
        if (key == "annotations") return ReadAnnotations(field, at, fields);
        return absl::OkStatus();
      });
}

// Kubernetes' own resources bear no domain.
bool IsExtended(std::string_view resource) { return resource.find('/') != std::string_view::npos; }

absl::Status ReadStatus(Value value, const JsonPath& path, const ResourceNames& names,
                        NodeFields& fields) {
  const auto amounts = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (IsExtended(key) && !FindResource(key, names).has_value()) fields.extended.push_back(key);
    if (key != names.count) return absl::OkStatus();
    return ReadQuantityText(field, at, fields.allocatable.emplace());
  };
  const auto capacity = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    for (size_t i = 0; i < kOtherVendors.size(); ++i) {
      if (key != kOtherVendors[i].count) continue;
      return ReadQuantityText(field, at, fields.others_capacity[i].emplace());
    }
    return absl::OkStatus();
  };
  return ForEachField(
      value, path, [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
        if (key == "allocatable") return ForEachField(field, at, amounts);
        return key == "capacity" ? ForEachField(field, at, capacity) : absl::OkStatus();
      });
}

absl::Status InAnnotation(std::string_view key, const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat("annotation ", ToAbsl(key), ": ", status.message()));
}

bool SameUuid(const model::Gpu& a, const model::Gpu& b) { return a.uuid == b.uuid; }

// Adds the cards of the other vendors.
absl::Status ReadOtherCards(const NodeFields& fields, std::vector<model::Gpu>& gpus,
                            std::vector<std::string>& notes) {
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    if (!fields.others_registered[i].has_value()) continue;
    const VendorDialect& dialect = kOtherVendors[i];
    auto others = DecodeRegister(*fields.others_registered[i], dialect, &notes);
    if (!others.ok()) return InAnnotation(dialect.node_register, others.status());
    bool served = false;
    if (const auto& capacity = fields.others_capacity[i]; capacity.has_value()) {
      const auto quantity = model::ParseQuantity(ToAbsl(*capacity));
      served = quantity.ok() && quantity->value > 0;
    }
    for (model::Gpu& gpu : *others) {
      gpu.healthy = gpu.healthy && served;
      gpus.push_back(std::move(gpu));
    }
  }
  std::sort(gpus.begin(), gpus.end(),
            [](const model::Gpu& a, const model::Gpu& b) { return a.uuid < b.uuid; });
  const auto twice = std::adjacent_find(gpus.begin(), gpus.end(), SameUuid);
  if (twice == gpus.end()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "cards: id ", Shorten(twice->uuid), " comes in two registers, must be unique on the node"));
}

// Takes the profiles from cards in MIG mode where they make no sense, so that such a card takes
// nothing, and says why of the first.
absl::Status CheckMig(std::vector<model::Gpu>& gpus) {
  absl::Status problem;
  const model::Gpu* sound = nullptr;
  for (model::Gpu& gpu : gpus) {
    if (gpu.mode != model::kMigMode) continue;
    const std::string card = absl::StrCat("card ", Shorten(gpu.uuid));
    if (gpu.mig_outdated) {
      problem.Update(absl::FailedPreconditionError(absl::StrCat(
          card, ": cut by fixed geometries (migtemplate); upgrade HAMi's device plugin to 2.10")));
      continue;
    }
    if (gpu.mig_profiles.empty()) {
      problem.Update(absl::InvalidArgumentError(
          absl::StrCat(card, ": is in mig mode and has no migProfiles")));
      continue;
    }
    // Cards of a node mostly say the same.
    if (sound != nullptr && sound->type == gpu.type && sound->mig_profiles == gpu.mig_profiles) {
      continue;
    }
    const absl::Status checked = model::mig::CardTable::Check(card, gpu.type, gpu.mig_profiles);
    if (checked.ok()) {
      sound = &gpu;
    } else {
      problem.Update(checked);
      gpu.mig_profiles.clear();
    }
  }
  return problem;
}

// The cards with their cordons, or why they cannot be told.
absl::Status ReadCards(const NodeFields& fields, model::NodeSpec& spec,
                       std::vector<std::string>& notes) {
  std::vector<model::Gpu> all;
  if (fields.registered.has_value()) {
    auto gpus = DecodeRegister(*fields.registered, &notes);
    if (!gpus.ok()) return InAnnotation(kNodeRegister, gpus.status());
    all = std::move(*gpus);
  }
  TANGRAM_JSON_RETURN_IF_ERROR(ReadOtherCards(fields, all, notes));
  const std::vector<std::string> cordoned = SplitList(fields.cordon);
  for (model::Gpu& gpu : all) {
    gpu.cordoned = std::find(cordoned.begin(), cordoned.end(), gpu.uuid) != cordoned.end();
  }
  spec.gpus = std::move(all);
  if (spec.gpus.size() > model::kMostCards) {
    return absl::InvalidArgumentError(
        absl::StrCat("cards: ", spec.gpus.size(), " are registered, allowed are at most ",
                     model::kMostCards, "; the node takes no pod that asks for cards"));
  }
  return CheckMig(spec.gpus);
}

absl::Status ReadAllocatable(const NodeFields& fields, const ResourceNames& names,
                             model::NodeSpec& spec) {
  if (!fields.allocatable.has_value()) return absl::OkStatus();
  const auto quantity = model::ParseQuantity(ToAbsl(*fields.allocatable));
  if (quantity.ok() && quantity->exact && quantity->value >= 0) {
    spec.allocatable_gpus = quantity->value;
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("status.allocatable[", ToAbsl(names.count),
                                                 "]: must be an integer >= 0, is ",
                                                 Shorten(*fields.allocatable)));
}

}  // namespace

absl::StatusOr<NodeObservation> DecodeNode(std::string_view json, const ResourceNames& names) {
  const JsonPath root("Node");
  simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (const auto error = parser.iterate(padded).get(document)) return Malformed(root, error);
  simdjson::ondemand::object object;
  if (const auto error = document.get_object().get(object)) {
    return WrongType(root, "an object", error);
  }
  NodeFields fields;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "metadata") return ReadMetadata(field, at, fields);
    if (key == "status") return ReadStatus(field, at, names, fields);
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(object, root, visit));
  TANGRAM_JSON_RETURN_IF_ERROR(ExpectEnd(document, root));
  if (fields.name.empty()) {
    return WrongValue(JsonPath(root, "metadata"), "an object with a name", "without one");
  }

  NodeObservation node;
  node.spec.name = std::string(fields.name);
  node.resource_version = std::string(fields.resource_version);
  node.lock = std::string(fields.lock);
  std::vector<std::string>& extended = node.spec.extended_resources;
  extended.assign(fields.extended.begin(), fields.extended.end());
  std::sort(extended.begin(), extended.end());
  extended.erase(std::unique(extended.begin(), extended.end()), extended.end());
  node.has_agent = fields.registered.has_value() ||
                   std::any_of(fields.others_registered.begin(), fields.others_registered.end(),
                               [](const auto& text) { return text.has_value(); });
  absl::Status problem = ReadAllocatable(fields, names, node.spec);
  if (problem.ok()) problem = ReadCards(fields, node.spec, node.notes);
  if (!problem.ok()) node.problem = std::string(problem.message());
  return node;
}

}  // namespace tangram::api::hami
