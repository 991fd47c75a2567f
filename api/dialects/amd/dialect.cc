#include "api/dialects/amd/dialect.h"

#include <algorithm>
#include <cstdint>
#include <limits>

namespace tangram::api::amd {

model::ContainerRequest MakeRequest(const hami::ResourceAmounts& asked) {
  constexpr int64_t kMost = std::numeric_limits<int32_t>::max();
  model::ContainerRequest request;
  request.vendor = model::Vendor::kAmd;
  if (!asked.count.has_value() || !asked.count->exact || asked.count->value <= 0) return request;
  if (asked.memory.has_value()) {
    if (!asked.memory->exact || asked.memory->value < 0 || asked.memory->value > kMost) {
      return request;
    }
    request.memory = model::Mebibytes::Checked(asked.memory->value);
  }
  int64_t percent = 100;
  if (asked.cores.has_value() && asked.cores->exact) percent = asked.cores->value;
  request.cores = model::CorePercent::Checked(std::clamp<int64_t>(percent, 1, 100));
  request.count = static_cast<int32_t>(std::min(asked.count->value, kMost));
  return request;
}

}  // namespace tangram::api::amd
