// The Prometheus text format 0.0.4, written by hand.
//
// For numbers that exist elsewhere already and are read at scrape time (sizes, one gauge per card).
// What is counted here goes through prometheus-cpp (metrics.h).
#ifndef API_TELEMETRY_EXPOSITION_H_
#define API_TELEMETRY_EXPOSITION_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace tangram::api::telemetry {

// The Content-Type of what is written here.
inline constexpr std::string_view kExpositionContentType =
    "text/plain; version=0.0.4; charset=utf-8";

enum class MetricKind : uint8_t { kCounter, kGauge };

// Appends families to a text, each with its HELP and TYPE line. Names and help texts are constants
// of ours and written as they are; label values are escaped.
class Exposition {
 public:
  using Label = std::pair<std::string_view, std::string_view>;

  explicit Exposition(std::string& out) : out_(out) {}

  // Begins a family: its samples must follow before the next one.
  void Family(std::string_view name, MetricKind kind, std::string_view help);
  // A sample of the family begun last.
  void Sample(std::initializer_list<Label> labels, int64_t value);
  // The same with the label text made beforehand by Labels(), for many samples that share it.
  void SampleWith(std::string_view labels, int64_t value);
  // Of a number that is not whole: as many digits as tell it from all others.
  void SampleWith(std::string_view labels, double value);
  // A family of one sample without labels.
  void Single(std::string_view name, MetricKind kind, std::string_view help, int64_t value);
  void Single(std::string_view name, MetricKind kind, std::string_view help, double value);

  // `node="a",card="b"`, values escaped.
  static std::string Labels(std::initializer_list<Label> labels);

 private:
  void Begin(std::string_view labels);

  std::string& out_;
  std::string_view name_;
};

}  // namespace tangram::api::telemetry

#endif  // API_TELEMETRY_EXPOSITION_H_
