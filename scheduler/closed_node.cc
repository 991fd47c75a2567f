#include "scheduler/closed_node.h"

#include <algorithm>

namespace tangram::scheduler {

using model::Cardless;
using model::PoolBlock;

std::optional<Reason> ReasonOf(PoolBlock block) {
  switch (block) {
    case PoolBlock::kNone:
      return std::nullopt;
    case PoolBlock::kMigConfigPending:
      return Reason::kMigConfigPending;
    case PoolBlock::kMigConfigFailed:
      return Reason::kMigConfigFailed;
    case PoolBlock::kMigInvalid:
      return Reason::kMigInvalid;
    case PoolBlock::kDriverGone:
      return Reason::kDriverGone;
  }
  return std::nullopt;
}

Reason ReasonOf(Cardless cardless) {
  switch (cardless) {
    case Cardless::kNoAgent:
      return Reason::kResourceNotOffered;
    case Cardless::kUnregistered:
      return Reason::kNodeUnknown;
    case Cardless::kUnusable:
      return Reason::kNoCardsRegistered;
  }
  return Reason::kNodeUnknown;
}

std::optional<Reason> WhyClosed(const model::Node& node,
                                const std::vector<std::string>& dra_resources) {
  const model::NodeSpec& spec = node.spec();
  if (node.unaccounted_pods() > 0) return Reason::kUnaccountedPod;
  if (node.cards().size() > model::kMostCards) return Reason::kNodeTooManyCards;
  if (!node.counts_only()) {
    const bool open = !node.cards().empty() || spec.cardless == Cardless::kNoAgent;
    return open ? std::nullopt : std::optional<Reason>(ReasonOf(spec.cardless));
  }
  const bool by_dra =
      std::binary_search(dra_resources.begin(), dra_resources.end(), model::kGpuResource);
  if (spec.pool_block == PoolBlock::kDriverGone && by_dra) return Reason::kManagedByDra;
  return ReasonOf(spec.pool_block);
}

}  // namespace tangram::scheduler
