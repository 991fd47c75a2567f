// See file_limit.h.
#include "api/cli/file_limit.h"

#include <sys/resource.h>

#include <algorithm>

namespace tangram::api::cli {
namespace {

constexpr uint64_t kOthers = 256;
constexpr uint64_t kVerbsMax = 1024;
constexpr uint64_t kWaitingMax = 8192;

}  // namespace

uint64_t RaiseFileLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1024;
  const rlim_t before = limit.rlim_cur;
  limit.rlim_cur = limit.rlim_max;
  return ::setrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : before;
}

ConnectionLimits LimitsFor(uint64_t files) {
  const uint64_t usable = files - std::min(kOthers, files / 2);
  const uint64_t verbs = std::clamp<uint64_t>(usable / 4, 1, kVerbsMax);
  const uint64_t waiting = std::clamp<uint64_t>(usable - std::min(verbs, usable), 1, kWaitingMax);
  return {static_cast<int>(verbs), static_cast<int>(waiting)};
}

}  // namespace tangram::api::cli
