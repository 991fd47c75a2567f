// The command submit: plays kube-scheduler.
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/commands.h"
#include "api/cli/exit_code.h"
#include "api/cli/extender_client.h"
#include "api/cli/http_client.h"
#include "api/cli/pod_manifests.h"
#include "api/cli/submission.h"
#include "api/manifests/gzip.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

using nlohmann::json;

constexpr size_t kManifestBytesMax = size_t{256} << 20;

struct Deletion {
  std::string pod;  // "namespace/name"
  bool done = false;
  std::string error;
};

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "tangram submit: %s\n", std::string(status.message()).c_str());
  return kExitUsage;
}

absl::StatusOr<std::vector<PodManifest>> ReadPods(const std::vector<std::string>& files) {
  std::vector<PodManifest> pods;
  for (const std::string& file : files) {
    const absl::StatusOr<std::string> text = manifests::ReadTextFile(file, kManifestBytesMax);
    if (!text.ok()) return text.status();
    auto parsed = ParsePodManifests(*text, file, RandomUuid);
    if (!parsed.ok()) return parsed.status();
    for (PodManifest& pod : *parsed) pods.push_back(std::move(pod));
  }
  return pods;
}

// The nodes that the server knows, by its own report.
absl::StatusOr<std::vector<std::string>> AskForNodes(HttpClient& http) {
  const absl::StatusOr<HttpReply> reply = http.Call("GET", "/top", "");
  if (!reply.ok()) return reply.status();
  if (reply->status != 200) {
    return absl::FailedPreconditionError(absl::StrCat(
        http.url(), "/top answers HTTP ", reply->status, "; name the nodes with --nodes"));
  }
  try {
    std::vector<std::string> names;
    const json report = json::parse(reply->body);
    for (const json& node : report.at("nodes")) names.push_back(node.at("name").get<std::string>());
    return names;
  } catch (const json::exception&) {
    return absl::FailedPreconditionError(
        absl::StrCat(http.url(), "/top is no report of tangram; name the nodes with --nodes"));
  }
}

absl::StatusOr<Deletion> Delete(HttpClient& http, const std::string& pod) {
  const size_t slash = pod.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == pod.size() ||
      pod.find_first_of("/?#% \t\r\n", slash + 1) != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("--delete \"", pod, "\": allowed: NAMESPACE/NAME"));
  }
  const absl::StatusOr<HttpReply> reply = http.Call("DELETE", "/pods/" + pod, "");
  if (!reply.ok()) return reply.status();
  Deletion result;
  result.pod = pod;
  result.done = reply->status >= 200 && reply->status < 300;
  if (!result.done) {
    const json body = json::parse(reply->body, nullptr, false);
    const bool told = body.is_object() && body.contains("error") && body["error"].is_string();
    result.error = absl::StrCat("HTTP ", reply->status, " ",
                                told ? body["error"].get<std::string>() : reply->body);
  }
  return result;
}

// Prints as the run goes on (table) or at the end (JSON).
class Report {
 public:
  explicit Report(OutputForm form) : form_(form) {}

  void Add(const Deletion& deletion) {
    good_ = good_ && deletion.done;
    if (form_ == OutputForm::kJson) {
      deletions_.push_back(
          {{"pod", deletion.pod}, {"deleted", deletion.done}, {"error", deletion.error}});
      return;
    }
    const std::string text = deletion.done ? "deleted" : "NOT DELETED: " + deletion.error;
    std::printf("%s  %s\n", deletion.pod.c_str(), text.c_str());
  }

  void Add(const Submission& submission) {
    good_ = good_ && submission.bound;
    bound_ += submission.bound ? 1 : 0;
    ++pods_seen_;
    if (form_ == OutputForm::kJson) {
      pods_.push_back(SubmissionToJson(submission));
      return;
    }
    std::fputs(SubmissionToText(submission).c_str(), stdout);
    std::fflush(stdout);
  }

  int Finish() {
    if (form_ == OutputForm::kJson) {
      const json report = {{"pods", pods_}, {"deleted", deletions_}};
      const std::string text = report.dump(2, ' ', false, json::error_handler_t::replace);
      std::printf("%s\n", text.c_str());
    } else if (pods_seen_ > 0) {
      std::printf("%d of %d pods bound\n", bound_, pods_seen_);
    }
    return good_ ? kExitOk : kExitNo;
  }

 private:
  const OutputForm form_;
  bool good_ = true;
  int bound_ = 0;
  int pods_seen_ = 0;
  json pods_ = json::array();
  json deletions_ = json::array();
};

}  // namespace

int RunSubmit(const SubmitCommand& command) {
  const absl::StatusOr<std::vector<PodManifest>> pods = ReadPods(command.files);
  if (!pods.ok()) return Fail(pods.status());
  const auto http = HttpClient::Create(command.url);
  if (!http.ok()) return Fail(http.status());

  for (const std::string& warning : WarningsOf(*pods)) {
    std::fprintf(stderr, "tangram submit: warning: %s\n", warning.c_str());
  }
  Report report(command.output);
  for (const std::string& pod : command.deletions) {
    const absl::StatusOr<Deletion> deletion = Delete(**http, pod);
    if (!deletion.ok()) return Fail(deletion.status());
    report.Add(*deletion);
  }
  if (pods->empty()) return report.Finish();

  std::vector<std::string> nodes = command.nodes;
  if (nodes.empty()) {
    auto known = AskForNodes(**http);
    if (!known.ok()) return Fail(known.status());
    nodes = *std::move(known);
  }
  ExtenderClient extender(**http);
  for (const PodManifest& pod : *pods) {
    absl::Status connection;
    report.Add(SubmitPod(extender, pod, nodes, connection));
    if (!connection.ok()) {
      report.Finish();
      return Fail(connection);
    }
  }
  return report.Finish();
}

}  // namespace tangram::api::cli
