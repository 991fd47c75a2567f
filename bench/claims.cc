// See claims.h.
#include "bench/claims.h"

#include <cstddef>
#include <iostream>

namespace tangram::bench {

int ReportClaims(const std::vector<Claim>& claims) {
  std::cout << "\nclaims\n";
  size_t failed = 0;
  for (const Claim& claim : claims) {
    std::cout << (claim.holds ? "  PASS  " : "  FAIL  ") << claim.text << "\n";
    if (!claim.holds) ++failed;
  }
  std::cout << claims.size() - failed << " of " << claims.size() << " claims hold\n";
  return failed == 0 ? 0 : 1;
}

}  // namespace tangram::bench
