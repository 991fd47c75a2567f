// The end of a bench: its claims, and how they become an exit code.
#ifndef BENCH_CLAIMS_H_
#define BENCH_CLAIMS_H_

#include <string>
#include <vector>

namespace tangram::bench {

struct Claim {
  std::string text;
  bool holds = false;
};

// The exit code of a bench that could not measure.
inline constexpr int kNoMeasurement = 2;

// Prints the claims and how many hold; 0 when all do, else 1.
int ReportClaims(const std::vector<Claim>& claims);

}  // namespace tangram::bench

#endif  // BENCH_CLAIMS_H_
