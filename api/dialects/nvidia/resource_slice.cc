#include "api/dialects/nvidia/resource_slice.h"

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/nvidia/keys.h"
#include "model/quantity.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::nvidia {
namespace {

using hami::ForEachField;
using hami::JsonPath;
using model::Pool;
using model::PoolKind;
using Value = simdjson::ondemand::value;

constexpr int64_t kBytesPerMebibyte = int64_t{1} << 20;

absl::Status ReadText(Value value, const JsonPath& path, std::string& out) {
  std::string_view text;
  TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadString(value, path, text));
  out = std::string(text);
  return absl::OkStatus();
}

// What is read of one device.
struct Device {
  std::string type;
  std::string uuid;
  std::string parent;
  std::string product;
  int64_t memory_mib = 0;
};

absl::Status ReadAttributes(Value value, const JsonPath& path, Device& device) {
  const auto one = [&device](std::string_view key, Value field, const JsonPath& at) {
    std::string* out = nullptr;
    if (key == "type") out = &device.type;
    if (key == "uuid") out = &device.uuid;
    if (key == "parentUUID") out = &device.parent;
    if (key == "productName") out = &device.product;
    if (out == nullptr) return absl::OkStatus();
    return ForEachField(field, at, [out](std::string_view kind, Value text, const JsonPath& here) {
      return kind == "string" ? ReadText(text, here, *out) : absl::OkStatus();
    });
  };
  return ForEachField(value, path, one);
}

absl::Status ReadCapacity(Value value, const JsonPath& path, Device& device) {
  const auto amount = [&device](std::string_view key, Value field,
                                const JsonPath& at) -> absl::Status {
    if (key != "value") return absl::OkStatus();
    std::string_view text;
    TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadQuantityText(field, at, text));
    const auto bytes = model::ParseQuantity(model::ToAbsl(text));
    if (!bytes.ok() || bytes->value < 0) {
      return hami::WrongValue(at, "a quantity of bytes such as \"80Gi\"", text);
    }
    device.memory_mib = bytes->value / kBytesPerMebibyte;
    return absl::OkStatus();
  };
  return ForEachField(value, path, [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "memory" ? ForEachField(field, at, amount) : absl::OkStatus();
  });
}

// Adds the card of the device, or what the device adds to what is known of it.
void AddCard(Device device, std::vector<KnownCard>& cards) {
  KnownCard card{.uuid = std::move(device.uuid), .product = std::move(device.product)};
  if (device.type == "mig") {
    card.uuid = std::move(device.parent);
  } else if (device.type == "gpu") {
    card.memory_mib = device.memory_mib;
  } else {
    return;
  }
  if (card.uuid.empty()) return;
  const auto known = std::find_if(cards.begin(), cards.end(), [&card](const KnownCard& other) {
    return other.uuid == card.uuid;
  });
  if (known == cards.end()) {
    cards.push_back(std::move(card));
    return;
  }
  if (known->product.empty()) known->product = std::move(card.product);
  known->memory_mib = std::max(known->memory_mib, card.memory_mib);
}

absl::Status ReadDevices(Value value, const JsonPath& path, std::vector<KnownCard>& cards) {
  return hami::ForEachElement(
      value, path, [&cards](Value element, const JsonPath& at) -> absl::Status {
        Device device;
        const auto visit = [&](std::string_view key, Value field, const JsonPath& here) {
          if (key == "attributes") return ReadAttributes(field, here, device);
          return key == "capacity" ? ReadCapacity(field, here, device) : absl::OkStatus();
        };
        TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(element, at, visit));
        AddCard(std::move(device), cards);
        return absl::OkStatus();
      });
}

absl::Status ReadPool(Value value, const JsonPath& path, ResourceSlice& slice) {
  return ForEachField(value, path, [&](std::string_view key, Value field, const JsonPath& at) {
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    if (key == "name") return ReadText(field, at, slice.pool);
    if (key == "generation") return hami::ReadInteger(field, at, 0, kMost, slice.generation);
    if (key != "resourceSliceCount") return absl::OkStatus();
    return hami::ReadInteger(field, at, 1, kMost, slice.pool_slices);
  });
}

absl::Status ReadName(Value metadata, const JsonPath& path, std::string& name) {
  return ForEachField(metadata, path,
                      [&name](std::string_view key, Value field, const JsonPath& at) {
                        return key == "name" ? ReadText(field, at, name) : absl::OkStatus();
                      });
}

absl::Status ExpectName(const std::string& name, const JsonPath& root) {
  if (!name.empty()) return absl::OkStatus();
  return hami::WrongValue(JsonPath(root, "metadata"), "an object with a name", "without one");
}

// Labels spell the blanks of a product as dashes.
std::string Spelled(std::string_view product) {
  std::string text(product);
  for (char& c : text) {
    if (c == ' ') c = '-';
  }
  return text;
}

// How many cards the pool's devices are of; nothing where that is not known.
std::optional<int64_t> CardsBehind(const Pool& pool) {
  const bool cards = pool.resource == model::kGpuResource || pool.resource == kSharedGpu;
  if (!cards || !pool.profile.empty() || pool.kind == PoolKind::kVgpuGuest) return std::nullopt;
  if (pool.count % pool.replicas != 0) return std::nullopt;
  return pool.count / pool.replicas;
}

void CompareWith(const KnownCard& card, const Pool& pool, std::set<std::string>* told) {
  constexpr int64_t kPercentApart = 1;
  if (!card.product.empty() && !pool.product.empty() && Spelled(card.product) != pool.product) {
    told->insert(absl::StrCat("labels tell the product ", model::Shown(pool.product), " for ",
                              pool.resource, ", ResourceSlices ", model::Shown(card.product),
                              ": labels are believed"));
  }
  // Of instances the label tells the memory of the instance.
  const int64_t label = pool.profile.empty() ? pool.memory.value() : 0;
  if (label == 0 || card.memory_mib == 0) return;
  if (std::abs(label - card.memory_mib) * 100 > label * kPercentApart) {
    told->insert(absl::StrCat("labels tell ", label, " MiB a card for ", pool.resource,
                              ", ResourceSlices ", card.memory_mib, ": labels are believed"));
  }
}

}  // namespace

absl::StatusOr<ResourceSlice> ReadResourceSlice(std::string_view json) {
  const JsonPath root("ResourceSlice");
  ResourceSlice slice;
  std::string driver;
  const auto spec = [&](std::string_view key, Value field, const JsonPath& at) {
    if (key == "driver") return ReadText(field, at, driver);
    if (key == "nodeName") return ReadText(field, at, slice.node);
    if (key == "pool") return ReadPool(field, at, slice);
    return key == "devices" ? ReadDevices(field, at, slice.cards) : absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "metadata") return ReadName(field, at, slice.name);
    return key == "spec" ? ForEachField(field, at, spec) : absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, root, visit));
  TANGRAM_JSON_RETURN_IF_ERROR(ExpectName(slice.name, root));
  const bool ours = driver == kDraDriver;
  if (!ours) slice.node = slice.pool = "";
  if (slice.node.empty()) slice.cards.clear();
  std::sort(slice.cards.begin(), slice.cards.end(),
            [](const KnownCard& a, const KnownCard& b) { return a.uuid < b.uuid; });
  return slice;
}

absl::StatusOr<std::string> ReadSliceName(std::string_view json) {
  const JsonPath root("ResourceSlice");
  std::string name;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) {
    return key == "metadata" ? ReadName(field, at, name) : absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, root, visit));
  TANGRAM_JSON_RETURN_IF_ERROR(ExpectName(name, root));
  return name;
}

std::vector<std::string> Disagreements(std::span<const KnownCard> cards,
                                       std::span<const Pool> pools) {
  if (cards.empty()) return {};
  std::set<std::string> told;  // sorted, and each text once
  int64_t counted = 0;
  bool all_counted = true;
  for (const Pool& pool : pools) {
    if (!pool.resource.starts_with(kDomain)) continue;
    const auto behind = CardsBehind(pool);
    all_counted = all_counted && behind.has_value();
    counted += behind.value_or(0);
    for (const KnownCard& card : cards) CompareWith(card, pool, &told);
  }
  const auto known = static_cast<int64_t>(cards.size());
  if (all_counted && counted > 0 && counted != known) {
    told.insert(absl::StrCat("status.allocatable counts the devices of ", counted,
                             " cards, ResourceSlices tell ", known,
                             " cards: allocatable is believed"));
  }
  return {told.begin(), told.end()};
}

}  // namespace tangram::api::nvidia
