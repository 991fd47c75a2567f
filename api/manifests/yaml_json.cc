#include "api/manifests/yaml_json.h"

#include <utility>

#include "absl/status/status.h"
#include "api/manifests/documents.h"

namespace tangram::api::manifests {

using nlohmann::json;

absl::StatusOr<std::vector<json>> ParseDocuments(const std::string& text, std::string_view path) {
  std::vector<json> documents;
  const auto add = [&](const Document& document) -> absl::Status {
    json value = json::parse(document.json.begin(), document.json.end(), nullptr, false);
    if (value.is_discarded()) {
      return JsonError(path, document.json, document.line, "no JSON value");
    }
    documents.push_back(std::move(value));
    return absl::OkStatus();
  };
  if (absl::Status status = ForEachDocument(text, path, {}, add); !status.ok()) return status;
  return documents;
}

}  // namespace tangram::api::manifests
