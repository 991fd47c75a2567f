#include "api/cli/watch_log.h"

namespace tangram::api::cli {

void LogUndecodable(const telemetry::Logger& log, std::string_view kind,
                    const absl::Status& status) {
  log.Warn("object passed over", {{"kind", kind}, {"why", status.message()}});
}

void LogConnected(const telemetry::Logger& log, std::string_view kind, bool connected) {
  log.Log(connected ? telemetry::LogLevel::kInfo : telemetry::LogLevel::kWarn,
          connected ? "watch open" : "watch lost", {{"kind", kind}});
}

}  // namespace tangram::api::cli
