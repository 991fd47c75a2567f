// The options of `tangram serve`: their names, where a value came from, and what it means.
//
// Every option can be given four ways, of which the first that is there counts:
//   flag         --node-policy=spread
//   environment  TANGRAM_NODE_POLICY=spread
//   file         node-policy: spread        (YAML, --config FILE)
//   default      tangram
// A variable that is set to nothing counts as not set.
//
// An unknown key of the file is an error that names the nearest known one. Of the environment,
// variables that begin with TANGRAM_: one that is a slip away from an option's is an error, any
// other is a warning, and those that Kubernetes sets for a Service named "tangram"
// (TANGRAM_SERVICE_HOST, TANGRAM_PORT_9440_TCP ...) are passed over.
#ifndef API_CLI_SERVE_OPTIONS_H_
#define API_CLI_SERVE_OPTIONS_H_

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/values.h"
#include "api/telemetry/log.h"
#include "scheduler/scheduler.h"

namespace tangram::api::cli {

// One row of the table of options.
struct OptionRow {
  std::string_view name;           // "node-policy"
  std::string_view value;          // "POLICY", for the help; empty: a switch
  std::string_view default_value;  // as text
  std::string_view help;
};
// All options, in the order of the help.
std::span<const OptionRow> ServeOptionTable();
// TANGRAM_NODE_POLICY for node-policy.
std::string EnvironmentName(std::string_view option);

// A value with the place that it came from, as errors name it: "--node-policy",
// "TANGRAM_NODE_POLICY", "tangram.yaml:3", "default".
struct Setting {
  std::string value;
  std::string source;
};
// By option name; ordered, and complete after ResolveSettings.
using Settings = std::map<std::string, Setting, std::less<>>;

// What was said, layer by layer.
struct Layers {
  std::map<std::string, std::string, std::less<>> flags;         // by option name
  std::vector<std::pair<std::string, std::string>> environment;  // every variable
};

struct ResolvedSettings {
  Settings settings;
  std::vector<std::string> warnings;
};
// Lays the layers over one another; reads the file that `config` names, if any. InvalidArgument or
// NotFound says which key, variable or file is wrong and what is meant instead.
absl::StatusOr<ResolvedSettings> ResolveSettings(const Layers& layers);

// What `tangram serve` runs with.
struct ServeOptions {
  // Exactly one of: a file of objects, or an API server (kubeconfig empty = in-cluster).
  std::string cluster_file;
  bool journal = true;  // with cluster_file: binds survive a restart
  std::string kubeconfig;
  std::string context;  // of the kubeconfig; empty = its current one
  HostPort listen;
  uint64_t body_limit_bytes = 0;
  bool allow_old_server = false;
  telemetry::LogLevel log_level = telemetry::LogLevel::kInfo;
  scheduler::SchedulerOptions scheduler;
  std::string record_file;  // empty: nothing is recorded
  Settings settings;        // what this was read from

  bool standalone() const { return !cluster_file.empty(); }
};
// Reads every value. InvalidArgument: `node-policy "sprad" (from --node-policy): allowed: ...`.
// With `cluster`, node locks are off and nothing settles, unless the contrary was said, which is
// an error for node-lock=on: no agent would ever free it.
absl::StatusOr<ServeOptions> ParseServeOptions(const Settings& settings);

// The settings as a configuration file, each line with the source of its value.
std::string PrintSettings(const Settings& settings);

}  // namespace tangram::api::cli

#endif  // API_CLI_SERVE_OPTIONS_H_
