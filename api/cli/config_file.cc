// See config_file.h. yaml-cpp throws; nothing thrown leaves this file.
#include "api/cli/config_file.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/values.h"
#include "api/manifests/files.h"
#include "model/string_map.h"
#include "yaml-cpp/yaml.h"

namespace tangram::api::cli {
namespace {

using model::ToAbsl;

constexpr size_t kConfigBytesMax = 1 << 20;

absl::Status Wrong(std::string_view path, int line, std::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(path), ":", line, ": ", ToAbsl(what)));
}

absl::Status CheckKey(const std::string& key, const std::vector<ConfigEntry>& before,
                      std::string_view path, int line, std::span<const std::string_view> known) {
  if (std::find(known.begin(), known.end(), key) == known.end()) {
    return Wrong(path, line, absl::StrCat("unknown key \"", key, "\"", DidYouMean(key, known)));
  }
  for (const ConfigEntry& entry : before) {
    if (entry.key != key) continue;
    return Wrong(path, line, absl::StrCat("key \"", key, "\" again, it is on line ", entry.line));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ConfigEntry>> Convert(const YAML::Node& root, std::string_view path,
                                                 std::span<const std::string_view> known) {
  std::vector<ConfigEntry> entries;
  if (root.IsNull()) return entries;
  if (!root.IsMap()) return Wrong(path, 1, "is no mapping; write lines such as 'listen: ...'");
  for (const auto& pair : root) {
    const int line = pair.first.Mark().line + 1;
    if (!pair.first.IsScalar()) return Wrong(path, line, "a key must be a word");
    const std::string& key = pair.first.Scalar();
    if (auto status = CheckKey(key, entries, path, line, known); !status.ok()) return status;
    if (!pair.second.IsScalar()) {
      return Wrong(path, line, absl::StrCat("key \"", key, "\" needs one value"));
    }
    entries.push_back({key, pair.second.Scalar(), line});
  }
  return entries;
}

}  // namespace

absl::StatusOr<std::vector<ConfigEntry>> ParseConfig(const std::string& text, std::string_view path,
                                                     std::span<const std::string_view> known) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.empty()) return std::vector<ConfigEntry>();
    if (documents.size() > 1) {
      return Wrong(path, documents[1].Mark().line + 1, "a second document; one is allowed");
    }
    return Convert(documents[0], path, known);
  } catch (const YAML::Exception& error) {
    return Wrong(path, error.mark.line + 1, error.msg);
  }
}

absl::StatusOr<std::vector<ConfigEntry>> ReadConfigFile(const std::string& path,
                                                        std::span<const std::string_view> known) {
  const absl::StatusOr<std::string> text = manifests::ReadFile(path, kConfigBytesMax);
  if (!text.ok()) return text.status();
  return ParseConfig(*text, path, known);
}

}  // namespace tangram::api::cli
