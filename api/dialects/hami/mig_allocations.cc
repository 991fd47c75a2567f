#include "api/dialects/hami/mig_allocations.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/json_reader.h"
#include "nlohmann/json.hpp"

namespace tangram::api::hami {
namespace {

using Json = nlohmann::ordered_json;
using Value = simdjson::ondemand::value;

// Which fields were there: those of the plugin come together or not at all.
struct Seen {
  int runtime = 0;
  bool placement = false;
};

absl::Status ReadNumber(Value value, const JsonPath& path, int64_t min, int32_t& number) {
  int64_t wide = 0;
  const int64_t max = std::numeric_limits<int32_t>::max();
  TANGRAM_JSON_RETURN_IF_ERROR(ReadInteger(value, path, min, max, wide));
  number = static_cast<int32_t>(wide);
  return absl::OkStatus();
}

absl::Status ReadWord(Value value, const JsonPath& path, std::string& text) {
  std::string_view view;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadString(value, path, view));
  text = std::string(view);
  return absl::OkStatus();
}

absl::Status ReadField(std::string_view key, Value field, const JsonPath& at, MigReservation& read,
                       Seen& seen) {
  if (key == "containerIndex") return ReadNumber(field, at, 0, read.container);
  if (key == "deviceIndex") return ReadNumber(field, at, 0, read.device);
  if (key == "gpuUUID") return ReadWord(field, at, read.uuid);
  if (key == "profile") return ReadWord(field, at, read.instance.profile);
  if (key == "migUUID" || key == "gpuInstanceID" || key == "computeInstanceID") {
    bool absent = true;
    TANGRAM_JSON_RETURN_IF_ERROR(ReadNull(field, at, absent));
    seen.runtime += absent ? 0 : 1;
    return absl::OkStatus();
  }
  if (key != "placement") return absl::OkStatus();
  seen.placement = true;
  return ForEachField(field, at,
                      [&read](std::string_view part, Value number, const JsonPath& where) {
                        model::MigPlacement& placement = read.instance.placement;
                        if (part == "start") return ReadNumber(number, where, 0, placement.start);
                        if (part == "size") return ReadNumber(number, where, 1, placement.size);
                        return absl::OkStatus();
                      });
}

absl::Status ReadReservation(Value value, const JsonPath& path, MigReservation& read) {
  Seen seen;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) {
    return ReadField(key, field, at, read, seen);
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(value, path, visit));
  if (read.uuid.empty()) {
    return WrongValue(JsonPath(path, "gpuUUID"), "the UUID of a card", "empty or absent");
  }
  if (read.instance.profile.empty()) {
    return WrongValue(JsonPath(path, "profile"), "the name of a profile", "empty or absent");
  }
  if (!seen.placement || read.instance.placement.size < 1) {
    return WrongValue(JsonPath(path, "placement"), "a start and a size of at least 1", "absent");
  }
  if (seen.runtime != 0 && seen.runtime != 3) {
    return WrongValue(path, "with all of migUUID, gpuInstanceID, computeInstanceID or none",
                      "with some of them");
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeMigAllocations(const model::Allocation& allocation) {
  Json list = Json::array();
  for (size_t slot = 0; slot < allocation.slots.size(); ++slot) {
    const std::vector<model::CardShare>& shares = allocation.slots[slot].shares;
    for (size_t i = 0; i < shares.size(); ++i) {
      if (!shares[i].instance.has_value()) continue;
      const model::MigInstance& instance = *shares[i].instance;
      Json placement = {{"start", instance.placement.start}, {"size", instance.placement.size}};
      list.push_back({{"containerIndex", slot},
                      {"deviceIndex", i},
                      {"gpuUUID", shares[i].uuid},
                      {"profile", instance.profile},
                      {"placement", std::move(placement)}});
    }
  }
  if (list.empty()) return "";
  return list.dump(-1, ' ', false, Json::error_handler_t::replace);
}

absl::StatusOr<std::vector<MigReservation>> DecodeMigAllocations(std::string_view text) {
  const JsonPath root("reservations");
  std::vector<MigReservation> reservations;
  std::set<std::pair<int32_t, int32_t>> named;
  const auto visit = [&](Value value, const JsonPath& at) -> absl::Status {
    MigReservation& read = reservations.emplace_back();
    TANGRAM_JSON_RETURN_IF_ERROR(ReadReservation(value, at, read));
    if (named.emplace(read.container, read.device).second) return absl::OkStatus();
    return WrongValue(
        at, "of a container and device that come once",
        absl::StrCat("of container ", read.container, " and device ", read.device, " again"));
  };
  TANGRAM_JSON_RETURN_IF_ERROR(WalkArray(text, root, visit));
  return reservations;
}

void Reserve(const std::vector<MigReservation>& reservations, model::Allocation* allocation) {
  std::vector<bool> used(reservations.size(), false);
  for (model::AllocationSlot& slot : allocation->slots) {
    for (model::CardShare& share : slot.shares) {
      for (size_t i = 0; i < reservations.size() && !share.instance.has_value(); ++i) {
        if (used[i] || reservations[i].uuid != share.uuid) continue;
        used[i] = true;
        share.instance = reservations[i].instance;
      }
    }
  }
  for (size_t i = 0; i < reservations.size(); ++i) {
    if (used[i]) continue;
    allocation->spare_instances.push_back({reservations[i].uuid, reservations[i].instance});
  }
}

}  // namespace tangram::api::hami
