// See shard.h. nlohmann's accessors throw; nothing thrown leaves this file.
#include "api/cli/simulate/shard.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/manifests/json_scan.h"
#include "model/shown.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;

constexpr char kSchema[] = "tangram.dev/simulation-shard/v1";

// A file, read but for its cells.
struct Shard {
  std::string file;
  json document;
  ShardPart part;
};

absl::Status Wrong(const std::string& file, const std::string& what) {
  return absl::InvalidArgumentError(absl::StrCat(file, ": ", what));
}

absl::StatusOr<Shard> Read(const ShardFile& file) {
  Shard shard{.file = file.name, .document = {}, .part = {}};
  if (manifests::IsBoundedJson(file.text)) {
    shard.document = json::parse(file.text, nullptr, /*allow_exceptions=*/false);
  }
  const json& document = shard.document;
  if (!document.is_object() || !document.contains("schema")) {
    return Wrong(file.name, "is no JSON object with a schema; must be what compare --shard writes");
  }
  if (document["schema"] != kSchema) {
    return Wrong(file.name, absl::StrCat("schema is ", document["schema"].dump(), "; must be \"",
                                         kSchema, "\""));
  }
  try {
    document.at("shard").at("index").get_to(shard.part.index);
    document.at("shard").at("count").get_to(shard.part.count);
  } catch (const json::exception& error) {
    return Wrong(file.name, error.what());
  }
  if (shard.part.count < 1 || shard.part.count > kShardsMax) {
    return Wrong(file.name, absl::StrCat("shard.count is ", shard.part.count,
                                         "; must be from 1 to ", kShardsMax));
  }
  return shard;
}

// Whether the shard is of the comparison that the first one is of; if not, what differs.
absl::Status CheckSame(const Shard& first, const Shard& shard) {
  const auto foreign = [&](const std::string& what, const json& here, const json& there) {
    return Wrong(shard.file, absl::StrCat("is of another comparison than ", first.file, ": ", what,
                                          " is ", here.dump(), " and not ", there.dump()));
  };
  if (shard.part.count != first.part.count) {
    return foreign("the number of shards", shard.part.count, first.part.count);
  }
  const json mine = shard.document.value("grid", json::object());
  const json other = first.document.value("grid", json::object());
  if (!mine.is_object() || !other.is_object()) return Wrong(shard.file, "grid must be an object");
  // What explains the others comes first: the digest of a list depends on the seeds.
  for (const char* key : {"version", "policies", "seeds", "inflate", "workload", "lists"}) {
    const json value = other.value(key, json());
    const json found = mine.value(key, json());
    if (found == value) continue;
    if (!value.is_array() || !found.is_array() || value.size() != found.size()) {
      return foreign(key, found, value);
    }
    for (size_t i = 0; i < value.size(); ++i) {
      if (found[i] != value[i]) return foreign(absl::StrCat(key, "[", i, "]"), found[i], value[i]);
    }
  }
  return absl::OkStatus();
}

absl::Status CheckParts(const std::vector<Shard>& shards) {
  const size_t count = shards.front().part.count;
  std::vector<const Shard*> by_index(count, nullptr);
  for (const Shard& shard : shards) {
    if (absl::Status status = CheckSame(shards.front(), shard); !status.ok()) return status;
    if (shard.part.index >= count) {
      return Wrong(shard.file, absl::StrCat("is shard ", shard.part.index, " of ", count,
                                            "; they count from 0"));
    }
    const Shard*& place = by_index[shard.part.index];
    if (place != nullptr) {
      return Wrong(shard.file, absl::StrCat("is shard ", shard.part.index, " of ", count,
                                            ", and so is ", place->file));
    }
    place = &shard;
  }
  std::vector<size_t> missing;
  for (size_t i = 0; i < count; ++i) {
    if (by_index[i] == nullptr) missing.push_back(i);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("of ", count, " shards (from 0) are missing: ", absl::StrJoin(missing, ", ")));
}

absl::Status Fill(const Shard& shard, MergedGrid* merged) {
  try {
    for (const json& cell : shard.document.at("cells")) {
      const size_t number = cell.at("cell").get<size_t>();
      if (number >= merged->results.size() || !IsOf(merged->grid, number, shard.part)) {
        return Wrong(shard.file, absl::StrCat("cell ", number, " is not of this shard"));
      }
      merged->results[number] = FiguresFromJson(cell.at("figures"));
    }
  } catch (const json::exception& error) {
    return Wrong(shard.file, error.what());
  }
  for (size_t number = 0; number < merged->results.size(); ++number) {
    if (IsOf(merged->grid, number, shard.part) && !merged->results[number].has_value()) {
      return Wrong(shard.file, absl::StrCat("has no cell ", number));
    }
  }
  return absl::OkStatus();
}

}  // namespace

json ShardJson(const Grid& grid, const ShardPart& part, const GridResults& results) {
  json cells = json::array();
  for (size_t number = 0; number < results.size(); ++number) {
    if (!results[number].has_value()) continue;
    const Cell cell = CellAt(grid, number);
    cells.push_back({{"cell", number},
                     {"list", grid.lists[cell.list].name},
                     {"policy", grid.policies[cell.policy]},
                     {"seed", grid.seeds[cell.seed]},
                     {"figures", FiguresJson(*results[number])}});
  }
  return {{"schema", kSchema},
          {"grid", GridJson(grid)},
          {"shard", {{"index", part.index}, {"count", part.count}}},
          {"cells", std::move(cells)}};
}

std::string ShardFileName(const ShardPart& part) {
  return absl::StrCat("shard-", part.index, "-of-", part.count, ".json");
}

absl::StatusOr<MergedGrid> MergeShards(const std::vector<ShardFile>& files) {
  std::vector<Shard> shards;
  for (const ShardFile& file : files) {
    auto shard = Read(file);
    if (!shard.ok()) return shard.status();
    shards.push_back(*std::move(shard));
  }
  if (shards.empty()) return absl::InvalidArgumentError("no shards to merge");
  if (absl::Status status = CheckParts(shards); !status.ok()) return status;
  MergedGrid merged;
  try {
    merged.grid = GridFromJson(shards.front().document.at("grid"));
  } catch (const json::exception& error) {
    return Wrong(shards.front().file, error.what());
  }
  size_t cells = 0;
  for (const Shard& shard : shards) cells += shard.document.value("cells", json::array()).size();
  if (cells == 0 || merged.grid.cells() != cells) {
    return absl::InvalidArgumentError(
        absl::StrCat("the grid has ", merged.grid.cells(), " cells, and the shards have ", cells));
  }
  merged.results.resize(merged.grid.cells());
  for (const Shard& shard : shards) {
    if (absl::Status status = Fill(shard, &merged); !status.ok()) return status;
  }
  return merged;
}

}  // namespace tangram::api::cli::simulate
