#include "api/cli/simulate/subcommands.h"

#include <cstdio>
#include <string>

#include "api/cli/exit_code.h"

namespace tangram::api::cli::simulate {

CLI::App* AddCommand(CLI::App& parent, const char* name, std::string_view about,
                     std::string_view footer) {
  constexpr size_t kHelpColumn = 32;
  CLI::App* command = parent.add_subcommand(name, std::string(about));
  command->footer(std::string(footer));
  command->get_formatter()->column_width(kHelpColumn);
  return command;
}

std::vector<Subcommand> DefineSubcommands(CLI::App& simulate) {
  return {DefineRun(simulate),    DefineCompare(simulate), DefineMerge(simulate),
          DefineDiff(simulate),   DefineChurn(simulate),   DefineFit(simulate),
          DefinePlan(simulate),   DefineExplain(simulate), DefineDefrag(simulate),
          DefineReplay(simulate), DefineMig(simulate),     DefinePlanMig(simulate)};
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "tangram simulate: %s\n", std::string(status.message()).c_str());
  return kExitUsage;
}

}  // namespace tangram::api::cli::simulate
