// See process_metrics.h.
#include "api/telemetry/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <system_error>

namespace tangram::api::telemetry {
namespace {

std::string ReadAll(const char* path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// Seconds since 1970 at which the machine started.
std::optional<int64_t> BootTime() {
  const std::string text = ReadAll("/proc/stat");
  const size_t at = text.find("\nbtime ");
  if (at == std::string::npos) return std::nullopt;
  int64_t seconds = 0;
  const char* begin = text.data() + at + 7;
  const auto [end, error] = std::from_chars(begin, text.data() + text.size(), seconds);
  if (error != std::errc() || end == begin) return std::nullopt;
  return seconds;
}

void WriteFiles(Exposition& out) {
  std::error_code error;
  int64_t open = 0;
  for (std::filesystem::directory_iterator file("/proc/self/fd", error), end; !error && file != end;
       file.increment(error)) {
    ++open;
  }
  // One of them is the directory that was just read.
  if (!error && open > 0) {
    out.Single("process_open_fds", MetricKind::kGauge, "Open file descriptors.", open - 1);
  }
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0) {
    out.Single("process_max_fds", MetricKind::kGauge, "Most file descriptors that may be open.",
               static_cast<double>(limit.rlim_cur));
  }
}

}  // namespace

std::optional<ProcStat> ParseProcStat(std::string_view line) {
  // Fields are counted from behind the name, which stands in brackets and may hold brackets.
  const size_t name_end = line.rfind(')');
  if (name_end == std::string_view::npos) return std::nullopt;
  std::string_view rest = line.substr(name_end + 1);
  constexpr size_t kFields = 22;  // state is the first, rss the last that is read
  std::array<int64_t, kFields> fields{};
  for (size_t i = 0; i < kFields; ++i) {
    const size_t begin = rest.find_first_not_of(' ');
    if (begin == std::string_view::npos) return std::nullopt;
    rest.remove_prefix(begin);
    const size_t size = std::min(rest.size(), rest.find_first_of(" \n"));
    // The state is a letter and some limits exceed 63 bits: only what is read has to be a number.
    std::from_chars(rest.data(), rest.data() + size, fields[i]);
    rest.remove_prefix(size);
  }
  // proc(5): utime 14, stime 15, num_threads 20, starttime 22, vsize 23, rss 24; state is 3.
  constexpr size_t kFirst = 3;
  return ProcStat{.cpu_ticks = fields[14 - kFirst] + fields[15 - kFirst],
                  .threads = fields[20 - kFirst],
                  .start_ticks = fields[22 - kFirst],
                  .virtual_bytes = fields[23 - kFirst],
                  .resident_pages = fields[24 - kFirst]};
}

void WriteProcess(Exposition& out) {
  if (const auto stat = ParseProcStat(ReadAll("/proc/self/stat"))) {
    const auto ticks = static_cast<double>(::sysconf(_SC_CLK_TCK));
    out.Single("process_cpu_seconds_total", MetricKind::kCounter,
               "Time that all threads ran, in user and system mode.",
               static_cast<double>(stat->cpu_ticks) / ticks);
    out.Single("process_resident_memory_bytes", MetricKind::kGauge, "Memory in RAM.",
               stat->resident_pages * ::sysconf(_SC_PAGESIZE));
    out.Single("process_virtual_memory_bytes", MetricKind::kGauge, "Address space in use.",
               stat->virtual_bytes);
    out.Single("process_threads", MetricKind::kGauge, "Threads.", stat->threads);
    if (const auto boot = BootTime()) {
      out.Single("process_start_time_seconds", MetricKind::kGauge,
                 "When the process started, in seconds since 1970.",
                 static_cast<double>(*boot) + static_cast<double>(stat->start_ticks) / ticks);
    }
  }
  WriteFiles(out);
}

}  // namespace tangram::api::telemetry
