// The logger on spdlog: its levels and its clock, but records and escaping of our own (spdlog's
// JSON patterns do not escape the message).
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
#include "api/telemetry/line_writer.h"
#include "model/string_map.h"
#include "spdlog/formatter.h"
#include "spdlog/logger.h"
#include "spdlog/sinks/base_sink.h"

namespace tangram::api::telemetry {
namespace {

struct LevelName {
  LogLevel level;
  std::string_view text;
  spdlog::level::level_enum spdlog_level;
};
// What was left out of a kind that is quiet by now is told after so long.
constexpr std::chrono::milliseconds kTellLeftOut{10'000};

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

void AppendMessage(std::string_view message, Logger::Form form, std::string& out) {
  if (form == Logger::Form::kText) return AppendTextMessage(message, out);
  out += "\"message\":";
  AppendJsonString(message, out);
}

void AppendField(const LogField& field, Logger::Form form, std::string& out) {
  if (form == Logger::Form::kJson) {
    out += ',';
    AppendJsonString(field.key(), out);
    out += ':';
  } else {
    absl::StrAppend(&out, " ", model::ToAbsl(field.key()), "=");
  }
  AppendValue(field.value(), form, out);
}

// The record that tells of lines that nobody read in time.
std::string DroppedLine(Logger::Form form, uint64_t dropped) {
  std::string payload;
  AppendMessage("log lines lost: nobody read them in time", form, payload);
  AppendField({"lines", dropped}, form, payload);
  spdlog::memory_buf_t line;
  Formatter(form).format(
      spdlog::details::log_msg("tangram", spdlog::level::warn,
                               spdlog::string_view_t(payload.data(), payload.size())),
      line);
  return {line.data(), line.size()};
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
  Backend(const spdlog::sink_ptr& sink, Form form, std::unique_ptr<LineWriter> writer)
      : writer_(std::move(writer)), logger_("tangram", sink) {
    sink->set_formatter(std::make_unique<Formatter>(form));
    logger_.set_level(spdlog::level::trace);  // Logger has decided already
    logger_.flush_on(spdlog::level::trace);
  }

  void Limit(const Limits& limits, std::function<LogLimit::Time()> now) {
    limits_ = limits;
    limit_ = std::make_unique<LogLimit>(now);
    now_ = std::move(now);
    last_told_ = now_().time_since_epoch().count();
  }
  LogLimit* limit() { return limit_.get(); }
  LogLimit::Rate RateOf(LogLevel level) const {
    return level < LogLevel::kInfo ? limits_.debug : limits_.info;
  }
  // True once in a while: it is time to tell what was left out.
  bool TimeToTell() {
    const auto now = now_().time_since_epoch();
    auto last = last_told_.load(std::memory_order_relaxed);
    return now - LogLimit::Time::duration(last) >= kTellLeftOut &&
           last_told_.compare_exchange_strong(last, now.count());
  }

  void Write(LogLevel level, const std::string& payload) {
    const auto& name = kLevels.at(static_cast<size_t>(level));
    logger_.log(name.spdlog_level, spdlog::string_view_t(payload.data(), payload.size()));
  }
  void Flush() {
    if (writer_ != nullptr) writer_->Flush();
  }

 private:
  const std::unique_ptr<LineWriter> writer_;  // what the sink writes to; null: it writes elsewhere
  spdlog::logger logger_;
  Limits limits_;
  std::unique_ptr<LogLimit> limit_;  // null: no limits
  std::function<LogLimit::Time()> now_;
  std::atomic<LogLimit::Time::rep> last_told_{0};
};

Logger::Logger(LogLevel level, Form form, std::unique_ptr<Backend> backend)
    : level_(level), form_(form), backend_(std::move(backend)) {}

Logger::~Logger() { TellLeftOut(std::chrono::milliseconds(0)); }

std::unique_ptr<Logger> Logger::ToStderr(LogLevel level) {
  const Form form = ::isatty(STDERR_FILENO) == 1 ? Form::kText : Form::kJson;
  LineWriterOptions options;
  options.tell_dropped = [form](uint64_t dropped) { return DroppedLine(form, dropped); };
  auto writer = std::make_unique<LineWriter>(STDERR_FILENO, std::move(options));
  auto sink = std::make_shared<FunctionSink>(
      [to = writer.get()](std::string_view line) { to->Write(line); });
  auto backend = std::make_unique<Backend>(std::move(sink), form, std::move(writer));
  backend->Limit(Limits(), [] { return std::chrono::steady_clock::now(); });
  return std::unique_ptr<Logger>(new Logger(level, form, std::move(backend)));
}

std::unique_ptr<Logger> Logger::ToSink(LogLevel level, Form form,
                                       std::function<void(std::string_view)> sink) {
  auto function_sink = std::make_shared<FunctionSink>(std::move(sink));
  return std::unique_ptr<Logger>(
      new Logger(level, form, std::make_unique<Backend>(std::move(function_sink), form, nullptr)));
}

std::unique_ptr<Logger> Logger::ToSink(LogLevel level, Form form,
                                       std::function<void(std::string_view)> sink,
                                       const Limits& limits, std::function<LogLimit::Time()> now) {
  auto logger = ToSink(level, form, std::move(sink));
  logger->backend_->Limit(limits, std::move(now));
  return logger;
}

void Logger::Write(LogLevel level, std::string_view message, Fields fields) const {
  if (backend_->limit() == nullptr) return WriteUnlimited(level, message, fields, 0);
  const LogLimit::Verdict verdict = backend_->limit()->Ask(message, backend_->RateOf(level));
  if (verdict.pass) WriteUnlimited(level, message, fields, verdict.left_out);
  if (backend_->TimeToTell()) TellLeftOut(kTellLeftOut);
}

void Logger::TellLeftOut(std::chrono::milliseconds quiet) const {
  if (backend_->limit() == nullptr) return;
  for (const LogLimit::LeftOut& left : backend_->limit()->TakeLeftOut(quiet)) {
    WriteUnlimited(LogLevel::kWarn, "log records left out", {{"of", left.kind}}, left.count);
  }
}

void Logger::Flush() const { backend_->Flush(); }

void Logger::WriteUnlimited(LogLevel level, std::string_view message, Fields fields,
                            uint64_t left_out) const {
  std::string payload;
  AppendMessage(message, form_, payload);
  for (const LogField& field : fields) AppendField(field, form_, payload);
  if (left_out > 0) AppendField({"left_out", left_out}, form_, payload);
  backend_->Write(level, payload);
}

}  // namespace tangram::api::telemetry
