// Lays flags, environment, file and defaults over one another.
#include <algorithm>
#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/config_file.h"
#include "api/cli/serve_options.h"
#include "api/telemetry/json_text.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

using model::ToAbsl;

constexpr std::string_view kPrefix = "TANGRAM_";
// Set by the tests' harness and the scripts, for themselves.
constexpr std::array<std::string_view, 2> kForeign = {"TANGRAM_BINARY", "TANGRAM_DATA_DIR"};
// A variable this few slips away from an option's name was meant to be it.
constexpr size_t kSlips = 2;

// TANGRAM_SERVICE_HOST, TANGRAM_SERVICE_PORT[_NAME], TANGRAM_PORT, TANGRAM_PORT_9440_TCP[_ADDR
// ...]: what the kubelet sets for a Service named "tangram", and with more words before for
// "tangram-...".
bool IsServiceVariable(std::string_view name) {
  return name.ends_with("_SERVICE_HOST") || name.find("_SERVICE_PORT") != std::string_view::npos ||
         name.ends_with("_PORT") ||
         (name.find("_PORT_") != std::string_view::npos &&
          (name.find("_TCP") != std::string_view::npos ||
           name.find("_UDP") != std::string_view::npos));
}

std::vector<std::string_view> KnownKeys() {
  std::vector<std::string_view> keys;
  for (const OptionRow& row : ServeOptionTable()) {
    if (row.name != "config") keys.push_back(row.name);
  }
  return keys;
}

// What an unknown variable deserves: an error, a warning (added to `warnings`), or nothing.
absl::Status JudgeUnknown(const std::string& name, std::span<const std::string> known,
                          std::vector<std::string>& warnings) {
  if (IsServiceVariable(name)) return absl::OkStatus();
  if (std::find(kForeign.begin(), kForeign.end(), name) != kForeign.end()) return absl::OkStatus();
  const std::vector<std::string_view> views(known.begin(), known.end());
  const std::string_view nearest = NearestWord(name, views);
  const std::string text =
      absl::StrCat("unknown environment variable ", name, DidYouMean(name, views));
  if (!nearest.empty() && EditDistance(name, nearest) <= kSlips) {
    return absl::InvalidArgumentError(text);
  }
  warnings.push_back(text);
  return absl::OkStatus();
}

// The variables that name an option, by option name.
absl::StatusOr<Settings> ReadEnvironment(const Layers& layers, std::vector<std::string>& warnings) {
  std::vector<std::string> known;
  for (const OptionRow& row : ServeOptionTable()) known.push_back(EnvironmentName(row.name));
  auto variables = layers.environment;
  std::sort(variables.begin(), variables.end());
  Settings settings;
  for (const auto& [name, value] : variables) {
    if (name.substr(0, kPrefix.size()) != kPrefix || value.empty()) continue;
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      if (auto status = JudgeUnknown(name, known, warnings); !status.ok()) return status;
      continue;
    }
    const auto& row = ServeOptionTable()[static_cast<size_t>(found - known.begin())];
    settings[std::string(row.name)] = {value, name};
  }
  return settings;
}

// A YAML scalar that reads back as `text` whatever is in it.
std::string Quoted(std::string_view text) {
  std::string quoted;
  telemetry::AppendJsonString(text, quoted);
  return quoted;
}

}  // namespace

absl::StatusOr<ResolvedSettings> ResolveSettings(const Layers& layers) {
  ResolvedSettings resolved;
  Settings& settings = resolved.settings;
  for (const auto& [name, value] : layers.flags) settings[name] = {value, absl::StrCat("--", name)};

  absl::StatusOr<Settings> environment = ReadEnvironment(layers, resolved.warnings);
  if (!environment.ok()) return environment.status();
  settings.merge(*environment);

  if (const auto config = settings.find("config"); config != settings.end()) {
    auto entries = ReadConfigFile(config->second.value, KnownKeys());
    if (!entries.ok()) return entries.status();
    for (ConfigEntry& entry : *entries) {
      const std::string source = absl::StrCat(config->second.value, ":", entry.line);
      settings.try_emplace(entry.key, Setting{std::move(entry.value), source});
    }
  }
  for (const OptionRow& row : ServeOptionTable()) {
    settings.try_emplace(std::string(row.name), Setting{std::string(row.default_value), "default"});
  }
  return resolved;
}

std::string PrintSettings(const Settings& settings) {
  std::string text;
  for (const OptionRow& row : ServeOptionTable()) {
    const auto found = settings.find(row.name);
    if (found == settings.end() || found->second.value.empty() || row.name == "config") continue;
    absl::StrAppend(&text, ToAbsl(row.name), ": ", Quoted(found->second.value), "  # ",
                    found->second.source, "\n");
  }
  return text;
}

}  // namespace tangram::api::cli
