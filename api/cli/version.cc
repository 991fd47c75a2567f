// The command version.
#include <cstdio>

#include "api/cli/commands.h"
#include "api/cli/exit_code.h"

namespace tangram::api::cli {

std::string_view Version() { return TANGRAM_VERSION; }

int RunVersion(const VersionCommand& command) {
  const bool json = command.output == OutputForm::kJson;
  std::printf(json ? "{\"version\":\"%s\"}\n" : "tangram %s\n", TANGRAM_VERSION);
  return kExitOk;
}

}  // namespace tangram::api::cli
