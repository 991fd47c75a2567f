// See node.h. The register annotation itself is read in register.cc.
#include "api/dialects/hami/node.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/agent_signs.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/known_resources.h"
#include "api/dialects/hami/other_vendors.h"
#include "api/dialects/hami/text.h"
#include "api/dialects/nvidia/keys.h"
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
  AgentSigns signs;
  // Of names.count; `told` where there is an allocatable at all.
  std::optional<std::string_view> allocatable, capacity;
  bool allocatable_told = false;
  std::vector<std::string_view> extended;  // resources in allocatable that are in no table
  ByOtherVendor<std::optional<std::string_view>> others_registered;
  ByOtherVendor<std::optional<std::string_view>> others_capacity;
  ByOtherVendor<std::optional<std::string_view>> others_allocatable;
};

absl::Status ReadAnnotations(Value value, const JsonPath& path, NodeFields& fields) {
  return ForEachField(
      value, path, [&fields](std::string_view key, Value text, const JsonPath& at) -> absl::Status {
        if (key == kNodeRegister) return ReadString(text, at, fields.registered.emplace());
        if (key == kNodeCordon) return ReadString(text, at, fields.cordon);
        if (key == kNodeLock) return ReadString(text, at, fields.lock);
        if (key == kNodeHandshake) return ReadString(text, at, fields.signs.handshake.emplace());
        for (const std::string_view foreign : kForeignAgents) {
          if (key == foreign) fields.signs.foreign = foreign;
        }
        for (size_t i = 0; i < kOtherVendors.size(); ++i) {
          if (key != kOtherVendors[i].node_register) continue;
          return ReadString(text, at, fields.others_registered[i].emplace());
        }
        return absl::OkStatus();
      });
}

// A whole number from 0 to int32; what else may stand there is told by dialects/nvidia.
std::optional<int64_t> LabelNumber(std::string_view text) {
  const std::optional<int32_t> number = ParseInt32(text);
  return number.has_value() && *number >= 0 ? std::optional<int64_t>(*number) : std::nullopt;
}

absl::Status ReadLabels(Value value, const JsonPath& path, AgentSigns& signs) {
  return ForEachField(
      value, path, [&signs](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
        const bool nvidia = key.starts_with(nvidia::kDomain);
        signs.amd_labels |= key.starts_with("amd.com/") || key.starts_with("beta.amd.com/");
        if (!nvidia && key != kAgentLabel) return absl::OkStatus();
        const std::string_view name = nvidia ? key.substr(nvidia::kDomain.size()) : key;
        if (nvidia && name != nvidia::kCount && name != nvidia::kReplicas) return absl::OkStatus();
        std::string_view text;
        TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, text));
        if (!nvidia) signs.selected = text == kAgentLabelOn;
        if (name == nvidia::kCount) signs.cards_told = LabelNumber(text);
        if (name == nvidia::kReplicas) signs.replicas_told = LabelNumber(text).value_or(1);
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
        if (key == "labels") return ReadLabels(field, at, fields.signs);
        return absl::OkStatus();
      });
}

// Kubernetes' own resources bear no domain.
bool IsExtended(std::string_view resource) { return resource.find('/') != std::string_view::npos; }

absl::Status ReadOthers(std::string_view key, Value field, const JsonPath& at,
                        ByOtherVendor<std::optional<std::string_view>>& amounts) {
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    if (key == kOtherVendors[i].count) return ReadQuantityText(field, at, amounts[i].emplace());
  }
  return absl::OkStatus();
}

absl::Status ReadStatus(Value value, const JsonPath& path, const ResourceNames& names,
                        NodeFields& fields) {
  const auto allocatable = [&](std::string_view key, Value field,
                               const JsonPath& at) -> absl::Status {
    if (IsExtended(key) && !FindResource(key, names).has_value()) fields.extended.push_back(key);
    fields.signs.stock_resources |= key.starts_with(nvidia::kDomain) && nvidia::IsCounted(key);
    if (key == names.count) return ReadQuantityText(field, at, fields.allocatable.emplace());
    return ReadOthers(key, field, at, fields.others_allocatable);
  };
  const auto capacity = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == names.count) return ReadQuantityText(field, at, fields.capacity.emplace());
    return ReadOthers(key, field, at, fields.others_capacity);
  };
  return ForEachField(value, path,
                      [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
                        if (key == "capacity") return ForEachField(field, at, capacity);
                        if (key != "allocatable") return absl::OkStatus();
                        bool is_null = false;
                        TANGRAM_JSON_RETURN_IF_ERROR(ReadNull(field, at, is_null));
                        fields.allocatable_told = !is_null;
                        return is_null ? absl::OkStatus() : ForEachField(field, at, allocatable);
                      });
}

absl::Status InAnnotation(std::string_view key, const absl::Status& status) {
  return absl::InvalidArgumentError(
      absl::StrCat("annotation ", ToAbsl(key), ": ", status.message()));
}

bool SameUuid(const model::Gpu& a, const model::Gpu& b) { return a.uuid == b.uuid; }

// 0 for what is absent or no quantity.
int64_t CountIn(const std::optional<std::string_view>& text) {
  if (!text.has_value()) return 0;
  const auto quantity = model::ParseQuantity(ToAbsl(*text));
  return quantity.ok() ? quantity->value : 0;
}

// Adds the cards of the other vendors.
absl::Status ReadOtherCards(const NodeFields& fields, std::vector<model::Gpu>& gpus,
                            std::vector<std::string>& notes) {
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    if (!fields.others_registered[i].has_value()) continue;
    const VendorDialect& dialect = kOtherVendors[i];
    auto others = DecodeRegister(*fields.others_registered[i], dialect, &notes);
    if (!others.ok()) return InAnnotation(dialect.node_register, others.status());
    const bool served = CountIn(fields.others_capacity[i]) > 0;
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

// Whether the kubelet says that the agent which wrote NVIDIA's register is gone.
bool IsStale(const NodeFields& fields, const model::NodeSpec& spec) {
  if (spec.allocatable_gpus.has_value()) return *spec.allocatable_gpus == 0;
  return fields.allocatable_told && fields.signs.handshake.has_value();
}

// The annotation that registers cards; of several the first.
std::string_view RegisterOf(const NodeFields& fields) {
  if (fields.registered.has_value()) return kNodeRegister;
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    if (fields.others_registered[i].has_value()) return kOtherVendors[i].node_register;
  }
  return kNodeRegister;
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
  if (IsStale(fields, spec)) {
    for (model::Gpu& gpu : all) gpu.healthy = false;
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

// The kubelet's count, as kube-scheduler reads it.
absl::Status ReadAllocatable(const NodeFields& fields, const ResourceNames& names,
                             NodeObservation& node) {
  const auto& text = fields.allocatable_told ? fields.allocatable : fields.capacity;
  if (!text.has_value()) return absl::OkStatus();
  const auto quantity = model::ParseQuantity(ToAbsl(*text));
  if (quantity.ok() && quantity->value >= 0) {
    node.spec.allocatable_gpus = quantity->value;
    // Of a stock plugin's it is said with the pools.
    if (!quantity->exact && fields.registered.has_value()) {
      node.notes.push_back(absl::StrCat("status.allocatable[", ToAbsl(names.count), "] is ",
                                        Shorten(*text), ": counted as ", quantity->value,
                                        ", as kube-scheduler does"));
    }
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("status.allocatable[", ToAbsl(names.count),
                                                 "]: must be an integer >= 0, is ",
                                                 Shorten(*text)));
}

// Says what the node is where no card of it can be used.
void ExplainNoCards(const NodeFields& fields, NodeObservation& node) {
  if (node.has_agent) {
    node.spec.cardless = model::Cardless::kUnusable;
    if (node.problem.empty()) {
      node.problem = absl::StrCat("annotation ", ToAbsl(RegisterOf(fields)),
                                  ": no cards registered that can be used");
    }
    return;
  }
  AgentSigns signs = fields.signs;
  signs.gpus = node.spec.allocatable_gpus;
  for (size_t i = 0; i < kOtherVendors.size(); ++i) {
    const auto& text =
        fields.allocatable_told ? fields.others_allocatable[i] : fields.others_capacity[i];
    if (kOtherVendors[i].vendor == model::Vendor::kAmd) signs.amd_gpus = CountIn(text);
  }
  const std::string why = WhyUnregistered(signs);
  if (why.empty()) return;
  node.has_agent = true;
  node.spec.cardless = model::Cardless::kUnregistered;
  if (node.problem.empty()) node.problem = why;
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
  absl::Status problem = ReadAllocatable(fields, names, node);
  if (problem.ok()) problem = ReadCards(fields, node.spec, node.notes);
  if (!problem.ok()) node.problem = std::string(problem.message());
  if (node.spec.gpus.empty()) {
    ExplainNoCards(fields, node);
  } else if (fields.registered.has_value() && IsStale(fields, node.spec) && node.problem.empty()) {
    node.problem = absl::StrCat("annotation ", ToAbsl(kNodeRegister),
                                ": not used, its agent is gone: the kubelet has no ",
                                ToAbsl(names.count), " to give");
  }
  return node;
}

}  // namespace tangram::api::hami
