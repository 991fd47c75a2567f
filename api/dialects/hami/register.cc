// The value of hami.io/node-nvidia-register, in both its forms. See node.h.
#include <algorithm>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/node.h"
#include "api/dialects/hami/text.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

using Value = simdjson::ondemand::value;

using model::Gpu;
using model::ToAbsl;

constexpr int64_t kInt32Min = std::numeric_limits<int32_t>::min();
constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();
constexpr std::string_view kCandidateWord = "nvidia";

absl::Status ReadInt32(simdjson::ondemand::value value, const JsonPath& path, int64_t min,
                       int32_t& number) {
  int64_t wide = 0;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadInteger(value, path, min, kInt32Max, wide));
  number = static_cast<int32_t>(wide);
  return absl::OkStatus();
}

template <typename Unit>
absl::Status ReadAmount(simdjson::ondemand::value value, const JsonPath& path, Unit& unit) {
  int32_t number = 0;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadInt32(value, path, 0, number));
  unit = Unit(number);
  return absl::OkStatus();
}

absl::Status ReadText(simdjson::ondemand::value value, const JsonPath& path, std::string& text) {
  std::string_view view;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadString(value, path, view));
  text = std::string(view);
  return absl::OkStatus();
}

absl::Status ReadPlacement(simdjson::ondemand::value value, const JsonPath& path,
                           model::MigPlacement& placement) {
  return ForEachField(value, path,
                      [&placement](std::string_view key, auto field, const JsonPath& at) {
                        if (key == "start") return ReadInt32(field, at, kInt32Min, placement.start);
                        if (key == "size") return ReadInt32(field, at, kInt32Min, placement.size);
                        return absl::OkStatus();
                      });
}

// What makes no sense is found when the list is seen as a whole (node.cc).
absl::Status ReadProfile(simdjson::ondemand::value value, const JsonPath& path,
                         model::MigProfile& profile) {
  int32_t memory = 0;
  int32_t cores = 0;
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "name") return ReadText(field, at, profile.name);
    if (key == "memoryMB") return ReadInt32(field, at, kInt32Min, memory);
    if (key == "core") return ReadInt32(field, at, kInt32Min, cores);
    if (key == "sliceCount") return ReadInt32(field, at, kInt32Min, profile.slices);
    if (key == "placements") {
      return ForEachElement(field, at, [&profile](Value element, const JsonPath& where) {
        return ReadPlacement(element, where, profile.placements.emplace_back());
      });
    }
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(value, path, visit));
  profile.memory = model::Mebibytes(memory);
  profile.cores = model::CorePercent(cores);
  return absl::OkStatus();
}

absl::Status ReadGpu(simdjson::ondemand::value value, const JsonPath& path, Gpu& gpu) {
  const auto visit = [&gpu](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "id") return ReadText(field, at, gpu.uuid);
    if (key == "index") return ReadInt32(field, at, 0, gpu.index);
    if (key == "count") return ReadAmount(field, at, gpu.slots);
    if (key == "devmem") return ReadAmount(field, at, gpu.memory);
    if (key == "devcore") return ReadAmount(field, at, gpu.cores);
    if (key == "type") return ReadText(field, at, gpu.type);
    // The kernel says -1 for a card of no NUMA node.
    if (key == "numa") return ReadInt32(field, at, kInt32Min, gpu.numa);
    if (key == "mode") return ReadText(field, at, gpu.mode);
    if (key == "health") return ReadBool(field, at, gpu.healthy);
    if (key == "migProfiles") {
      return ForEachElement(field, at, [&gpu](Value element, const JsonPath& where) {
        return ReadProfile(element, where, gpu.mig_profiles.emplace_back());
      });
    }
    if (key == "migtemplate") {
      // Whatever it holds: fixed geometries are not placed on.
      return ForEachElement(field, at, [&gpu](Value, const JsonPath&) {
        gpu.mig_outdated = true;
        return absl::OkStatus();
      });
    }
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(value, path, visit));
  if (gpu.uuid.empty()) {
    return WrongValue(JsonPath(path, "id"), "the UUID of the card", "empty or absent");
  }
  gpu.mig_outdated = gpu.mig_outdated && gpu.mode == model::kMigMode && gpu.mig_profiles.empty();
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Gpu>> DecodeJson(std::string_view text) {
  const JsonPath root("cards");
  std::vector<Gpu> gpus;
  const auto visit = [&gpus](simdjson::ondemand::value value, const JsonPath& at) {
    return ReadGpu(value, at, gpus.emplace_back());
  };
  TANGRAM_JSON_RETURN_IF_ERROR(WalkArray(text, root, visit));
  return gpus;
}

// One record of the text form; `fields` has 7 or 9 of them.
absl::StatusOr<Gpu> ReadRecord(const std::vector<std::string_view>& fields, const JsonPath& path) {
  const auto amount = [&fields, &path](size_t i, std::string_view name, int64_t min, int32_t& out) {
    const std::optional<int32_t> number = ParseInt32(fields[i]);
    if (!number.has_value() || *number < min) {
      return WrongValue(JsonPath(path, name),
                        absl::StrCat("an integer from ", min, " to ", kInt32Max), fields[i]);
    }
    out = *number;
    return absl::OkStatus();
  };
  Gpu gpu;
  gpu.uuid = std::string(fields[0]);
  gpu.type = std::string(fields[4]);
  gpu.mode = fields.size() == 9 ? std::string(fields[8]) : "hami-core";
  int32_t count = 0;
  int32_t memory = 0;
  int32_t cores = 0;
  TANGRAM_JSON_RETURN_IF_ERROR(amount(1, "count", 0, count));
  TANGRAM_JSON_RETURN_IF_ERROR(amount(2, "devmem", 0, memory));
  TANGRAM_JSON_RETURN_IF_ERROR(amount(3, "devcore", 0, cores));
  TANGRAM_JSON_RETURN_IF_ERROR(amount(5, "numa", kInt32Min, gpu.numa));
  if (fields.size() == 9) TANGRAM_JSON_RETURN_IF_ERROR(amount(7, "index", 0, gpu.index));
  gpu.slots = model::Slots(count);
  gpu.memory = model::Mebibytes(memory);
  gpu.cores = model::CorePercent(cores);
  const std::optional<bool> health = ParseGoBool(fields[6]);
  if (!health.has_value()) {
    return WrongValue(JsonPath(path, "health"), "true or false", fields[6]);
  }
  gpu.healthy = *health;
  if (gpu.uuid.empty()) {
    return WrongValue(JsonPath(path, "id"), "the UUID of the card", "empty");
  }
  return gpu;
}

absl::StatusOr<std::vector<Gpu>> DecodeText(std::string_view text) {
  const JsonPath root("cards");
  if (text.find(':') == std::string_view::npos) {
    return WrongValue(root, "a JSON array, or records that end with ':'", text);
  }
  std::vector<Gpu> gpus;
  int64_t index = 0;
  while (!text.empty()) {
    const size_t end = text.find(':');
    std::string_view record = text.substr(0, end);
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    if (record.empty()) continue;
    const JsonPath path(root, index++);
    std::vector<std::string_view> fields;
    const std::string_view whole = record;
    for (size_t comma = 0; comma != std::string_view::npos;) {
      comma = record.find(',');
      fields.push_back(record.substr(0, comma));
      if (comma != std::string_view::npos) record.remove_prefix(comma + 1);
    }
    if (fields.size() != 7 && fields.size() != 9) {
      return WrongValue(path, "7 or 9 fields separated by commas", whole);
    }
    auto gpu = ReadRecord(fields, path);
    if (!gpu.ok()) return gpu.status();
    gpus.push_back(std::move(*gpu));
  }
  return gpus;
}

// Sorted by UUID, each of which comes once; without the cards whose type lacks the word.
absl::StatusOr<std::vector<Gpu>> InOrder(absl::StatusOr<std::vector<Gpu>> gpus,
                                         std::string_view candidate_word, model::Vendor vendor,
                                         std::vector<std::string>* left_out) {
  if (!gpus.ok()) return gpus;
  std::sort(gpus->begin(), gpus->end(), [](const Gpu& a, const Gpu& b) { return a.uuid < b.uuid; });
  const auto twice = std::adjacent_find(
      gpus->begin(), gpus->end(), [](const Gpu& a, const Gpu& b) { return a.uuid == b.uuid; });
  if (twice != gpus->end()) {
    return absl::InvalidArgumentError(
        absl::StrCat("cards: id ", Shorten(twice->uuid), " comes twice, must be unique"));
  }
  std::erase_if(*gpus, [&](const Gpu& gpu) {
    if (ContainsIgnoringCase(gpu.type, candidate_word)) return false;
    if (left_out != nullptr) {
      left_out->push_back(absl::StrCat("card ", Shorten(gpu.uuid), " is of type ",
                                       model::Shown(gpu.type), ", which does not contain ",
                                       ToAbsl(model::VendorName(vendor)),
                                       ": it is left out, as HAMi leaves it out"));
    }
    return true;
  });
  return gpus;
}

}  // namespace

absl::StatusOr<std::vector<Gpu>> DecodeRegister(std::string_view text,
                                                std::vector<std::string>* left_out) {
  const std::string_view trimmed = Trim(text);
  const bool json = !trimmed.empty() && (trimmed.front() == '[' || trimmed.front() == '{');
  return InOrder(json ? DecodeJson(trimmed) : DecodeText(trimmed), kCandidateWord,
                 model::Vendor::kNvidia, left_out);
}

absl::StatusOr<std::vector<Gpu>> DecodeRegister(std::string_view text, const VendorDialect& dialect,
                                                std::vector<std::string>* left_out) {
  auto gpus = InOrder(DecodeJson(Trim(text)), dialect.candidate_word, dialect.vendor, left_out);
  if (!gpus.ok()) return gpus;
  for (Gpu& gpu : *gpus) {
    gpu.vendor = dialect.vendor;
    if (gpu.type.find_first_of(",:;") != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("cards: type of ", Shorten(gpu.uuid),
                                                     ": must be without ',', ':' and ';', is ",
                                                     Shorten(gpu.type)));
    }
  }
  return gpus;
}

}  // namespace tangram::api::hami
