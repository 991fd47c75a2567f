// The logger on spdlog: its sinks and its clock, but records and escaping of our own (spdlog's JSON
// patterns do not escape the message).
#include "api/telemetry/log.h"

#include <unistd.h>

#include <array>
#include <charconv>
#include <chrono>
#include <cmath>
#include <ctime>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/telemetry/json_text.h"
#include "model/string_map.h"
#include "spdlog/formatter.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/base_sink.h"
#include "spdlog/sinks/stdout_sinks.h"

namespace tangram::api::telemetry {
namespace {

struct LevelName {
  LogLevel level;
  std::string_view text;
  spdlog::level::level_enum spdlog_level;
};
constexpr std::array<LevelName, 6> kLevels = {{
    {LogLevel::kTrace, "trace", spdlog::level::trace},
    {LogLevel::kDebug, "debug", spdlog::level::debug},
    {LogLevel::kInfo, "info", spdlog::level::info},
    {LogLevel::kWarn, "warn", spdlog::level::warn},
    {LogLevel::kError, "error", spdlog::level::err},
    {LogLevel::kOff, "off", spdlog::level::off},
}};

void AppendTime(std::chrono::system_clock::time_point time, std::string& out) {
  const auto since = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(since - seconds).count();
  const auto unix_seconds = static_cast<std::time_t>(seconds.count());
  std::tm parts{};
  ::gmtime_r(&unix_seconds, &parts);
  std::array<char, 32> text{};
  const size_t length = std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%S", &parts);
  out.append(text.data(), length);
  out += '.';
  for (const int64_t unit : {100, 10, 1}) out += static_cast<char>('0' + ms / unit % 10);
  out += 'Z';
}

std::string_view LevelText(spdlog::level::level_enum level) {
  for (const LevelName& name : kLevels) {
    if (name.spdlog_level == level) return name.text;
  }
  return "error";
}

// Puts time and level around a payload that is already escaped.
class Formatter final : public spdlog::formatter {
 public:
  explicit Formatter(Logger::Form form) : form_(form) {}

  void format(const spdlog::details::log_msg& record, spdlog::memory_buf_t& out) override {
    std::string line;
    if (form_ == Logger::Form::kJson) {
      line += "{\"time\":\"";
      AppendTime(record.time, line);
      absl::StrAppend(&line, "\",\"level\":\"", model::ToAbsl(LevelText(record.level)), "\",");
      line.append(record.payload.data(), record.payload.size());
      line += "}\n";
    } else {
      AppendTime(record.time, line);
      absl::StrAppend(&line, " ", model::ToAbsl(LevelText(record.level)));
      line.append(6 - LevelText(record.level).size(), ' ');
      line.append(record.payload.data(), record.payload.size());
      line += '\n';
    }
    out.append(line.data(), line.data() + line.size());
  }

  std::unique_ptr<spdlog::formatter> clone() const override {
    return std::make_unique<Formatter>(form_);
  }

 private:
  const Logger::Form form_;
};

class FunctionSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FunctionSink(std::function<void(std::string_view)> to) : sink_(std::move(to)) {}

 private:
  void sink_it_(const spdlog::details::log_msg& record) override {
    spdlog::memory_buf_t line;
    formatter_->format(record, line);
    sink_(std::string_view(line.data(), line.size()));
  }
  void flush_() override {}

  const std::function<void(std::string_view)> sink_;
};

void AppendNumber(double value, std::string& out) {
  if (!std::isfinite(value)) {
    out += std::isnan(value) ? "\"NaN\"" : (value < 0 ? "\"-Inf\"" : "\"+Inf\"");
    return;
  }
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out.append(text.data(), end);
}

// A word stands bare in text form, everything else in quotes.
bool IsWord(std::string_view text) {
  for (const char c : text) {
    if (c <= ' ' || c >= 0x7f || c == '"' || c == '\\' || c == '=') return false;
  }
  return !text.empty();
}

void AppendValue(const LogField::Value& value, Logger::Form form, std::string& out) {
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    if (form == Logger::Form::kText && IsWord(*text)) {
      out += *text;
    } else {
      AppendJsonString(*text, out);
    }
  } else if (const auto* flag = std::get_if<bool>(&value)) {
    out += *flag ? "true" : "false";
  } else if (const auto* number = std::get_if<double>(&value)) {
    AppendNumber(*number, out);
  } else if (const auto* natural = std::get_if<uint64_t>(&value)) {
    absl::StrAppend(&out, *natural);
  } else {
    absl::StrAppend(&out, std::get<int64_t>(value));
  }
}

// The message of a text line: bare, but on one line and without control characters.
void AppendTextMessage(std::string_view message, std::string& out) {
  std::string quoted;
  AppendJsonString(message, quoted);
  out += std::string_view(quoted).substr(1, quoted.size() - 2);
}

}  // namespace

std::string_view ToText(LogLevel level) { return kLevels.at(static_cast<size_t>(level)).text; }

absl::StatusOr<LogLevel> ParseLogLevel(std::string_view text) {
  for (const LevelName& name : kLevels) {
    if (name.text == text) return name.level;
  }
  return absl::InvalidArgumentError("allowed: trace, debug, info, warn, error, off");
}

class Logger::Backend {
 public:
  Backend(const spdlog::sink_ptr& sink, Form form) : logger_("tangram", sink) {
    sink->set_formatter(std::make_unique<Formatter>(form));
    logger_.set_level(spdlog::level::trace);  // Logger has decided already
    logger_.flush_on(spdlog::level::trace);
  }

  void Write(LogLevel level, const std::string& payload) {
    const auto& name = kLevels.at(static_cast<size_t>(level));
    logger_.log(name.spdlog_level, spdlog::string_view_t(payload.data(), payload.size()));
  }

 private:
  spdlog::logger logger_;
};

Logger::Logger(LogLevel level, Form form, std::unique_ptr<Backend> backend)
    : level_(level), form_(form), backend_(std::move(backend)) {}
Logger::~Logger() = default;

std::unique_ptr<Logger> Logger::ToStderr(LogLevel level) {
  const Form form = ::isatty(STDERR_FILENO) == 1 ? Form::kText : Form::kJson;
  auto sink = std::make_shared<spdlog::sinks::stderr_sink_mt>();
  return std::unique_ptr<Logger>(
      new Logger(level, form, std::make_unique<Backend>(std::move(sink), form)));
}

std::unique_ptr<Logger> Logger::ToSink(LogLevel level, Form form,
                                       std::function<void(std::string_view)> sink) {
  auto function_sink = std::make_shared<FunctionSink>(std::move(sink));
  return std::unique_ptr<Logger>(
      new Logger(level, form, std::make_unique<Backend>(std::move(function_sink), form)));
}

void Logger::Write(LogLevel level, std::string_view message, Fields fields) const {
  std::string payload;
  if (form_ == Form::kJson) {
    payload += "\"message\":";
    AppendJsonString(message, payload);
    for (const LogField& field : fields) {
      payload += ',';
      AppendJsonString(field.key(), payload);
      payload += ':';
      AppendValue(field.value(), form_, payload);
    }
  } else {
    AppendTextMessage(message, payload);
    for (const LogField& field : fields) {
      absl::StrAppend(&payload, " ", model::ToAbsl(field.key()), "=");
      AppendValue(field.value(), form_, payload);
    }
  }
  backend_->Write(level, payload);
}

}  // namespace tangram::api::telemetry
