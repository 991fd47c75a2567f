#include "api/cli/simulate/report_diff.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;

// What two runs of the same thing differ in.
constexpr std::array<std::string_view, 3> kMeasured = {"elapsed_seconds", "decisions_per_second",
                                                       "peak_rss_bytes"};
constexpr std::array<std::string_view, 2> kSchemas = {"tangram.dev/simulation-run/v1",
                                                      "tangram.dev/simulation-compare/v1"};
// What a member of a list is of.
constexpr std::array<const char*, 4> kIdentity = {"list", "policy", "seed", "name"};

bool IsCurve(const json& value) {
  if (!value.is_object() || value.empty()) return false;
  return std::all_of(value.items().begin(), value.items().end(), [](const auto& item) {
    return item.value().is_number() &&
           item.key().find_first_not_of("0123456789") == std::string::npos;
  });
}

// "default,fgd,42"; empty for what is no object or says nothing of itself.
std::string IdentityOf(const json& value) {
  if (!value.is_object()) return "";
  std::vector<std::string> parts;
  for (const char* key : kIdentity) {
    const auto found = value.find(key);
    if (found == value.end()) continue;
    if (found->is_null()) parts.emplace_back("all");
    if (found->is_string()) parts.push_back(found->get<std::string>());
    if (found->is_number()) parts.push_back(found->dump());
  }
  return absl::StrJoin(parts, ",");
}

class Differ {
 public:
  std::vector<ReportChange> changes;

  void Walk(const std::string& path, const json& left, const json& right) {
    if (left == right) return;
    if (IsCurve(left) && IsCurve(right)) return Curves(path, left, right);
    if (left.is_object() && right.is_object()) return Objects(path, left, right);
    if (left.is_array() && right.is_array()) {
      const auto one = ByIdentity(left), other = ByIdentity(right);
      if (one.has_value() && other.has_value()) return Members(path, *one, *other);
    }
    changes.push_back({path, left, right});
  }

 private:
  using ByName = std::map<std::string, const json*>;

  static std::optional<ByName> ByIdentity(const json& list) {
    ByName members;
    for (const json& member : list) {
      const std::string name = IdentityOf(member);
      if (name.empty() || !members.emplace(name, &member).second) return std::nullopt;
    }
    return members;
  }

  void Objects(const std::string& path, const json& left, const json& right) {
    ByName one, other;
    const auto fill = [](const json& object, ByName* members) {
      for (const auto& [key, value] : object.items()) {
        if (std::find(kMeasured.begin(), kMeasured.end(), key) != kMeasured.end()) continue;
        members->emplace(key, &value);
      }
    };
    fill(left, &one);
    fill(right, &other);
    Members(path, one, other);
  }

  void Members(const std::string& path, const ByName& left, const ByName& right) {
    static const json kNone = nullptr;
    ByName all = left;
    all.insert(right.begin(), right.end());
    for (const auto& [name, ignored] : all) {
      const auto one = left.find(name), other = right.find(name);
      Walk(path.empty() ? name : absl::StrCat(path, "[", name, "]"),
           one == left.end() ? kNone : *one->second, other == right.end() ? kNone : *other->second);
    }
  }

  // A curve that differs does so at many places; the largest tells.
  void Curves(const std::string& path, const json& left, const json& right) {
    std::string where;
    double most = 0;
    for (const auto& [x, value] : left.items()) {
      const auto other = right.find(x);
      if (other == right.end()) continue;
      const double distance = std::abs(value.get<double>() - other->get<double>());
      if (distance <= most) continue;
      most = distance;
      where = x;
    }
    if (!where.empty()) {
      changes.push_back({absl::StrCat(path, "@", where), left.at(where), right.at(where)});
    }
    if (left.size() != right.size()) {
      changes.push_back({absl::StrCat(path, " (length)"), left.size(), right.size()});
    }
  }
};

std::string SchemaOf(const json& report) {
  if (!report.is_object()) return "";
  const auto found = report.find("schema");
  return found != report.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

absl::StatusOr<std::vector<ReportChange>> DiffReports(const json& left, const json& right) {
  for (const json* report : {&left, &right}) {
    const std::string schema = SchemaOf(*report);
    if (std::find(kSchemas.begin(), kSchemas.end(), schema) != kSchemas.end()) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        report == &left ? "the first" : "the second", " has the schema \"", schema, "\"; must be ",
        model::ToAbsl(kSchemas[0]), " or ", model::ToAbsl(kSchemas[1])));
  }
  if (SchemaOf(left) != SchemaOf(right)) {
    return absl::InvalidArgumentError("one is of a run and the other of a comparison");
  }
  Differ differ;
  differ.Walk("", left, right);
  return std::move(differ.changes);
}

}  // namespace tangram::api::cli::simulate
