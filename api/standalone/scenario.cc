// See scenario.h. yaml-cpp throws; nothing thrown leaves this file.
#include "api/standalone/scenario.h"

#include <cstdint>
#include <optional>
#include <regex>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "model/string_map.h"
#include "yaml-cpp/yaml.h"

namespace tangram::api::standalone {
namespace {

constexpr int64_t kNodesMax = 100'000;
constexpr int64_t kCardsMax = 64;
constexpr int64_t kSplitMax = 1000;
constexpr int64_t kGigabytesMax = 100'000;
constexpr int64_t kMebibytesPerGigabyte = 1024;

// A mistake at a place; caught by ParseScenario.
struct Mistake {
  YAML::Mark mark;
  std::string what;
};

struct Kind {
  std::string name;
  std::optional<int64_t> count;
  int64_t cards = 0;
  std::string type;
  int64_t memory_mib = 0;
  int64_t split = 10;
};

[[noreturn]] void Wrong(const YAML::Node& node, std::string_view field, std::string_view allowed) {
  const std::string value = node.IsScalar() ? node.Scalar().substr(0, 64) : "(no single value)";
  throw Mistake{node.Mark(), absl::StrCat(model::ToAbsl(field), ": \"", value,
                                          "\" is not allowed; give ", model::ToAbsl(allowed))};
}

int64_t Number(const YAML::Node& node, std::string_view field, int64_t most) {
  int64_t number = 0;
  if (!node.IsScalar() || !absl::SimpleAtoi(node.Scalar(), &number) || number < 1 ||
      number > most) {
    Wrong(node, field, absl::StrCat("a whole number from 1 to ", most));
  }
  return number;
}

// "8x A100-SXM4-80GB" -> 8 cards of "NVIDIA A100-SXM4-80GB" with 81920 MiB.
void ReadGpus(const YAML::Node& node, Kind& kind) {
  static const char* const kAllowed =
      "\"<cards>x <model>-<memory>GB\", such as \"8x A100-SXM4-80GB\"";
  if (!node.IsScalar()) Wrong(node, "gpus", kAllowed);
  const std::regex form(R"(([0-9]{1,3})\s*x\s*([A-Za-z0-9][A-Za-z0-9 ._-]*)-([0-9]{1,6})GB)");
  std::smatch match;
  const std::string& text = node.Scalar();
  if (text.size() > 128 || !std::regex_match(text, match, form)) Wrong(node, "gpus", kAllowed);
  int64_t gigabytes = 0;
  if (!absl::SimpleAtoi(match[1].str(), &kind.cards) || kind.cards < 1 || kind.cards > kCardsMax) {
    Wrong(node, "gpus", absl::StrCat("1 to ", kCardsMax, " cards a node"));
  }
  if (!absl::SimpleAtoi(match[3].str(), &gigabytes) || gigabytes < 1 || gigabytes > kGigabytesMax) {
    Wrong(node, "gpus", absl::StrCat("1 to ", kGigabytesMax, " GB a card"));
  }
  kind.memory_mib = gigabytes * kMebibytesPerGigabyte;
  const std::string model = absl::StrCat(match[2].str(), "-", match[3].str(), "GB");
  kind.type = model.rfind("NVIDIA", 0) == 0 ? model : absl::StrCat("NVIDIA ", model);
}

Kind ReadKind(const YAML::Node& node) {
  if (!node.IsMap()) Wrong(node, "nodes", "a list of {name, count, gpus, split}");
  Kind kind;
  for (const auto& pair : node) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
    if (key == "name") {
      if (!pair.second.IsScalar() || pair.second.Scalar().empty() ||
          pair.second.Scalar().size() > 240) {
        Wrong(pair.second, "name", "a node's name of up to 240 characters");
      }
      kind.name = pair.second.Scalar();
    } else if (key == "count") {
      kind.count = Number(pair.second, "count", kNodesMax);
    } else if (key == "gpus") {
      ReadGpus(pair.second, kind);
    } else if (key == "split") {
      kind.split = Number(pair.second, "split", kSplitMax);
    } else {
      throw Mistake{pair.first.Mark(), absl::StrCat("unknown field \"", key.substr(0, 64),
                                                    "\"; allowed are name, count, gpus, split")};
    }
  }
  if (kind.name.empty()) throw Mistake{node.Mark(), "name: missing"};
  if (kind.cards == 0) throw Mistake{node.Mark(), "gpus: missing"};
  return kind;
}

scheduler::NodeObservation MakeNode(const Kind& kind, const std::string& name) {
  scheduler::NodeObservation node;
  node.spec.name = name;
  node.spec.allocatable_gpus = kind.cards * kind.split;
  node.has_agent = true;
  for (int32_t i = 0; i < kind.cards; ++i) {
    model::Gpu gpu;
    gpu.uuid = absl::StrCat("GPU-", name, "-", i);
    gpu.index = i;
    gpu.slots = model::Slots::Checked(kind.split);
    gpu.memory = model::Mebibytes::Checked(kind.memory_mib);
    gpu.cores = model::CorePercent(100);
    gpu.type = kind.type;
    gpu.mode = "hami-core";
    gpu.numa = i < (kind.cards + 1) / 2 ? 0 : 1;
    gpu.healthy = true;
    node.spec.gpus.push_back(std::move(gpu));
  }
  return node;
}

std::vector<scheduler::NodeObservation> ReadNodes(const YAML::Node& root) {
  for (const auto& pair : root) {
    if (pair.first.IsScalar() && pair.first.Scalar() == "nodes") continue;
    throw Mistake{pair.first.Mark(), "unknown field; a scenario has nodes only"};
  }
  const YAML::Node list = root["nodes"];
  if (!list.IsSequence()) Wrong(list, "nodes", "a list of {name, count, gpus, split}");
  std::vector<scheduler::NodeObservation> nodes;
  std::set<std::string> names;
  for (const YAML::Node& entry : list) {
    const Kind kind = ReadKind(entry);
    for (int64_t i = 0; i < kind.count.value_or(1); ++i) {
      const std::string name = kind.count.has_value() ? absl::StrCat(kind.name, "-", i) : kind.name;
      if (!names.insert(name).second) {
        throw Mistake{entry.Mark(), absl::StrCat("name: node \"", name, "\" comes twice")};
      }
      if (names.size() > static_cast<size_t>(kNodesMax)) {
        throw Mistake{entry.Mark(), absl::StrCat("count: more than ", kNodesMax, " nodes")};
      }
      nodes.push_back(MakeNode(kind, name));
    }
  }
  return nodes;
}

}  // namespace

bool IsScenario(const std::string& text) {
  try {
    const YAML::Node root = YAML::Load(text);
    return root.IsMap() && root["nodes"].IsDefined() && !root["kind"].IsDefined();
  } catch (const YAML::Exception&) {
    return false;
  }
}

absl::StatusOr<std::vector<scheduler::NodeObservation>> ParseScenario(const std::string& text,
                                                                      std::string_view path) {
  const auto wrong = [path](const YAML::Mark& mark, const std::string& what) {
    return absl::InvalidArgumentError(
        absl::StrCat(model::ToAbsl(path), ":", mark.line + 1, ":", mark.column + 1, ": ", what));
  };
  try {
    return ReadNodes(YAML::Load(text));
  } catch (const Mistake& mistake) {
    return wrong(mistake.mark, mistake.what);
  } catch (const YAML::Exception& error) {
    return wrong(error.mark, error.msg);
  }
}

}  // namespace tangram::api::standalone
