// Structured logging: one line a record, to stderr.
//
//   {"time":"2026-06-14T15:05:03.123Z","level":"info","message":"pod bound","pod":"default/a"}
//   2026-06-14T15:05:03.123Z info  pod bound pod=default/a            (on a terminal)
//
// Every text is escaped, so that a pod's name or a server's answer can neither end a line nor forge
// a record. There is no global logger: main owns one and hands it on by reference.
//
// Nobody waits for whoever reads the log: records for stderr go through a queue (line_writer.h). Of
// one message so many are written at once and so many a second (log_limit.h), and the next one says
// how many were `left_out`.
//
// Never log while a mutex of ours is held, and never once per node of a verb.
//
// Thread contract: every method may be called from any thread; records do not interleave.
#ifndef API_TELEMETRY_LOG_H_
#define API_TELEMETRY_LOG_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "api/telemetry/log_limit.h"

namespace tangram::api::telemetry {

enum class LogLevel : uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };

// "trace", "debug", "info", "warn", "error", "off".
std::string_view ToText(LogLevel level);
// The reverse; InvalidArgument names what is allowed.
absl::StatusOr<LogLevel> ParseLogLevel(std::string_view text);

// A named value of a record. Refers to its text and must not outlive it: write it in the call.
class LogField {
 public:
  using Value = std::variant<std::string_view, int64_t, uint64_t, double, bool>;

  // A text (std or absl), a number or a bool. Keys are lower-case words of ours: "pod", "node".
  template <typename T>
  LogField(std::string_view key, const T& value) : key_(key), value_(Wrap(value)) {}

  std::string_view key() const { return key_; }
  const Value& value() const { return value_; }

 private:
  template <typename T>
  static Value Wrap(const T& value) {
    if constexpr (std::is_same_v<T, bool>) {
      return value;
    } else if constexpr (std::is_same_v<T, absl::string_view>) {
      return std::string_view(value.data(), value.size());
    } else if constexpr (std::is_integral_v<T> && std::is_signed_v<T>) {
      return int64_t{value};
    } else if constexpr (std::is_integral_v<T>) {
      return uint64_t{value};
    } else if constexpr (std::is_floating_point_v<T>) {
      return static_cast<double>(value);
    } else {
      return std::string_view(value);
    }
  }

  std::string_view key_;
  Value value_;
};

class Logger {
 public:
  enum class Form : uint8_t { kJson, kText };
  using Fields = std::initializer_list<LogField>;

  // How many records of one message are written: from info on, and below.
  struct Limits {
    LogLimit::Rate info = {.burst = 200, .per_second = 20};
    LogLimit::Rate debug = {.burst = 2000, .per_second = 500};
  };

  // To stderr: text when that is a terminal, JSON otherwise. With the limits above.
  static std::unique_ptr<Logger> ToStderr(LogLevel level);
  // Each record goes to `sink` as one line, newline included, before the call returns. For tests.
  // Without limits, unless they and a clock are given.
  static std::unique_ptr<Logger> ToSink(LogLevel level, Form form,
                                        std::function<void(std::string_view line)> sink);
  static std::unique_ptr<Logger> ToSink(LogLevel level, Form form,
                                        std::function<void(std::string_view line)> sink,
                                        const Limits& limits, std::function<LogLimit::Time()> now);
  ~Logger();
  Logger(const Logger&) = delete;
  Logger& operator=(const Logger&) = delete;

  // Records below this level are dropped before anything is formatted.
  void SetLevel(LogLevel level) { level_.store(level, std::memory_order_relaxed); }
  bool Enabled(LogLevel level) const { return level >= level_.load(std::memory_order_relaxed); }

  // `message` is constant text of ours; whatever varies is a field.
  void Log(LogLevel level, std::string_view message, Fields fields = {}) const {
    if (Enabled(level)) Write(level, message, fields);
  }
  void Debug(std::string_view message, Fields fields = {}) const {
    Log(LogLevel::kDebug, message, fields);
  }
  void Info(std::string_view message, Fields fields = {}) const {
    Log(LogLevel::kInfo, message, fields);
  }
  void Warn(std::string_view message, Fields fields = {}) const {
    Log(LogLevel::kWarn, message, fields);
  }
  void Error(std::string_view message, Fields fields = {}) const {
    Log(LogLevel::kError, message, fields);
  }

  // Waits, a second at most, until what was logged is written.
  void Flush() const;

 private:
  class Backend;
  Logger(LogLevel level, Form form, std::unique_ptr<Backend> backend);
  void Write(LogLevel level, std::string_view message, Fields fields) const;
  void WriteUnlimited(LogLevel level, std::string_view message, Fields fields,
                      uint64_t left_out) const;
  void TellLeftOut(std::chrono::milliseconds quiet) const;

  std::atomic<LogLevel> level_;
  const Form form_;
  const std::unique_ptr<Backend> backend_;
};

}  // namespace tangram::api::telemetry

#endif  // API_TELEMETRY_LOG_H_
