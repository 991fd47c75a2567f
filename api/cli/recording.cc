#include "api/cli/recording.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/cli/commands.h"
#include "model/shown.h"

namespace tangram::api::cli {
namespace {

constexpr std::chrono::milliseconds kDrain{50};

// On these no decision depends.
constexpr std::array<std::string_view, 10> kUnrecorded = {
    "config", "kubeconfig", "context",    "cluster",          "journal",
    "listen", "record",     "body-limit", "allow-old-server", "log-level"};

bool IsRecorded(std::string_view name) {
  return std::find(kUnrecorded.begin(), kUnrecorded.end(), name) == kUnrecorded.end();
}

}  // namespace

std::map<std::string, std::string> RecordedSettings(const Settings& settings) {
  std::map<std::string, std::string> recorded;
  for (const auto& [name, setting] : settings) {
    if (IsRecorded(name)) recorded[name] = setting.value;
  }
  return recorded;
}

absl::StatusOr<scheduler::SchedulerOptions> OptionsOfRecording(
    const std::map<std::string, std::string>& recorded,
    const std::map<std::string, std::string>& changes) {
  Settings settings;
  for (const OptionRow& row : ServeOptionTable()) {
    settings[std::string(row.name)] = {std::string(row.default_value), "default"};
  }
  const auto lay = [&settings](const std::map<std::string, std::string>& values,
                               const char* source) -> absl::Status {
    for (const auto& [name, value] : values) {
      const auto found = settings.find(name);
      if (found == settings.end() || !IsRecorded(name)) {
        return absl::InvalidArgumentError(absl::StrCat(
            "settings: ", model::Shown(name), " is not a setting that this version knows"));
      }
      found->second = {value, source};
    }
    return absl::OkStatus();
  };
  if (absl::Status status = lay(recorded, "the recording"); !status.ok()) return status;
  if (absl::Status status = lay(changes, "the command line"); !status.ok()) return status;
  const absl::StatusOr<ServeOptions> options = ParseServeOptions(settings);
  if (!options.ok()) return options.status();
  return options->scheduler;
}

absl::StatusOr<std::unique_ptr<Recording>> Recording::Start(
    const std::string& path, std::map<std::string, std::string> settings,
    const scheduler::Clock& clock, const telemetry::Logger& log) {
  std::unique_ptr<Recording> made(new Recording(log));
  recording::Header header{std::string(Version()), clock.UnixSeconds(), std::move(settings)};
  auto writer = recording::Writer::Create(path, header, made->queue_, clock.Now());
  if (!writer.ok()) return writer.status();
  made->writer_ = *std::move(writer);
  made->ticker_ =
      std::make_unique<Ticker>(kDrain, [self = made.get()] { self->Tell(self->writer_->Drain()); });
  return made;
}

void Recording::Stop() {
  ticker_.reset();
  Tell(writer_->Finish());
}

void Recording::Tell(const absl::Status& status) const {
  if (!status.ok()) log_.Warn("the recording ends here", {{"why", status.message()}});
}

}  // namespace tangram::api::cli
