#include "api/dialects/core/node_rules.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/json_reader.h"
#include "model/quantity.h"
#include "model/string_map.h"

namespace tangram::api::core {
namespace {

using hami::ForEachElement;
using hami::ForEachField;
using hami::JsonPath;
using hami::ReadString;
using scheduler::whatif::NodeBars;
using Value = simdjson::ondemand::value;

// The taints that Kubernetes makes of what a node says of itself.
const Taint kCordoned{"node.kubernetes.io/unschedulable", "", "NoSchedule"};
const Taint kNotReady{"node.kubernetes.io/not-ready", "", "NoSchedule"};

// Of our own vendors the books are kept elsewhere, of these Kubernetes keeps them.
bool IsOther(std::string_view name) {
  constexpr std::array<std::string_view, 6> kKnown = {"nvidia.com/", "amd.com/", "gpu.intel.com/",
                                                      "intel.com/",  "hami.io/", "kubernetes.io/"};
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos || slash == 0) return false;
  if (name.substr(0, slash).ends_with(".kubernetes.io")) return false;
  return std::none_of(kKnown.begin(), kKnown.end(),
                      [name](std::string_view prefix) { return name.starts_with(prefix); });
}

absl::Status ReadTexts(Value value, const JsonPath& path, std::map<std::string, std::string>& out) {
  const auto visit = [&out](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    std::string_view text;
    TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, text));
    out[std::string(key)] = std::string(text);
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

// Keeps the text where the key is one of those looked for.
using Wanted = std::pair<std::string_view, std::string*>;
absl::Status ReadMembers(Value value, const JsonPath& path, std::initializer_list<Wanted> wanted) {
  const auto visit = [&wanted](std::string_view key, Value field,
                               const JsonPath& at) -> absl::Status {
    for (const auto& [name, into] : wanted) {
      if (name != key) continue;
      std::string_view text;
      TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, text));
      *into = std::string(text);
    }
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

// Counts of others' resources; what is no amount counts as none of it.
absl::Status ReadOthers(Value value, const JsonPath& path, OtherResources& out) {
  const auto visit = [&out](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (!IsOther(key)) return absl::OkStatus();
    std::string_view text;
    TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadQuantityText(field, at, text));
    const auto quantity = model::ParseQuantity(model::ToAbsl(text));
    out[std::string(key)] = quantity.ok() ? quantity->value : 0;
    return absl::OkStatus();
  };
  return ForEachField(value, path, visit);
}

std::string TaintText(const Taint& taint) {
  return absl::StrCat(taint.key, taint.value.empty() ? "" : "=", taint.value, ":", taint.effect);
}

// A whole number as Kubernetes reads the operands of Gt and Lt.
std::optional<int64_t> WholeNumber(const std::string& text) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

absl::StatusOr<NodeFacts> ReadNodeFacts(std::string_view json) {
  NodeFacts facts;
  const auto metadata = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
    if (key == "labels") return ReadTexts(field, at, facts.labels);
    if (key != "name") return absl::OkStatus();
    std::string_view name;
    TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, name));
    facts.name = std::string(name);
    return absl::OkStatus();
  };
  const auto taint = [&](Value one, const JsonPath& at) {
    Taint& read = facts.taints.emplace_back();
    return ReadMembers(one, at,
                       {{"key", &read.key}, {"value", &read.value}, {"effect", &read.effect}});
  };
  const auto condition = [&](Value one, const JsonPath& at) -> absl::Status {
    std::string type, status;
    TANGRAM_JSON_RETURN_IF_ERROR(ReadMembers(one, at, {{"type", &type}, {"status", &status}}));
    if (type == "Ready") facts.not_ready = status != "True";
    return absl::OkStatus();
  };
  const auto spec = [&](std::string_view key, Value field, const JsonPath& at) {
    if (key == "taints") return ForEachElement(field, at, taint);
    return key == "unschedulable" ? hami::ReadBool(field, at, facts.cordoned) : absl::OkStatus();
  };
  const auto status = [&](std::string_view key, Value field, const JsonPath& at) {
    if (key == "conditions") return ForEachElement(field, at, condition);
    return key == "allocatable" ? ReadOthers(field, at, facts.allocatable) : absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value field, const JsonPath& at) {
    if (key == "metadata") return ForEachField(field, at, metadata);
    if (key == "spec") return ForEachField(field, at, spec);
    return key == "status" ? ForEachField(field, at, status) : absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, JsonPath("Node"), visit));
  return facts;
}

// Walks a Pod into rules.
class NodeRulesReader {
 public:
  absl::Status Read(std::string_view json) {
    const auto visit = [this](std::string_view key, Value field, const JsonPath& at) {
      const auto inside = [this](std::string_view name, Value value, const JsonPath& where) {
        return Spec(name, value, where);
      };
      return key == "spec" ? ForEachField(field, at, inside) : absl::OkStatus();
    };
    TANGRAM_JSON_RETURN_IF_ERROR(hami::WalkObject(json, JsonPath("Pod"), visit));
    for (const auto& [name, count] : running_) rules_.asked_[name] += count;
    for (const auto& [name, count] : init_) {
      rules_.asked_[name] = std::max(rules_.asked_[name], count);
    }
    std::erase_if(rules_.asked_, [](const auto& asked) { return asked.second <= 0; });
    return absl::OkStatus();
  }
  NodeRules Take() && { return std::move(rules_); }

 private:
  absl::Status Spec(std::string_view key, Value field, const JsonPath& at) {
    if (key == "nodeSelector") return ReadTexts(field, at, rules_.selector_);
    if (key == "tolerations") {
      return ForEachElement(
          field, at, [this](Value one, const JsonPath& where) { return Toleration(one, where); });
    }
    if (key == "affinity") return Affinity(field, at);
    const bool init = key == "initContainers";
    if (!init && key != "containers") return absl::OkStatus();
    return ForEachElement(field, at, [this, init](Value one, const JsonPath& where) {
      return Container(one, where, init);
    });
  }

  absl::Status Toleration(Value value, const JsonPath& path) {
    NodeRules::Toleration& read = rules_.tolerations_.emplace_back();
    std::string op;
    TANGRAM_JSON_RETURN_IF_ERROR(ReadMembers(
        value, path,
        {{"key", &read.key}, {"operator", &op}, {"value", &read.value}, {"effect", &read.effect}}));
    read.exists = op == "Exists";
    return absl::OkStatus();
  }

  // spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms.
  absl::Status Affinity(Value value, const JsonPath& path) {
    const auto terms = [this](std::string_view key, Value field, const JsonPath& at) {
      if (key != "nodeSelectorTerms") return absl::OkStatus();
      return ForEachElement(
          field, at, [this](Value one, const JsonPath& where) { return OneTerm(one, where); });
    };
    const auto node = [this, &terms](std::string_view key, Value field, const JsonPath& at) {
      if (key != "requiredDuringSchedulingIgnoredDuringExecution") return absl::OkStatus();
      rules_.has_affinity_ = true;
      return ForEachField(field, at, terms);
    };
    const auto visit = [&node](std::string_view key, Value field, const JsonPath& at) {
      return key == "nodeAffinity" ? ForEachField(field, at, node) : absl::OkStatus();
    };
    return ForEachField(value, path, visit);
  }

  absl::Status OneTerm(Value value, const JsonPath& path) {
    NodeRules::Term& term = rules_.terms_.emplace_back();
    const auto visit = [&term](std::string_view key, Value field, const JsonPath& at) {
      const bool labels = key == "matchExpressions";
      if (!labels && key != "matchFields") return absl::OkStatus();
      return ForEachElement(field, at, [&](Value one, const JsonPath& where) {
        return OneRequirement(one, where, labels ? term.labels : term.fields);
      });
    };
    return ForEachField(value, path, visit);
  }

  static absl::Status OneRequirement(Value value, const JsonPath& path,
                                     std::vector<NodeRules::Requirement>& into) {
    NodeRules::Requirement& read = into.emplace_back();
    const auto text = [&read](Value one, const JsonPath& at) -> absl::Status {
      std::string_view found;
      TANGRAM_JSON_RETURN_IF_ERROR(ReadString(one, at, found));
      read.values.emplace_back(found);
      return absl::OkStatus();
    };
    const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
      if (key == "values") return ForEachElement(field, at, text);
      if (key != "key" && key != "operator") return absl::OkStatus();
      std::string_view found;
      TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, found));
      (key == "key" ? read.key : read.op) = std::string(found);
      return absl::OkStatus();
    };
    TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(value, path, visit));
    constexpr std::array<std::string_view, 6> kOperators = {"In",           "NotIn", "Exists",
                                                            "DoesNotExist", "Gt",    "Lt"};
    if (std::find(kOperators.begin(), kOperators.end(), read.op) != kOperators.end()) {
      return absl::OkStatus();
    }
    return hami::WrongValue(JsonPath(path, "operator"), "In, NotIn, Exists, DoesNotExist, Gt or Lt",
                            read.op);
  }

  absl::Status Container(Value value, const JsonPath& path, bool init) {
    OtherResources requests, limits;
    const auto resources = [&](std::string_view key, Value field, const JsonPath& at) {
      if (key == "limits") return ReadOthers(field, at, limits);
      return key == "requests" ? ReadOthers(field, at, requests) : absl::OkStatus();
    };
    bool sidecar = false;
    const auto visit = [&](std::string_view key, Value field, const JsonPath& at) -> absl::Status {
      if (key == "resources") return ForEachField(field, at, resources);
      if (key != "restartPolicy") return absl::OkStatus();
      std::string_view policy;
      TANGRAM_JSON_RETURN_IF_ERROR(ReadString(field, at, policy));
      sidecar = policy == "Always";
      return absl::OkStatus();
    };
    TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(value, path, visit));
    limits.insert(requests.begin(), requests.end());
    for (const auto& [name, count] : limits) {
      if (init && !sidecar) {
        init_[name] = std::max(init_[name], count);
      } else {
        running_[name] += count;
      }
    }
    return absl::OkStatus();
  }

  NodeRules rules_;
  OtherResources running_, init_;
};

absl::StatusOr<NodeRules> NodeRules::Read(std::string_view json) {
  NodeRulesReader reader;
  TANGRAM_JSON_RETURN_IF_ERROR(reader.Read(json));
  return std::move(reader).Take();
}

bool NodeRules::Toleration::Of(const Taint& taint) const {
  if (!effect.empty() && effect != taint.effect) return false;
  if (key.empty()) return exists;
  return key == taint.key && (exists || value == taint.value);
}

bool NodeRules::Tolerates(const Taint& taint) const {
  return std::any_of(tolerations_.begin(), tolerations_.end(),
                     [&taint](const Toleration& one) { return one.Of(taint); });
}

bool NodeRules::Requirement::Holds(const std::string* label) const {
  const auto among = [&] {
    return std::find(values.begin(), values.end(), *label) != values.end();
  };
  if (op == "Exists") return label != nullptr;
  if (op == "DoesNotExist") return label == nullptr;
  if (op == "NotIn") return label == nullptr || !among();
  if (label == nullptr) return false;
  if (op == "In") return among();
  const auto have = WholeNumber(*label);
  const auto bound = values.size() == 1 ? WholeNumber(values.front()) : std::nullopt;
  if (!have || !bound) return false;
  return op == "Gt" ? *have > *bound : *have < *bound;
}

bool NodeRules::Term::Holds(const NodeFacts& node) const {
  if (labels.empty() && fields.empty()) return false;
  const auto label = [&node](const Requirement& one) {
    const auto found = node.labels.find(one.key);
    return one.Holds(found == node.labels.end() ? nullptr : &found->second);
  };
  const auto field = [&node](const Requirement& one) {
    return one.Holds(one.key == "metadata.name" ? &node.name : nullptr);
  };
  return std::all_of(labels.begin(), labels.end(), label) &&
         std::all_of(fields.begin(), fields.end(), field);
}

NodeBars NodeRules::On(const NodeFacts& node) const {
  NodeBars bars;
  const auto note = [&bars](const std::string& text) {
    if (bars.note.empty()) bars.note = text;
  };
  bars.cordoned = node.cordoned && !Tolerates(kCordoned);
  bars.not_ready = node.not_ready && !Tolerates(kNotReady);
  for (const Taint& taint : node.taints) {
    const bool refuses = taint.effect == "NoSchedule" || taint.effect == "NoExecute";
    // Said already by what the node is.
    const bool doubled = taint.key == kCordoned.key || taint.key == kNotReady.key;
    if (!refuses || Tolerates(taint)) continue;
    if (doubled && (bars.cordoned || bars.not_ready)) continue;
    bars.tainted = true;
    note(absl::StrCat("taint ", TaintText(taint)));
  }
  for (const auto& [key, value] : selector_) {
    const auto found = node.labels.find(key);
    if (found != node.labels.end() && found->second == value) continue;
    bars.not_selected = true;
    note(absl::StrCat("wants label ", key, "=", value));
  }
  bars.no_affinity = has_affinity_ && std::none_of(terms_.begin(), terms_.end(),
                                                   [&](const Term& t) { return t.Holds(node); });
  for (const auto& [name, count] : asked_) {
    const auto found = node.allocatable.find(name);
    const int64_t offered = found == node.allocatable.end() ? 0 : found->second;
    if (offered >= count) continue;
    bars.not_offered = true;
    note(absl::StrCat("offers ", offered, " ", name, ", wants ", count));
  }
  return bars;
}

NodeBars NodeRules::OnUnknown() const {
  NodeBars bars;
  if (asked_.empty()) return bars;
  bars.not_offered = true;
  const auto& [name, count] = *asked_.begin();
  bars.note = absl::StrCat("offers 0 ", name, ", wants ", count);
  return bars;
}

std::vector<std::string> NodeRules::NeedsLabels() const {
  std::vector<std::string> needs;
  if (!selector_.empty()) needs.emplace_back("nodeSelector");
  if (has_affinity_) needs.emplace_back("required node affinity");
  return needs;
}

}  // namespace tangram::api::core
