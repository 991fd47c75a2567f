// The commands of the tangram binary. Each prints to stdout and stderr and returns the process's
// exit code (exit_code.h). main must ignore SIGPIPE before any of them runs.
#ifndef API_CLI_COMMANDS_H_
#define API_CLI_COMMANDS_H_

#include <string_view>

#include "api/cli/command_line.h"

namespace tangram::api::cli {

// The version this was built as, "0.1.0".
std::string_view Version();

// Serves until a signal comes. Takes over SIGTERM and SIGINT; to be called before any other thread
// exists.
int RunServe(const ServeCommand& command);
int RunSubmit(const SubmitCommand& command);
int RunTop(const TopCommand& command);
int RunExplain(const ExplainCommand& command);
int RunSchedulerConfig(const SchedulerConfigCommand& command);
int RunVersion(const VersionCommand& command);

}  // namespace tangram::api::cli

#endif  // API_CLI_COMMANDS_H_
