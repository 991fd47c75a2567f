// The tangram binary: reads the command line and runs the command.
#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <string>
#include <variant>
#include <vector>

#include "api/cli/command_line.h"
#include "api/cli/commands.h"
#include "api/cli/exit_code.h"

namespace {

namespace cli = tangram::api::cli;

struct Runner {
  int operator()(const cli::ServeCommand& command) const { return cli::RunServe(command); }
  int operator()(const cli::SubmitCommand& command) const { return cli::RunSubmit(command); }
  int operator()(const cli::TopCommand& command) const { return cli::RunTop(command); }
  int operator()(const cli::ExplainCommand& command) const { return cli::RunExplain(command); }
  int operator()(const cli::SimulateCommand& command) const { return command.run(); }
  int operator()(const cli::SchedulerConfigCommand& command) const {
    return cli::RunSchedulerConfig(command);
  }
  int operator()(const cli::VersionCommand& command) const { return cli::RunVersion(command); }
  int operator()(const cli::Leave& leave) const {
    std::fputs(leave.text.c_str(), leave.code == cli::kExitOk ? stdout : stderr);
    return leave.code;
  }
};

}  // namespace

int main(int argc, char** argv) {
  // A connection that its peer closed must fail the call on it, not end the process.
  std::signal(SIGPIPE, SIG_IGN);
  const std::vector<std::string> arguments(argv + (argc > 0 ? 1 : 0), argv + argc);
  const int code = std::visit(Runner(), cli::ParseCommandLine(arguments));
  // A pipe that nobody reads any more is no fault; a full disk is.
  errno = 0;
  if (std::fflush(stdout) == 0 || errno == EPIPE) return code;
  std::fprintf(stderr, "tangram: cannot write to stdout: %s\n", std::strerror(errno));
  return cli::kExitUsage;
}
