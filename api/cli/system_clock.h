// The real clock.
#ifndef API_CLI_SYSTEM_CLOCK_H_
#define API_CLI_SYSTEM_CLOCK_H_

#include <chrono>
#include <cstdint>

#include "scheduler/ports.h"

namespace tangram::api::cli {

// Thread-safe.
class SystemClock final : public scheduler::Clock {
 public:
  scheduler::Instant Now() const override {
    return std::chrono::steady_clock::now().time_since_epoch();
  }
  int64_t UnixSeconds() const override {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
  }
};

}  // namespace tangram::api::cli

#endif  // API_CLI_SYSTEM_CLOCK_H_
