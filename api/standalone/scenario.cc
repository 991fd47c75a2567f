// See scenario.h. yaml-cpp throws; nothing thrown leaves this file.
#include "api/standalone/scenario.h"

#include <cstdint>
#include <optional>
#include <set>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "api/manifests/utf8.h"
#include "api/standalone/identities.h"
#include "api/standalone/node_shape.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "yaml-cpp/yaml.h"

namespace tangram::api::standalone {
namespace {

constexpr int64_t kNodesMax = 100'000;
constexpr char kNodeFields[] =
    "name, count, gpus, split, cpu, memory, stack, replicas, sharing, mig, state";

// A mistake at a place; caught by ParseScenario.
struct Mistake {
  YAML::Mark mark;
  std::string what;
};

struct Kind {
  std::string name;
  std::optional<int64_t> count;
  NodeShape shape;
};

[[noreturn]] void Wrong(const YAML::Node& node, std::string_view field, std::string_view allowed) {
  const std::string value = node.IsScalar() ? model::Shown(node.Scalar()) : "(no single value)";
  throw Mistake{node.Mark(), absl::StrCat(model::ToAbsl(field), ": ", value,
                                          " is not allowed; give ", model::ToAbsl(allowed))};
}

int64_t Number(const YAML::Node& node, std::string_view field, int64_t most) {
  int64_t number = 0;
  if (!node.IsScalar() || !absl::SimpleAtoi(node.Scalar(), &number) || number < 1 ||
      number > most) {
    Wrong(node, field, absl::StrCat("a whole number from 1 to ", most));
  }
  return number;
}

using ReadField = absl::Status (*)(std::string_view, NodeShape&);

struct Field {
  std::string_view key;
  ReadField read;
};

constexpr Field kFields[] = {
    {"gpus", ReadGpus},       {"split", ReadSplit}, {"cpu", ReadCpu},
    {"memory", ReadMemory},   {"stack", ReadStack}, {"replicas", ReadReplicas},
    {"sharing", ReadSharing}, {"mig", ReadMig},     {"state", ReadMigState}};

// Reads a field of the shape; false when it is none.
bool ReadShapeField(const std::string& key, const YAML::Node& node, NodeShape& shape) {
  for (const Field& field : kFields) {
    if (key != field.key) continue;
    if (!node.IsScalar()) Wrong(node, key, "a single value");
    if (const absl::Status status = field.read(node.Scalar(), shape); !status.ok()) {
      throw Mistake{node.Mark(), std::string(status.message())};
    }
    return true;
  }
  return false;
}

// `index` is that of the entry in the list.
Kind ReadKind(const YAML::Node& node, size_t index) {
  if (!node.IsMap()) Wrong(node, "nodes", absl::StrCat("a list of {", kNodeFields, "}"));
  Kind kind;
  for (const auto& pair : node) {
    const std::string key = pair.first.IsScalar() ? pair.first.Scalar() : "";
    if (key == "name") {
      if (!pair.second.IsScalar() || !IsNodeName(pair.second.Scalar()) ||
          pair.second.Scalar().size() > 240) {
        Wrong(pair.second, absl::StrCat("nodes[", index, "].name"),
              "a DNS name, as nodes have: lower-case letters, digits, '-' and '.', up to 240");
      }
      kind.name = pair.second.Scalar();
    } else if (key == "count") {
      kind.count = Number(pair.second, "count", kNodesMax);
    } else if (!ReadShapeField(key, pair.second, kind.shape)) {
      throw Mistake{pair.first.Mark(), absl::StrCat("unknown field ", model::Shown(key),
                                                    "; allowed are ", kNodeFields)};
    }
  }
  if (kind.name.empty()) throw Mistake{node.Mark(), "name: missing"};
  if (kind.shape.cards == 0) throw Mistake{node.Mark(), "gpus: missing"};
  if (const absl::Status status = CheckShape(kind.shape); !status.ok()) {
    throw Mistake{node.Mark(), std::string(status.message())};
  }
  return kind;
}

std::vector<scheduler::NodeObservation> ReadNodes(const YAML::Node& root) {
  for (const auto& pair : root) {
    if (pair.first.IsScalar() && pair.first.Scalar() == "nodes") continue;
    throw Mistake{pair.first.Mark(), "unknown field; a scenario has nodes only"};
  }
  const YAML::Node list = root["nodes"];
  if (!list.IsSequence()) Wrong(list, "nodes", absl::StrCat("a list of {", kNodeFields, "}"));
  std::vector<scheduler::NodeObservation> nodes;
  std::set<std::string> names;
  size_t index = 0;
  for (const YAML::Node& entry : list) {
    const Kind kind = ReadKind(entry, index++);
    for (int64_t i = 0; i < kind.count.value_or(1); ++i) {
      const std::string name = kind.count.has_value() ? absl::StrCat(kind.name, "-", i) : kind.name;
      if (!names.insert(name).second) {
        throw Mistake{entry.Mark(), absl::StrCat("name: node \"", name, "\" comes twice")};
      }
      if (names.size() > static_cast<size_t>(kNodesMax)) {
        throw Mistake{entry.Mark(), absl::StrCat("count: more than ", kNodesMax, " nodes")};
      }
      nodes.push_back(MakeNode(kind.shape, name));
    }
  }
  return nodes;
}

}  // namespace

absl::StatusOr<std::vector<scheduler::NodeObservation>> ParseScenario(const std::string& text,
                                                                      std::string_view path) {
  const auto wrong = [path](const YAML::Mark& mark, const std::string& what) {
    return absl::InvalidArgumentError(
        absl::StrCat(model::ToAbsl(path), ":", mark.line + 1, ":", mark.column + 1, ": ", what));
  };
  std::string readable = text;
  manifests::MakeUtf8(readable);
  try {
    return ReadNodes(YAML::Load(readable));
  } catch (const Mistake& mistake) {
    return wrong(mistake.mark, mistake.what);
  } catch (const YAML::Exception& error) {
    return wrong(error.mark, error.msg);
  }
}

}  // namespace tangram::api::standalone
