// The command config: prints configurations of others that go with this program.
#include <cstdio>
#include <string>

#include "api/cli/commands.h"
#include "api/cli/exit_code.h"
#include "api/cli/scheduler_config.h"
#include "api/cli/simulate/cluster_input.h"

namespace tangram::api::cli {

int RunSchedulerConfig(const SchedulerConfigCommand& command) {
  Listed cluster;
  if (!command.cluster.empty() || !command.kubeconfig.empty()) {
    auto listed = simulate::ReadCluster(
        {.cluster = command.cluster, .kubeconfig = command.kubeconfig, .context = command.context});
    if (!listed.ok()) {
      std::fprintf(stderr, "tangram config: %s\n", std::string(listed.status().message()).c_str());
      return kExitUsage;
    }
    cluster = *std::move(listed);
  }
  const ManagedResources managed = FindManagedResources(cluster);
  for (const std::string& note : managed.notes) {
    std::fprintf(stderr, "tangram config: %s\n", note.c_str());
  }
  const SchedulerLayout layout = command.second_scheduler ? SchedulerLayout::kSecondScheduler
                                                          : SchedulerLayout::kDefaultScheduler;
  std::fputs(SchedulerConfigWith(layout, managed.names).c_str(), stdout);
  return kExitOk;
}

}  // namespace tangram::api::cli
