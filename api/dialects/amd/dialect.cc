#include "api/dialects/amd/dialect.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tangram::api::amd {

model::ContainerRequest MakeRequest(const hami::ResourceAmounts& limits) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  model::ContainerRequest request;
  request.vendor = model::Vendor::kAmd;
  if (!limits.count.has_value() || !limits.count->exact || limits.count->value <= 0) return request;
  if (limits.memory.has_value()) {
    if (!limits.memory->exact || limits.memory->value < 0 || limits.memory->value > kMost) {
      return request;
    }
    request.memory = model::Mebibytes::Checked(limits.memory->value);
  }
  int64_t percent = 100;
  if (limits.cores.has_value() && limits.cores->exact) percent = limits.cores->value;
  request.cores = model::CorePercent::Checked(std::clamp<int64_t>(percent, 1, 100));
  request.count = static_cast<int32_t>(std::min(limits.count->value, kMost));
  return request;
}

}  // namespace tangram::api::amd
