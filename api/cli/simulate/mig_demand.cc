#include "api/cli/simulate/mig_demand.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/manifests/yaml_json.h"
#include "model/mig/products.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {
namespace {

using model::mig::Multiset;
using nlohmann::json;
using scheduler::mig::Counts;

constexpr int64_t kMostCards = 10000;
constexpr int64_t kMostInstances = 1000000;

absl::Status Wrong(std::string_view path, const std::string& field, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(model::ToAbsl(path), ": ", field, ": ", what));
}

std::string Short(const json& value) {
  const std::string text = value.dump();
  return text.size() <= 64 ? text : text.substr(0, 61) + "...";
}

absl::Status CheckFields(std::string_view path, const std::string& field, const json& object,
                         std::initializer_list<const char*> allowed) {
  if (!object.is_object()) return Wrong(path, field, "must be fields and values");
  for (const auto& [name, value] : object.items()) {
    if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
    return Wrong(path, field,
                 absl::StrCat(json(name).dump(), " is not known; allowed are ",
                              absl::StrJoin(allowed, ", ")));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> ReadCount(std::string_view path, const std::string& field,
                                  const json& value, int64_t least, int64_t most) {
  const bool whole =
      value.is_number_integer() && (!value.is_number_unsigned() ||
                                    value.get<uint64_t>() <= static_cast<uint64_t>(kMostInstances));
  if (!whole || value.get<int64_t>() < least || value.get<int64_t>() > most) {
    return Wrong(path, field,
                 absl::StrCat(Short(value), "; must be a whole number from ", least, " to ", most));
  }
  return value.get<int64_t>();
}

absl::StatusOr<Counts> ReadInstances(std::string_view path, const std::string& field,
                                     const json& object, const model::mig::Geometry& product) {
  if (!object.is_object()) return Wrong(path, field, "must be profiles and numbers of instances");
  Counts counts(product.profiles().size(), 0);
  for (const auto& [name, value] : object.items()) {
    const auto profile = product.FindByText(name);
    if (!profile.ok()) return Wrong(path, field, std::string(profile.status().message()));
    const auto count = ReadCount(path, absl::StrCat(field, ".", name), value, 0, kMostInstances);
    if (!count.ok()) return count.status();
    counts[*profile] += static_cast<uint64_t>(*count);
  }
  return counts;
}

// The cards that an entry of the present layout speaks of.
absl::StatusOr<std::vector<size_t>> ReadDevices(std::string_view path, const std::string& field,
                                                const json& value, int64_t cards) {
  std::vector<size_t> devices;
  if (value == "all") {
    for (int64_t card = 0; card < cards; ++card) devices.push_back(static_cast<size_t>(card));
    return devices;
  }
  if (!value.is_array()) return Wrong(path, field, "must be all or a list of card numbers");
  for (const json& one : value) {
    const auto card = ReadCount(path, field, one, 0, cards - 1);
    if (!card.ok()) return card.status();
    devices.push_back(static_cast<size_t>(*card));
  }
  return devices;
}

absl::Status ReadPresent(std::string_view path, const json& list, MigDemand* demand) {
  if (!list.is_array()) return Wrong(path, "present", "must be a list");
  const model::mig::Geometry& product = demand->states.geometry();
  demand->present.assign(demand->cards, Multiset(product.profiles().size(), 0));
  std::vector<bool> told(demand->cards, false);
  for (size_t i = 0; i < list.size(); ++i) {
    const std::string field = absl::StrCat("present[", i, "]");
    const json& entry = list[i];
    absl::Status known = CheckFields(path, field, entry, {"devices", "mig-enabled", "mig-devices"});
    if (!known.ok()) return known;
    if (!entry.contains("devices")) return Wrong(path, field, "devices is missing");
    const auto devices =
        ReadDevices(path, field + ".devices", entry.at("devices"), int64_t{demand->cards});
    if (!devices.ok()) return devices.status();
    const auto counts = ReadInstances(path, field + ".mig-devices",
                                      entry.value("mig-devices", json::object()), product);
    if (!counts.ok()) return counts.status();
    Multiset layout(counts->size(), 0);
    uint64_t instances = 0;
    for (size_t p = 0; p < layout.size(); ++p) {
      layout[p] = static_cast<uint8_t>(std::min<uint64_t>((*counts)[p], UINT8_MAX));
      instances += (*counts)[p];
    }
    if (instances > 0 && Arrange(demand->states, layout).empty()) {
      return Wrong(path, field + ".mig-devices", "do not fit on one card");
    }
    for (const size_t card : *devices) {
      if (told[card]) return Wrong(path, field + ".devices", absl::StrCat(card, " came before"));
      told[card] = true;
      demand->present[card] = layout;
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<MigDemand> ReadMigDemand(const std::string& text, std::string_view path) {
  const auto documents = manifests::ParseDocuments(text, path);
  if (!documents.ok()) return documents.status();
  if (documents->size() != 1) {
    return Wrong(path, "file", absl::StrCat(documents->size(), " documents; must be one"));
  }
  const json& file = documents->front();
  absl::Status known = CheckFields(path, "file", file, {"product", "cards", "demand", "present"});
  if (!known.ok()) return known;
  for (const char* field : {"product", "cards", "demand"}) {
    if (!file.contains(field)) return Wrong(path, field, "is missing");
  }
  if (!file.at("product").is_string()) return Wrong(path, "product", "must be a text");
  const auto product = model::mig::FindProduct(file.at("product").get<std::string>());
  if (!product.ok()) return Wrong(path, "product", std::string(product.status().message()));
  auto states = model::mig::CardStates::Create(*product);
  if (!states.ok()) return states.status();
  const auto cards = ReadCount(path, "cards", file.at("cards"), 1, kMostCards);
  if (!cards.ok()) return cards.status();
  auto counts = ReadInstances(path, "demand", file.at("demand"), *product);
  if (!counts.ok()) return counts.status();
  if (std::all_of(counts->begin(), counts->end(), [](uint64_t count) { return count == 0; })) {
    return Wrong(path, "demand", "nothing is wanted");
  }
  MigDemand demand{*std::move(states), static_cast<uint32_t>(*cards), *std::move(counts), {}};
  if (file.contains("present")) {
    absl::Status read = ReadPresent(path, file.at("present"), &demand);
    if (!read.ok()) return read;
  }
  return demand;
}

}  // namespace tangram::api::cli::simulate
