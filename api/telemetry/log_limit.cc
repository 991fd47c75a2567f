// See log_limit.h.
#include "api/telemetry/log_limit.h"

#include <algorithm>
#include <utility>

namespace tangram::api::telemetry {

using model::MutexLock;

LogLimit::Verdict LogLimit::Ask(std::string_view kind, Rate rate) {
  const Time now = now_();
  const MutexLock lock(mutex_);
  auto found = buckets_.find(kind);
  if (found == buckets_.end()) {
    if (buckets_.size() >= kKindsMax) kind = "other records";
    found = buckets_.try_emplace(std::string(kind), Bucket{rate.burst, now, 0}).first;
  }
  Bucket& bucket = found->second;
  const std::chrono::duration<double> passed = now - bucket.filled;
  bucket.tokens = std::min(rate.burst, bucket.tokens + passed.count() * rate.per_second);
  bucket.filled = now;
  if (bucket.tokens < 1) {
    ++bucket.left_out;
    return {};
  }
  bucket.tokens -= 1;
  return {.pass = true, .left_out = std::exchange(bucket.left_out, 0)};
}

std::vector<LogLimit::LeftOut> LogLimit::TakeLeftOut(std::chrono::milliseconds quiet) {
  const Time now = now_();
  std::vector<LeftOut> all;
  {
    const MutexLock lock(mutex_);
    for (auto& [kind, bucket] : buckets_) {
      if (bucket.left_out == 0 || now - bucket.filled < quiet) continue;
      all.push_back({kind, std::exchange(bucket.left_out, 0)});
    }
  }
  std::sort(all.begin(), all.end(),
            [](const LeftOut& a, const LeftOut& b) { return a.kind < b.kind; });
  return all;
}

}  // namespace tangram::api::telemetry
