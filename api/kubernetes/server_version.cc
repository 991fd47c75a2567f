#include "api/kubernetes/server_version.h"

#include <charconv>

#include "absl/strings/str_cat.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::kubernetes {
namespace {

using Json = nlohmann::json;

// The digits at the beginning of `text`, and what follows them in `rest`. -1 when there are none.
int LeadingNumber(std::string_view text, std::string_view* rest) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < 0) return -1;
  *rest = text.substr(static_cast<std::size_t>(end - text.data()));
  return number;
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

}  // namespace

absl::StatusOr<ServerVersion> ParseServerVersion(std::string_view body) {
  const Json json = Json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object())
    return absl::InvalidArgumentError("/version: the answer is no JSON object");
  ServerVersion out;
  out.git_version = Text(json, "gitVersion");
  const std::string major = Text(json, "major");
  const std::string minor = Text(json, "minor");
  std::string_view rest;
  out.major = LeadingNumber(major, &rest);
  out.minor = LeadingNumber(minor, &rest);
  if (out.major >= 0 && out.minor >= 0) return out;
  std::string_view git = out.git_version;
  if (git.starts_with('v')) git.remove_prefix(1);
  out.major = LeadingNumber(git, &rest);
  out.minor = out.major >= 0 && rest.starts_with('.') ? LeadingNumber(rest.substr(1), &rest) : -1;
  if (out.major >= 0 && out.minor >= 0) return out;
  return absl::InvalidArgumentError(absl::StrCat("/version: major \"", major, "\", minor \"", minor,
                                                 "\", gitVersion \"", out.git_version,
                                                 "\" name no version such as 1.36"));
}

absl::Status CheckSupported(const ServerVersion& version) {
  if (version.major > kMajorMin || (version.major == kMajorMin && version.minor >= kMinorMin)) {
    return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat("the API server is Kubernetes ", version.major, ".", version.minor, " (",
                   version.git_version, "); at least ", kMajorMin, ".", kMinorMin, " is needed"));
}

absl::StatusOr<ServerVersion> GetServerVersion(RestClient& client, const CallOptions& options) {
  const Reply reply = client.Get("/version", options);
  if (!reply.ok()) return ToStatus(reply, "GET /version");
  return ParseServerVersion(reply.body);
}

}  // namespace tangram::api::kubernetes
