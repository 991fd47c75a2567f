// What every watch of the API server says in the log.
#ifndef API_CLI_WATCH_LOG_H_
#define API_CLI_WATCH_LOG_H_

#include <string_view>

#include "absl/status/status.h"
#include "api/telemetry/log.h"

namespace tangram::api::cli {

// An object of that kind that cannot be read.
void LogUndecodable(const telemetry::Logger& log, std::string_view kind,
                    const absl::Status& status);

// The watch of that kind is open, or it is lost.
void LogConnected(const telemetry::Logger& log, std::string_view kind, bool connected);

}  // namespace tangram::api::cli

#endif  // API_CLI_WATCH_LOG_H_
