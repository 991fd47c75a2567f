// The command version.
#include <chrono>
#include <cstdio>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/commands.h"
#include "api/cli/exit_code.h"
#include "api/cli/http_client.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

// Shorter than the kubelet's patience with a probe.
constexpr std::chrono::seconds kDeadline{4};

absl::StatusOr<std::string> Ask(const std::string& url) {
  const auto client = HttpClient::Create(url);
  if (!client.ok()) return client.status();
  const auto reply = (*client)->Call("GET", "/version", "", kDeadline);
  if (!reply.ok()) return reply.status();
  const auto body = nlohmann::json::parse(reply->body, nullptr, /*allow_exceptions=*/false);
  const auto version = body.find("version");
  const bool known =
      reply->status == 200 && body.is_object() && version != body.end() && version->is_string();
  if (known) return version->get<std::string>();
  return absl::UnavailableError(absl::StrCat(url, " answers GET /version with status ",
                                             reply->status, ": it is no server of Tangram's"));
}

}  // namespace

std::string_view Version() { return TANGRAM_VERSION; }

int RunVersion(const VersionCommand& command) {
  std::string version = TANGRAM_VERSION;
  if (!command.url.empty()) {
    absl::StatusOr<std::string> asked = Ask(command.url);
    if (!asked.ok()) {
      std::fprintf(stderr, "tangram version: %s\n", std::string(asked.status().message()).c_str());
      return kExitUsage;
    }
    version = *std::move(asked);
  }
  const bool json = command.output == OutputForm::kJson;
  std::printf(json ? "{\"version\":\"%s\"}\n" : "tangram %s\n", version.c_str());
  return kExitOk;
}

}  // namespace tangram::api::cli
