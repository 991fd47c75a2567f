#include "scheduler/whatif/capacity.h"

#include <utility>

#include "model/check.h"

namespace tangram::scheduler::whatif {

NodeCapacity CountOn(const Judge& judge, HostedNode node) {
  NodeCapacity capacity;
  Placement placement;
  while (true) {
    Verdict verdict = judge.On(node, &placement);
    if (!verdict.fits()) {
      capacity.stop = verdict;
      break;
    }
    if (capacity.count == kMostOnNode) {
      capacity.cut = true;
      return capacity;
    }
    judge.Book(placement, &node);
    ++capacity.count;
  }
  capacity.host_left = node.host_left;
  if (!capacity.stop.cards.fits) {
    const auto verdicts = ExplainCards(judge.request(), node.node);
    if (const auto nearest = NearestCard(verdicts); nearest.has_value()) {
      capacity.nearest = verdicts[*nearest];
    }
  }
  return capacity;
}

Capacity CountFits(const World& world, const Ask& ask, const CardPolicy& policy) {
  const Judge judge(ask, world, policy);
  Capacity capacity;
  for (const HostedNode& node : world.nodes) {
    capacity.nodes.push_back(CountOn(judge, node));
    capacity.total += capacity.nodes.back().count;
  }
  return capacity;
}

Plan PlanNodes(int64_t before, int64_t wanted, const World& shape, const Ask& ask,
               const CardPolicy& policy) {
  TANGRAM_CHECK(shape.nodes.size() == 1);
  Plan plan;
  plan.before = before;
  plan.on_each = CountOn(Judge(ask, shape, policy), shape.nodes.front());
  if (before >= wanted) {
    plan.nodes = 0;
  } else if (plan.on_each.count > 0) {
    plan.nodes = (wanted - before + plan.on_each.count - 1) / plan.on_each.count;
  }
  plan.after = before + plan.nodes.value_or(0) * plan.on_each.count;
  return plan;
}

}  // namespace tangram::scheduler::whatif
