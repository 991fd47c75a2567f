// Growing pauses between tries.
//
// Source of the figures: client-go's reflector (800 ms to 30 s, factor 2, jitter up to 100 %, reset
// after two minutes of calm). Unlike there, whoever sees that things work again says so (Reset).
#ifndef API_KUBERNETES_BACKOFF_H_
#define API_KUBERNETES_BACKOFF_H_

#include <algorithm>
#include <chrono>

namespace tangram::api::kubernetes {

struct BackoffOptions {
  std::chrono::milliseconds first{800};
  std::chrono::milliseconds max{30'000};
  // While nothing listens a try costs nobody anything, and a server that comes back should be
  // noticed soon.
  std::chrono::milliseconds refused_max{5'000};
  std::chrono::milliseconds calm{120'000};
};

// Not thread-safe.
class Backoff {
 public:
  using Time = std::chrono::steady_clock::time_point;

  explicit Backoff(const BackoffOptions& options) : options_(options), base_(options.first) {}

  // The pause after a failure at `now`; `jitter` is from [0, 1) and lengthens it by that share.
  std::chrono::milliseconds Next(Time now, bool refused, double jitter) {
    if (now - last_ > options_.calm) base_ = options_.first;
    last_ = now;
    const auto base = std::min(base_, refused ? options_.refused_max : options_.max);
    base_ = std::min(base_ * 2, options_.max);
    return base + std::chrono::milliseconds(
                      static_cast<int64_t>(static_cast<double>(base.count()) * jitter));
  }

  // What is tried works: the next pause is the first one again.
  void Reset() { base_ = options_.first; }

 private:
  const BackoffOptions options_;
  std::chrono::milliseconds base_;
  Time last_;
};

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_BACKOFF_H_
