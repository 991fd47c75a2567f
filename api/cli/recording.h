// The recording that `tangram serve --record` makes, and the settings that it keeps.
#ifndef API_CLI_RECORDING_H_
#define API_CLI_RECORDING_H_

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/cli/serve_options.h"
#include "api/cli/threads.h"
#include "api/recording/writer.h"
#include "api/telemetry/log.h"
#include "scheduler/ports.h"
#include "scheduler/recording/recorder.h"

namespace tangram::api::cli {

// By name: the settings that decisions depend on, which is all but where the server is and what it
// reads and writes.
std::map<std::string, std::string> RecordedSettings(const Settings& settings);

// The options that a recording was made under, with `changes` in the place of what it says.
// InvalidArgument names a setting that this version does not know, or a value that is not allowed.
absl::StatusOr<scheduler::SchedulerOptions> OptionsOfRecording(
    const std::map<std::string, std::string>& recorded,
    const std::map<std::string, std::string>& changes);

// Writes what comes into its queue, on a thread of its own. When that ends early, the log says why.
class Recording {
 public:
  // `clock` is the scheduler's; it and `log` must outlive this. Unavailable when the file cannot be
  // made.
  static absl::StatusOr<std::unique_ptr<Recording>> Start(
      const std::string& path, std::map<std::string, std::string> settings,
      const scheduler::Clock& clock, const telemetry::Logger& log);

  // The scheduler's end; outlive the scheduler.
  scheduler::recording::RecordQueue& queue() { return queue_; }
  // Writes what is left and ends the recording.
  void Stop();

 private:
  explicit Recording(const telemetry::Logger& log) : log_(log) {}
  void Tell(const absl::Status& status) const;

  const telemetry::Logger& log_;
  scheduler::recording::RecordQueue queue_;
  std::unique_ptr<recording::Writer> writer_;
  std::unique_ptr<Ticker> ticker_;  // drains
};

}  // namespace tangram::api::cli

#endif  // API_CLI_RECORDING_H_
