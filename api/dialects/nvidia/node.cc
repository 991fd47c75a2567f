// See node.h: reading the object. What its facts mean is in offer.cc.
#include "api/dialects/nvidia/node.h"

#include <utility>

#include "api/dialects/hami/json_reader.h"
#include "api/dialects/nvidia/keys.h"

namespace tangram::api::nvidia {
namespace {

using hami::ForEachField;
using hami::JsonPath;
using Value = simdjson::ondemand::value;

absl::Status ReadLabels(Value value, const JsonPath& path, NodeFacts& facts) {
  return ForEachField(
      value, path, [&facts](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
        if (!key.starts_with(kDomain)) return absl::OkStatus();
        std::string_view text;
        TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadString(field, at, text));
        facts.labels[std::string(key.substr(kDomain.size()))] = std::string(text);
        return absl::OkStatus();
      });
}

absl::Status ReadAllocatable(Value value, const JsonPath& path, NodeFacts& facts) {
  return ForEachField(
      value, path, [&facts](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
        if (key != model::kGpuResource && (!IsCounted(key) || !key.starts_with(kDomain))) {
          return absl::OkStatus();
        }
        std::string_view text;
        TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadQuantityText(field, at, text));
        facts.allocatable[std::string(key)] = std::string(text);
        return absl::OkStatus();
      });
}

}  // namespace

absl::StatusOr<NodeFacts> ReadNodeFacts(std::string_view json) {
  const JsonPath root("Node");
  NodeFacts facts;
  const auto metadata = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "labels" ? ReadLabels(field, at, facts) : absl::OkStatus();
  };
  const auto status = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "allocatable" ? ReadAllocatable(field, at, facts) : absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "metadata") return ForEachField(field, at, metadata);
    if (key == "status") return ForEachField(field, at, status);
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, root, visit));
  return facts;
}

void AddPools(std::string_view json, scheduler::NodeObservation* node) {
  if (node->has_agent || !node->spec.gpus.empty()) return;
  auto facts = ReadNodeFacts(json);
  if (!facts.ok()) {
    if (node->problem.empty()) node->problem = std::string(facts.status().message());
    return;
  }
  Offer offer = OfferOf(*facts);
  node->spec.pools = std::move(offer.pools);
  node->spec.pool_block = offer.block;
  node->notes = std::move(offer.notes);
}

}  // namespace tangram::api::nvidia
