// The subcommands of `tangram simulate`.
//
// One file each: it says the words that CLI11 reads and does the work. Options live as long as the
// function that was made of them. Each prints to stdout and stderr and returns an exit code
// (exit_code.h).
#ifndef API_CLI_SIMULATE_SUBCOMMANDS_H_
#define API_CLI_SIMULATE_SUBCOMMANDS_H_

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"

namespace tangram::api::cli::simulate {

struct Subcommand {
  CLI::App* app = nullptr;
  std::function<int()> run;
};

Subcommand DefineRun(CLI::App& simulate);
Subcommand DefineCompare(CLI::App& simulate);
Subcommand DefineMerge(CLI::App& simulate);
Subcommand DefineDiff(CLI::App& simulate);
Subcommand DefineChurn(CLI::App& simulate);
Subcommand DefineReplay(CLI::App& simulate);
Subcommand DefineMig(CLI::App& simulate);
Subcommand DefinePlanMig(CLI::App& simulate);
Subcommand DefineFit(CLI::App& simulate);
Subcommand DefinePlan(CLI::App& simulate);
Subcommand DefineExplain(CLI::App& simulate);
Subcommand DefineDefrag(CLI::App& simulate);

// All of them, in the order of the help.
std::vector<Subcommand> DefineSubcommands(CLI::App& simulate);

// A command below `parent`, laid out as every other.
CLI::App* AddCommand(CLI::App& parent, const char* name, std::string_view about,
                     std::string_view footer);

// Says why the command could not do its work, and how that is told to the shell.
int Fail(const absl::Status& status);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_SUBCOMMANDS_H_
