// The lines of a journal (see journal.h).
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/assignment.h"
#include "api/dialects/hami/mig_allocations.h"
#include "api/dialects/hami/other_vendors.h"
#include "api/standalone/journal.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::standalone {
namespace {

using nlohmann::json;

constexpr std::string_view KindWord(model::ContainerKind kind) {
  switch (kind) {
    case model::ContainerKind::kInit:
      return "init";
    case model::ContainerKind::kSidecar:
      return "sidecar";
    case model::ContainerKind::kApp:
      break;
  }
  return "app";
}

bool ReadKind(const json& word, model::ContainerKind* kind) {
  if (word == "init") {
    *kind = model::ContainerKind::kInit;
  } else if (word == "sidecar") {
    *kind = model::ContainerKind::kSidecar;
  } else if (word == "app") {
    *kind = model::ContainerKind::kApp;
  } else {
    return false;
  }
  return true;
}

bool ReadText(const json& object, const char* key, std::string* text) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return false;
  *text = found->get<std::string>();
  return true;
}

absl::Status Broken(std::string_view what) {
  return absl::DataLossError(absl::StrCat("no journal record: ", model::ToAbsl(what)));
}

// Adds a vendor's shares to the slots of the containers.
absl::Status AddShares(std::string_view text, model::Vendor vendor, model::Allocation* allocation) {
  auto slots = hami::DecodeSlots(text, vendor);
  if (!slots.ok()) return slots.status();
  slots->resize(allocation->slots.size());
  for (size_t i = 0; i < slots->size(); ++i) {
    for (model::CardShare& share : (*slots)[i]) {
      allocation->slots[i].shares.push_back(std::move(share));
    }
  }
  return absl::OkStatus();
}

absl::Status ReadAllocation(const json& object, model::Allocation* allocation) {
  const auto kinds = object.find("containers");
  std::string text;
  if (kinds == object.end() || !kinds->is_array() || !ReadText(object, "devices", &text)) {
    return Broken("containers or devices are missing");
  }
  for (const json& kind : *kinds) {
    model::AllocationSlot slot;
    if (!ReadKind(kind, &slot.kind)) return Broken("containers: init, sidecar or app");
    allocation->slots.push_back(std::move(slot));
  }
  if (absl::Status status = AddShares(text, model::Vendor::kNvidia, allocation); !status.ok()) {
    return status;
  }
  for (const hami::VendorDialect& other : hami::kOtherVendors) {
    if (!ReadText(object, other.allocated.data(), &text)) continue;
    absl::Status status = AddShares(text, other.vendor, allocation);
    if (!status.ok()) return status;
  }
  if (!object.contains("instances")) return absl::OkStatus();
  if (!ReadText(object, "instances", &text)) return Broken("instances: a text");
  const auto reservations = hami::DecodeMigAllocations(text);
  if (!reservations.ok()) return reservations.status();
  hami::Reserve(*reservations, allocation);
  return absl::OkStatus();
}

// Absent in records of pods that only have cards of their own.
absl::Status ReadCounts(const json& object, model::ResourceCounts* counts) {
  const auto found = object.find("counts");
  if (found == object.end()) return absl::OkStatus();
  if (!found->is_object()) return Broken("counts: an object of whole numbers");
  for (const auto& [resource, count] : found->items()) {
    const bool sound =
        count.is_number_integer() && count.get<int64_t>() >= 0 && count.get<int64_t>() <= INT32_MAX;
    if (!sound) return Broken("counts: whole numbers from 0");
    model::AddCount(resource, count.get<int64_t>(), counts);
  }
  return absl::OkStatus();
}

// Absent in records of pods that ask for neither, and in those of earlier versions.
absl::Status ReadHost(const json& object, model::HostResources* host) {
  for (const auto& [key, amount] :
       {std::pair("cpu_milli", &host->cpu_milli), std::pair("memory_mib", &host->memory_mib)}) {
    const auto found = object.find(key);
    if (found == object.end()) continue;
    const bool sound = found->is_number_integer() && found->get<int64_t>() >= 0 &&
                       found->get<int64_t>() <= model::kHostMost;
    if (!sound) return Broken("cpu_milli and memory_mib: whole numbers from 0");
    *amount = found->get<int64_t>();
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeRecord(const JournalRecord& record) {
  json line = {
      {"namespace", record.pod.name_space}, {"name", record.pod.name}, {"uid", record.pod.uid}};
  if (record.kind == JournalRecord::Kind::kDeleted) {
    line["op"] = "delete";
  } else {
    line["op"] = "bind";
    line["node"] = record.node;
    line["time"] = record.unix_seconds;
    line["devices"] = hami::EncodeAssignment(record.allocation);
    for (const hami::VendorDialect& other : hami::kOtherVendors) {
      if (!hami::HasSharesOf(record.allocation, other.vendor)) continue;
      line[std::string(other.allocated)] = hami::EncodeAssignment(record.allocation, other.vendor);
    }
    json kinds = json::array();
    for (const model::AllocationSlot& slot : record.allocation.slots) {
      kinds.push_back(KindWord(slot.kind));
    }
    line["containers"] = std::move(kinds);
    const std::string instances = hami::EncodeMigAllocations(record.allocation);
    if (!instances.empty()) line["instances"] = instances;
    for (const model::ResourceCount& asked : record.counts) {
      line["counts"][asked.resource] = asked.count;
    }
    if (record.allocation.alone) line["alone"] = true;
    if (record.host.cpu_milli > 0) line["cpu_milli"] = record.host.cpu_milli;
    if (record.host.memory_mib > 0) line["memory_mib"] = record.host.memory_mib;
  }
  return line.dump(-1, ' ', false, json::error_handler_t::replace);
}

absl::StatusOr<JournalRecord> DecodeRecord(std::string_view text) {
  const json line = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!line.is_object()) return Broken("not a JSON object");
  JournalRecord record;
  std::string op;
  if (!ReadText(line, "op", &op) || !ReadText(line, "namespace", &record.pod.name_space) ||
      !ReadText(line, "name", &record.pod.name) || !ReadText(line, "uid", &record.pod.uid)) {
    return Broken("op, namespace, name or uid is missing");
  }
  if (op == "delete") {
    record.kind = JournalRecord::Kind::kDeleted;
    return record;
  }
  if (op != "bind") return Broken("op: bind or delete");
  const auto time = line.find("time");
  if (!ReadText(line, "node", &record.node) || time == line.end() || !time->is_number_integer()) {
    return Broken("node or time is missing");
  }
  record.unix_seconds = time->get<int64_t>();
  if (absl::Status status = ReadAllocation(line, &record.allocation); !status.ok()) return status;
  if (absl::Status status = ReadCounts(line, &record.counts); !status.ok()) return status;
  if (absl::Status status = ReadHost(line, &record.host); !status.ok()) return status;
  const auto alone = line.find("alone");
  record.allocation.alone = alone != line.end() && *alone == true;
  return record;
}

}  // namespace tangram::api::standalone
