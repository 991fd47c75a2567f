#include "api/dialects/stock/node.h"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "api/dialects/hami/json_reader.h"

namespace tangram::api::stock {
namespace {

using hami::ForEachField;
using hami::JsonPath;
using Value = simdjson::ondemand::value;

absl::Status ReadLabels(Value value, const JsonPath& path, AllFacts& all) {
  return ForEachField(
      value, path, [&all](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
        for (size_t i = 0; i < kStockVendors.size(); ++i) {
          const std::string_view domain = kStockVendors[i].domain;
          if (!key.starts_with(domain)) continue;
          std::string_view text;
          TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadString(field, at, text));
          all[i].labels[std::string(key.substr(domain.size()))] = std::string(text);
          break;
        }
        return absl::OkStatus();
      });
}

using Amounts = std::map<std::string, std::string>;  // whole names to quantities
using AllAmounts = std::array<Amounts, kStockVendors.size()>;

absl::Status ReadAmounts(Value value, const JsonPath& path, AllAmounts& all) {
  return ForEachField(
      value, path, [&all](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
        for (size_t i = 0; i < kStockVendors.size(); ++i) {
          if (!kStockVendors[i].offers(key)) continue;
          std::string_view text;
          TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadQuantityText(field, at, text));
          all[i][std::string(key)] = std::string(text);
          break;
        }
        return absl::OkStatus();
      });
}

// What stands there as allocatable; as in the API server capacity where there is none.
absl::Status ReadStatus(Value value, const JsonPath& path, AllFacts& all) {
  AllAmounts allocatable;
  AllAmounts capacity;
  bool told = false;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "capacity") return ReadAmounts(field, at, capacity);
    if (key != "allocatable") return absl::OkStatus();
    bool is_null = false;
    TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadNull(field, at, is_null));
    told = !is_null;
    return is_null ? absl::OkStatus() : ReadAmounts(field, at, allocatable);
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(value, path, visit));
  for (size_t i = 0; i < all.size(); ++i) {
    all[i].allocatable = std::move(told ? allocatable[i] : capacity[i]);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<AllFacts> ReadNodeFacts(std::string_view json) {
  const JsonPath root("Node");
  AllFacts all;
  const auto metadata = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "labels" ? ReadLabels(field, at, all) : absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "metadata") return ForEachField(field, at, metadata);
    if (key == "status") return ReadStatus(field, at, all);
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, root, visit));
  return all;
}

void AddPools(std::string_view json, scheduler::NodeObservation* node) {
  if (node->has_agent || !node->spec.gpus.empty()) return;
  const auto all = ReadNodeFacts(json);
  if (!all.ok()) {
    if (node->problem.empty()) node->problem = std::string(all.status().message());
    return;
  }
  for (size_t i = 0; i < kStockVendors.size(); ++i) {
    Offer offer = kStockVendors[i].offer_of((*all)[i]);
    std::move(offer.pools.begin(), offer.pools.end(), std::back_inserter(node->spec.pools));
    std::move(offer.notes.begin(), offer.notes.end(), std::back_inserter(node->notes));
    if (node->spec.pool_block == model::PoolBlock::kNone &&
        offer.block != model::PoolBlock::kNone) {
      node->spec.pool_block = offer.block;
      node->spec.blocked_prefix = offer.blocked_prefix;
    }
  }
  std::sort(node->spec.pools.begin(), node->spec.pools.end(),
            [](const auto& a, const auto& b) { return a.resource < b.resource; });
}

}  // namespace tangram::api::stock
