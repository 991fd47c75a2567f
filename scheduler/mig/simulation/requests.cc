#include "scheduler/mig/simulation/requests.h"

#include <algorithm>
#include <cmath>
#include <random>

#include "model/check.h"
#include "scheduler/mig/simulation/draw_stream.h"

namespace tangram::scheduler::mig::simulation {
namespace {

class Draws {
 public:
  explicit Draws(uint64_t seed) : random_(seed) {}
  // In [0, 1).
  double Fraction() {
    constexpr double kUnit = 1.0 / 9007199254740992.0;  // 2^-53
    return static_cast<double>(random_() >> 11) * kUnit;
  }
  double Exponential(double mean) { return -std::log1p(-Fraction()) * mean; }
  size_t Of(const Mix& mix) {
    double left = Fraction();
    size_t last = 0;
    for (size_t i = 0; i < mix.size(); ++i) {
      if (mix[i] <= 0) continue;
      if (left < mix[i]) return i;
      left -= mix[i];
      last = i;
    }
    return last;
  }

 private:
  std::mt19937_64 random_;
};

}  // namespace

double RequestsPerLifetime(const model::mig::Geometry& geometry, const Mix& mix,
                           const StreamOptions& options) {
  TANGRAM_CHECK(mix.size() == geometry.profiles().size());
  double mean_size = 0;
  for (size_t i = 0; i < mix.size(); ++i) mean_size += mix[i] * geometry.profiles()[i].length;
  return options.load * options.cards * geometry.slices() / mean_size;
}

Stream MakeStream(const model::mig::Geometry& geometry, const Mix& mix,
                  const StreamOptions& options, uint64_t seed) {
  return DrawStream(RequestsPerLifetime(geometry, mix, options), mix, options, seed);
}

Stream DrawStream(double requests_per_lifetime, const Mix& shares, const StreamOptions& options,
                  uint64_t seed) {
  // Stream::profiles has a byte for each.
  TANGRAM_CHECK(shares.size() <= kMostRequests);
  const double gap = 1 / requests_per_lifetime;
  Stream stream;
  stream.options = options;
  Draws draws(seed);
  std::vector<Stream::Event> departures;
  const double end = stream.end();
  for (double now = draws.Exponential(gap); now < end; now += draws.Exponential(gap)) {
    const auto request = static_cast<uint32_t>(stream.profiles.size());
    stream.profiles.push_back(static_cast<uint8_t>(draws.Of(shares)));
    stream.events.push_back({now, request, true});
    const double leaves = now + draws.Exponential(1);
    if (leaves < end) departures.push_back({leaves, request, false});
  }
  stream.events.insert(stream.events.end(), departures.begin(), departures.end());
  // A departure of the same moment is told from its arrival by coming after it.
  std::stable_sort(stream.events.begin(), stream.events.end(),
                   [](const Stream::Event& a, const Stream::Event& b) { return a.time < b.time; });
  return stream;
}

}  // namespace tangram::scheduler::mig::simulation
