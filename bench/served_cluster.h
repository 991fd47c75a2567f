// A `tangram serve` process with a cluster that a bench made.
#ifndef BENCH_SERVED_CLUSTER_H_
#define BENCH_SERVED_CLUSTER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/child_process.h"

namespace tangram::bench {

// PermissionDenied, naming the file, when it cannot be written.
absl::Status WriteFile(const std::string& path, const std::string& text);

struct ServeOptions {
  std::string tangram;  // the binary
  std::string cluster;  // the file
  std::string log;
  std::string candidates = "all";
  std::vector<std::string> flags;  // further ones
};

struct ServedCluster {
  std::unique_ptr<ChildProcess> process;
  uint16_t port = 0;
};

// Starts the server, without journal and settling time, and waits until it is ready.
absl::StatusOr<ServedCluster> Serve(const ServeOptions& options);

}  // namespace tangram::bench

#endif  // BENCH_SERVED_CLUSTER_H_
