#include "scheduler/mig_fit.h"

#include "model/check.h"

namespace tangram::scheduler {

using model::mig::CardTable;
using model::mig::StateId;

MigAsk::MigAsk(const CardTable& table, const ContainerWant& want, std::string_view profile,
               model::Mebibytes memory)
    : table_(table), by_profile_(want.by_profile) {
  if (!by_profile_) {
    rank_ = table.FirstWith(model::Mebibytes(want.MemoryOn(memory.value())));
    return;
  }
  const std::optional<size_t> found = table.Find(profile);
  possible_ = found.has_value();
  profile_ = static_cast<uint16_t>(found.value_or(0));
}

model::GpuUsage TakenByInstance(const CardTable& table, size_t placement) {
  const size_t profile = table.states().placements()[placement].profile;
  return {model::Slots(1), table.memory(profile), table.cores(profile)};
}

int32_t StateAfter(const CardTable& table, int32_t state, size_t placement) {
  const StateId after = table.states().After(static_cast<StateId>(state), placement);
  TANGRAM_CHECK(after != model::mig::kNoState);
  return after;
}

}  // namespace tangram::scheduler
