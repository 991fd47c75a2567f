// What the process itself takes, by the names that every Prometheus client uses:
// process_cpu_seconds_total, process_resident_memory_bytes, process_virtual_memory_bytes,
// process_open_fds, process_max_fds, process_start_time_seconds, process_threads.
//
// Source: Prometheus documentation, "Writing client libraries", process metrics; proc(5).
#ifndef API_TELEMETRY_PROCESS_METRICS_H_
#define API_TELEMETRY_PROCESS_METRICS_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "api/telemetry/exposition.h"

namespace tangram::api::telemetry {

// What /proc/self/stat says, in ticks and pages.
struct ProcStat {
  int64_t cpu_ticks = 0;  // user and system
  int64_t threads = 0;
  int64_t start_ticks = 0;  // since the machine started
  int64_t virtual_bytes = 0;
  int64_t resident_pages = 0;
};
// Reads a line of /proc/PID/stat; the program's name in it may hold anything. Nothing when it is no
// such line.
std::optional<ProcStat> ParseProcStat(std::string_view line);

// Appends the families, of this process and of now; what the system does not tell is left out.
void WriteProcess(Exposition& out);

}  // namespace tangram::api::telemetry

#endif  // API_TELEMETRY_PROCESS_METRICS_H_
