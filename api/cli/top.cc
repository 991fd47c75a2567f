// The command top: gets the report from wherever it was asked for, and shows it.
#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/cluster_source.h"
#include "api/cli/commands.h"
#include "api/cli/exit_code.h"
#include "api/cli/http_client.h"
#include "api/cli/system_clock.h"
#include "api/cli/top_report.h"
#include "api/cli/top_table.h"
#include "api/telemetry/log.h"
#include "scheduler/policy.h"
#include "scheduler/scheduler.h"

namespace tangram::api::cli {
namespace {

absl::StatusOr<TopReport> AskServer(const std::string& url) {
  const auto http = HttpClient::Create(url);
  if (!http.ok()) return http.status();
  const absl::StatusOr<HttpReply> reply = (*http)->Call("GET", "/top", "");
  if (!reply.ok()) return reply.status();
  if (reply->status != 200) {
    return absl::FailedPreconditionError(
        absl::StrCat((*http)->url(), "/top answers HTTP ", reply->status));
  }
  return ParseTopReport(reply->body);
}

// Has the same books made as a server would, and looks at them. Nothing is written: the port has no
// hands, and without Advance() the scheduler does nothing by itself.
absl::StatusOr<TopReport> LookAt(ClusterSource& source) {
  SystemClock clock;
  scheduler::SchedulerOptions options;
  options.node_policy = scheduler::FindNodePolicy("binpack");
  options.node_lock = scheduler::NodeLockMode::kOff;
  scheduler::Scheduler scheduler(options, clock, source.port());
  const absl::Status status = source.Start(scheduler);
  source.Stop();
  if (!status.ok()) return status;
  return MakeTopReport(scheduler.Top(), source.cards());
}

absl::StatusOr<TopReport> GetReport(const TopCommand& command, const telemetry::Logger& log) {
  if (!command.url.empty()) return AskServer(command.url);
  auto source = command.cluster.empty()
                    ? MakeApiServerOnce({command.kubeconfig, command.context,
                                         /*allow_old_server=*/true},
                                        log)
                    : MakeFileSource(command.cluster, JournalUse::kReadOnly, log);
  if (!source.ok()) return source.status();
  return LookAt(**source);
}

}  // namespace

int RunTop(const TopCommand& command) {
  const auto log = telemetry::Logger::ToStderr(telemetry::LogLevel::kWarn);
  const absl::StatusOr<TopReport> report = GetReport(command, *log);
  if (!report.ok()) {
    std::fprintf(stderr, "tangram top: %s\n", std::string(report.status().message()).c_str());
    return kExitUsage;
  }
  const std::string text = command.output == OutputForm::kJson
                               ? TopReportToJson(*report)
                               : RenderTop(*report, StdoutShowsColour());
  std::fputs(text.c_str(), stdout);
  return kExitOk;
}

}  // namespace tangram::api::cli
