#include "scheduler/mig/asked.h"

#include <string>

#include "scheduler/mig_fit.h"

namespace tangram::scheduler::mig {

std::vector<Asked> InstancesAsked(const CompiledRequest& request, const model::Snapshot& snapshot,
                                  const CutCards& cards) {
  bool shares = false;
  for (size_t id = 0; id < request.types().size(); ++id) {
    const bool takes = request.TypeTakes(static_cast<model::CardTypeId>(id));
    shares = shares || (takes && !snapshot.card_types()[id].type.empty());
  }
  const std::string& modes = request.request().constraints.modes;
  const bool asks_for_mig = modes.find(model::kMigMode) != std::string::npos;
  const TypeFails type = request.types()[cards.type];
  std::vector<Asked> asked;
  if ((type & kFailsType) != 0) return asked;
  for (const ContainerWant& want : request.wants()) {
    if (!want.by_profile && !asks_for_mig && shares) continue;
    if ((type & want.vendor) == 0) continue;
    const MigAsk ask(cards.table, want, request.ProfileOf(want), cards.memory);
    if (!ask.profiles().empty()) asked.push_back({ask.profiles().front(), want.count});
  }
  return asked;
}

}  // namespace tangram::scheduler::mig
