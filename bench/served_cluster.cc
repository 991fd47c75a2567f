// See served_cluster.h.
#include "bench/served_cluster.h"

#include <chrono>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "bench/http_connection.h"

namespace tangram::bench {
namespace {

constexpr std::chrono::seconds kStartPatience{120};

}  // namespace

absl::Status WriteFile(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  return file ? absl::OkStatus() : absl::PermissionDeniedError(absl::StrCat("cannot write ", path));
}

absl::StatusOr<ServedCluster> Serve(const ServeOptions& options) {
  ServedCluster served{.process = nullptr, .port = FreePort()};
  std::vector<std::string> argv = {options.tangram, "serve",
                                   "--cluster",     options.cluster,
                                   "--journal",     "off",
                                   "--settle",      "0s",
                                   "--candidates",  options.candidates,
                                   "--log-level",   "warn",
                                   "--listen",      absl::StrCat("127.0.0.1:", served.port)};
  argv.insert(argv.end(), options.flags.begin(), options.flags.end());
  auto process = ChildProcess::Start(argv, options.log);
  if (!process.ok()) return process.status();
  served.process = *std::move(process);
  if (absl::Status s = served.process->WaitReady(served.port, kStartPatience); !s.ok()) return s;
  return served;
}

}  // namespace tangram::bench
