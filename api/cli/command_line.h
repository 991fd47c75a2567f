// The words of the command line.
//
// Only this reads argv (with CLI11). Commands get plain structs; what a value means is decided
// where it is used (serve_options.h for `serve`, simulate/ for the subcommands of `simulate`).
#ifndef API_CLI_COMMAND_LINE_H_
#define API_CLI_COMMAND_LINE_H_

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace tangram::api::cli {

enum class OutputForm { kTable, kJson, kYaml };

struct ServeCommand {
  std::map<std::string, std::string, std::less<>> flags;  // only those given, by option name
  bool print_config = false;
  bool check_config = false;
};

struct SubmitCommand {
  std::string url;
  std::vector<std::string> files;      // "-" is stdin
  std::vector<std::string> nodes;      // empty: ask the server
  std::vector<std::string> deletions;  // "namespace/name"
  OutputForm output = OutputForm::kTable;
};

struct TopCommand {
  std::string url;  // exactly one of the three is set
  std::string cluster;
  std::string kubeconfig;
  std::string context;
  OutputForm output = OutputForm::kTable;
};

// explain --mig.
struct ExplainCommand {
  std::string url;
  OutputForm output = OutputForm::kTable;
};

// A subcommand of simulate, with what it was told (simulate/subcommands.h).
struct SimulateCommand {
  std::function<int()> run;
};

// config kube-scheduler; without a cluster what is shipped.
struct SchedulerConfigCommand {
  bool second_scheduler = false;
  std::string cluster;
  std::string kubeconfig;
  std::string context;
};

struct VersionCommand {
  std::string url;  // of a server whose version is asked for; empty: this program's
  OutputForm output = OutputForm::kTable;
};

// Nothing to run: help was asked for (code 0, text for stdout), or the words were wrong (code 2,
// text for stderr).
struct Leave {
  int code = 0;
  std::string text;
};

using Command = std::variant<ServeCommand, SubmitCommand, TopCommand, ExplainCommand,
                             SimulateCommand, SchedulerConfigCommand, VersionCommand, Leave>;

// `arguments` without the program's name.
Command ParseCommandLine(std::vector<std::string> arguments);

// Where a server is looked for when no --url is given.
inline constexpr std::string_view kDefaultUrl = "http://127.0.0.1:9440";

}  // namespace tangram::api::cli

#endif  // API_CLI_COMMAND_LINE_H_
