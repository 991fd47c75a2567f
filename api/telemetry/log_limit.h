// How many log records of one kind are written: enough to see what happens, never a flood.
//
// A kind is a message (constant text of ours). Each has a bucket of records that may be written at
// once, which fills again slowly; what does not fit is counted, and the next record of the kind
// tells how many were left out. So a fault that repeats a thousand times a second costs a few lines
// a second, and other kinds keep theirs.
//
// Thread contract: safe from any thread.
#ifndef API_TELEMETRY_LOG_LIMIT_H_
#define API_TELEMETRY_LOG_LIMIT_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "model/mutex.h"
#include "model/string_map.h"

namespace tangram::api::telemetry {

class LogLimit {
 public:
  using Time = std::chrono::steady_clock::time_point;
  struct Rate {
    double burst = 0;       // records at once
    double per_second = 0;  // in the long run
  };

  // Kinds beyond this many share one bucket.
  static constexpr size_t kKindsMax = 1024;

  explicit LogLimit(std::function<Time()> now) : now_(std::move(now)) {}

  struct Verdict {
    bool pass = false;
    uint64_t left_out = 0;  // since the last one that passed; 0 unless this one does
  };
  // Whether a record of that kind is written now.
  Verdict Ask(std::string_view kind, Rate rate) TANGRAM_EXCLUDES(mutex_);

  // Kinds that have left out records and could tell it for `quiet` by now, with how many, sorted.
  // They count as told.
  struct LeftOut {
    std::string kind;
    uint64_t count = 0;
  };
  std::vector<LeftOut> TakeLeftOut(std::chrono::milliseconds quiet) TANGRAM_EXCLUDES(mutex_);

 private:
  struct Bucket {
    double tokens = 0;
    Time filled{};
    uint64_t left_out = 0;
  };
  const std::function<Time()> now_;
  model::Mutex mutex_;
  model::StringMap<Bucket> buckets_ TANGRAM_GUARDED_BY(mutex_);
};

}  // namespace tangram::api::telemetry

#endif  // API_TELEMETRY_LOG_LIMIT_H_
