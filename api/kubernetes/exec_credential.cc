#include "api/kubernetes/exec_credential.h"

#include <atomic>
#include <cstdlib>
#include <ctime>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::kubernetes {
namespace {

using Json = nlohmann::json;
using model::ToAbsl;

// A credential is replaced a little before its end, so that no request carries one that expires on
// the way.
constexpr std::chrono::seconds kLeeway{10};

absl::StatusOr<std::string> Text(const Json& status, const char* key) {
  const auto found = status.find(key);
  if (found == status.end() || found->is_null()) return std::string();
  if (found->is_string()) return found->get<std::string>();
  return absl::InvalidArgumentError(absl::StrCat("status.", key, " is no string"));
}

class FromPlugin : public CredentialSource {
 public:
  explicit FromPlugin(ExecPlugin plugin) : plugin_(std::move(plugin)) {
    plugin_.process.cancelled = &stopped_;
  }

  absl::StatusOr<std::string> BearerToken(WallTime now) override {
    const SteadyTime began = std::chrono::steady_clock::now();
    std::lock_guard<std::mutex> lock(mutex_);
    if (absl::Status s = Refresh(now, began); !s.ok()) return s;
    return credential_->token;
  }

  absl::StatusOr<ClientCertificate> Certificate(WallTime now) override {
    const SteadyTime began = std::chrono::steady_clock::now();
    std::lock_guard<std::mutex> lock(mutex_);
    if (absl::Status s = Refresh(now, began); !s.ok()) return s;
    return credential_->certificate;
  }

  void Stop() override { stopped_ = true; }

  void Invalidate() override {
    std::lock_guard<std::mutex> lock(mutex_);
    // Several connections get their 401 for the same old token; one new token serves them all.
    if (std::chrono::steady_clock::now() - ran_at_ < std::chrono::seconds(1)) return;
    credential_.reset();
  }

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;

  // The mutex is held while the plugin runs: the others want its answer, not a second run, and its
  // failure as well.
  absl::Status Refresh(WallTime now, SteadyTime began) {
    if (credential_ && (!credential_->expires || now + kLeeway < *credential_->expires)) {
      return absl::OkStatus();
    }
    if (!failure_.ok() && began <= failed_at_) return failure_;
    absl::StatusOr<ExecCredential> fresh = RunPlugin();
    if (!fresh.ok()) {
      failure_ = absl::Status(fresh.status().code(),
                              absl::StrCat(plugin_.origin, ": ", fresh.status().message()));
      failed_at_ = std::chrono::steady_clock::now();
      return failure_;
    }
    credential_ = *std::move(fresh);
    ran_at_ = std::chrono::steady_clock::now();
    return absl::OkStatus();
  }

  absl::StatusOr<ExecCredential> RunPlugin() const {
    ProcessSpec process = plugin_.process;
    Json info = {{"apiVersion", plugin_.api_version},
                 {"kind", "ExecCredential"},
                 {"spec", {{"interactive", false}}}};
    if (!plugin_.cluster_json.empty()) {
      info["spec"]["cluster"] =
          Json::parse(plugin_.cluster_json, nullptr, /*allow_exceptions=*/false);
    }
    process.variables.emplace_back("KUBERNETES_EXEC_INFO",
                                   info.dump(-1, ' ', false, Json::error_handler_t::replace));
    absl::StatusOr<ProcessResult> result = RunProcess(process);
    if (absl::IsNotFound(result.status()) && !plugin_.install_hint.empty()) {
      return absl::NotFoundError(
          absl::StrCat(result.status().message(), "; hint: ", plugin_.install_hint));
    }
    if (!result.ok()) return result.status();
    if (result->exit_code != 0) {
      return absl::FailedPreconditionError(
          absl::StrCat("\"", process.program, "\" ended with exit code ", result->exit_code, ": ",
                       absl::StripAsciiWhitespace(result->errors)));
    }
    return ParseExecCredential(result->output, plugin_.api_version);
  }

  ExecPlugin plugin_;  // constant after construction
  std::atomic<bool> stopped_{false};
  std::mutex mutex_;
  std::optional<ExecCredential> credential_;
  SteadyTime ran_at_;
  absl::Status failure_;  // the last one
  SteadyTime failed_at_;
};

}  // namespace

absl::StatusOr<WallTime> ParseRfc3339(std::string_view text) {
  const std::string copy(text);
  std::tm parts{};
  const char* rest = ::strptime(copy.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  const auto bad = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", copy, "\" is no time; allowed: 2006-01-02T15:04:05Z"));
  };
  if (rest == nullptr) return bad();
  if (*rest == '.') {
    do ++rest;
    while (absl::ascii_isdigit(static_cast<unsigned char>(*rest)));
  }
  std::tm offset{};
  int64_t offset_seconds = 0;
  if (*rest == '+' || *rest == '-') {
    const int sign = *rest == '+' ? 1 : -1;
    rest = ::strptime(rest + 1, "%H:%M", &offset);
    if (rest == nullptr || *rest != '\0') return bad();
    offset_seconds = sign * (offset.tm_hour * 3600 + offset.tm_min * 60);
  } else if (std::string_view(rest) != "Z") {
    return bad();
  }
  return std::chrono::system_clock::from_time_t(::timegm(&parts) - offset_seconds);
}

absl::StatusOr<ExecCredential> ParseExecCredential(std::string_view output,
                                                   std::string_view api_version) {
  const auto bad = [](std::string_view what) {
    return absl::InvalidArgumentError(absl::StrCat("exec credential: ", ToAbsl(what)));
  };
  const Json json = Json::parse(output.begin(), output.end(), nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return bad("the output is no JSON object");
  if (json.value("kind", Json()) != "ExecCredential") return bad("kind is not ExecCredential");
  if (json.value("apiVersion", Json()) != std::string(api_version)) {
    return bad(absl::StrCat("apiVersion is not ", ToAbsl(api_version)));
  }
  const auto status = json.find("status");
  if (status == json.end() || !status->is_object()) return bad("status is missing");
  std::string fields[4];
  const char* const names[4] = {"token", "clientCertificateData", "clientKeyData",
                                "expirationTimestamp"};
  for (int i = 0; i < 4; ++i) {
    absl::StatusOr<std::string> text = Text(*status, names[i]);
    if (!text.ok()) return text.status();
    fields[i] = *std::move(text);
  }
  if (fields[0].empty() && fields[1].empty()) {
    return bad("status has neither token nor clientCertificateData");
  }
  if (fields[1].empty() != fields[2].empty()) {
    return bad("status has only one of clientCertificateData and clientKeyData");
  }
  ExecCredential out;
  absl::StatusOr<std::string> token = CheckToken(fields[0], "exec credential: status.token");
  if (!token.ok()) return token.status();
  out.token = *std::move(token);
  out.certificate = {std::move(fields[1]), std::move(fields[2])};
  if (!fields[3].empty()) {
    absl::StatusOr<WallTime> expires = ParseRfc3339(fields[3]);
    if (!expires.ok()) {
      return bad(absl::StrCat("status.expirationTimestamp: ", expires.status().message()));
    }
    out.expires = *expires;
  }
  return out;
}

std::shared_ptr<CredentialSource> MakeExecCredentials(ExecPlugin plugin) {
  return std::make_shared<FromPlugin>(std::move(plugin));
}

}  // namespace tangram::api::kubernetes
