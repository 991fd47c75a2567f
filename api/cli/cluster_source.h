// Where a scheduler gets its cluster from, and where its writes go: an API server, or a file.
//
// The order of life: make the source, make a scheduler on source.port(), add routes, Start; at the
// end stop all who call the scheduler, then Stop, then destroy the scheduler, then the source.
#ifndef API_CLI_CLUSTER_SOURCE_H_
#define API_CLI_CLUSTER_SOURCE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/cli/api_access.h"
#include "api/cli/card_inventory.h"
#include "api/http/server.h"
#include "api/telemetry/log.h"
#include "scheduler/ports.h"
#include "scheduler/scheduler.h"

namespace tangram::api::cli {

class ClusterSource {
 public:
  virtual ~ClusterSource() = default;

  // For the scheduler's writes.
  virtual scheduler::KubeApi& port() = 0;
  // Routes that only this source has.
  virtual void AddRoutes(http::Router& router, scheduler::Scheduler& scheduler) = 0;
  // Begins to tell the scheduler what there is; it is ready soon after. Unavailable: nobody answers
  // yet, call it again; any other error is for good.
  virtual absl::Status Start(scheduler::Scheduler& scheduler) = 0;
  // From another thread, while Start runs: what it waits for is given up, and it fails within
  // seconds. Only Stop may follow.
  virtual void Interrupt() {}
  // Which cards stand behind what stock nodes count, as far as somebody tells; null where nobody
  // can. Lives as long as the source.
  virtual const CardInventory* cards() const { return nullptr; }
  // Ends feeding and writing. Writes that run may end within a few seconds; afterwards no callback
  // of the port runs.
  virtual void Stop() = 0;
};

// An API server. The errors are those of reading the kubeconfig; it is asked by Start first.
absl::StatusOr<std::unique_ptr<ClusterSource>> MakeApiServerSource(const ApiServerChoice& choice,
                                                                   const telemetry::Logger& log);

// An API server as it is now, for looking at a cluster without touching it: Start lists once, and
// its errors are what the server (or the way to it) says, all of them for good. port() refuses
// every write and read.
absl::StatusOr<std::unique_ptr<ClusterSource>> MakeApiServerOnce(const ApiServerChoice& choice,
                                                                 const telemetry::Logger& log);

// What becomes of binds on a cluster from a file.
enum class JournalUse : uint8_t {
  kKeep,      // in FILE.journal, on disk before the answer
  kNone,      // in memory only: for measuring and for playing
  kReadOnly,  // the journal is read and nothing is written; port() refuses everything
};

// A file of objects and its journal. The errors are those of reading them.
absl::StatusOr<std::unique_ptr<ClusterSource>> MakeFileSource(const std::string& path,
                                                              JournalUse use,
                                                              const telemetry::Logger& log);

}  // namespace tangram::api::cli

#endif  // API_CLI_CLUSTER_SOURCE_H_
