#include "scheduler/policy.h"

#include <algorithm>
#include <array>

#include "model/check.h"
#include "scheduler/policies/binpack.h"
#include "scheduler/policies/spread.h"
#include "scheduler/pool_fit.h"

namespace tangram::scheduler {
namespace {

// The only list of policies, sorted by name. Stateless objects: constants, not globals.
const std::array<const NodePolicy*, 2>& Policies() {
  static const BinpackPolicy binpack;
  static const SpreadPolicy spread;
  static const std::array<const NodePolicy*, 2> policies = {&binpack, &spread};
  return policies;
}

}  // namespace

int64_t NodePolicy::Score(const CompiledRequest& request, const model::Node& node,
                          const Placement& placement, Scratch* scratch) const {
  if (node.counts_only()) {
    return ScoreAmounts(PoolTotals(node), PoolAmounts(request, node), scratch);
  }
  if (const auto amounts = request.AmountsOn(node); amounts.has_value()) {
    return ScoreAmounts(node.totals(), *amounts, scratch);
  }
  PodAmounts taken;
  for (const CardTake& take : TakenBy(request, node, placement)) {
    taken.slots += take.usage.slots.value();
    taken.memory_mib += take.usage.memory.value();
    taken.cores += take.usage.cores.value();
  }
  return ScoreAmounts(node.totals(), taken, scratch);
}

int64_t NodePolicy::ScoreAmounts(const model::NodeTotals&, const PodAmounts&, Scratch*) const {
  TANGRAM_CHECK(false);  // a policy implements Score, or this
  return 0;
}

const NodePolicy* FindNodePolicy(std::string_view name) {
  const auto& policies = Policies();
  const auto it = std::find_if(policies.begin(), policies.end(),
                               [name](const NodePolicy* policy) { return policy->name() == name; });
  return it == policies.end() ? nullptr : *it;
}

std::vector<std::string_view> NodePolicyNames() {
  std::vector<std::string_view> names;
  for (const NodePolicy* policy : Policies()) names.push_back(policy->name());
  return names;
}

const NodePolicy& NodePolicyFor(std::string_view name, const NodePolicy& fallback) {
  if (name.empty()) return fallback;
  const NodePolicy* own = FindNodePolicy(name);
  return own != nullptr ? *own : *FindNodePolicy("binpack");
}

}  // namespace tangram::scheduler
