#include "scheduler/view_policy.h"

#include <algorithm>
#include <iterator>
#include <numeric>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/check.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "scheduler/policies/best_fit.h"
#include "scheduler/policies/dot_product.h"
#include "scheduler/policies/fgd.h"
#include "scheduler/policies/gpu_clustering.h"
#include "scheduler/policies/gpu_packing.h"
#include "scheduler/policies/random.h"
#include "scheduler/policies/tangram.h"

namespace tangram::scheduler {
namespace {

using Make = std::unique_ptr<ViewPolicy> (*)(const WorkloadKnowledge&);

template <typename Policy>
std::unique_ptr<ViewPolicy> MakePlain(const WorkloadKnowledge&) {
  return std::make_unique<Policy>();
}

struct Entry {
  std::string_view name;
  Make make;
  bool learns = false;
};

// The only list, sorted by name.
constexpr Entry kPolicies[] = {
    {"best-fit", MakePlain<BestFitPolicy>},
    {"dotprod", MakePlain<DotProductPolicy>},
    {"fgd",
     [](const WorkloadKnowledge& knowledge) -> std::unique_ptr<ViewPolicy> {
       return std::make_unique<FgdPolicy>(knowledge.typical);
     },
     true},
    {"gpu-clustering", MakePlain<GpuClusteringPolicy>},
    {"gpu-packing", MakePlain<GpuPackingPolicy>},
    {"random", MakePlain<RandomPolicy>},
    {"tangram",
     [](const WorkloadKnowledge& knowledge) -> std::unique_ptr<ViewPolicy> {
       return std::make_unique<TangramPolicy>(knowledge.pods, knowledge.nodes);
     },
     true},
};

}  // namespace

absl::StatusOr<std::unique_ptr<ViewPolicy>> MakeViewPolicy(std::string_view name,
                                                           const WorkloadKnowledge& knowledge) {
  for (const Entry& entry : kPolicies) {
    if (entry.name == name) return entry.make(knowledge);
  }
  const auto plain = [](std::string* out, std::string_view text) { out->append(text); };
  return absl::InvalidArgumentError(absl::StrCat("policy: ", model::Shown(name),
                                                 " is not known; allowed are ",
                                                 absl::StrJoin(ViewPolicyNames(), ", ", plain)));
}

std::vector<std::string_view> ViewPolicyNames() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kPolicies) names.push_back(entry.name);
  return names;
}

bool Learns(std::string_view policy) {
  return std::any_of(std::begin(kPolicies), std::end(kPolicies),
                     [&](const Entry& entry) { return entry.name == policy && entry.learns; });
}

model::HostBuckets BucketsFor(std::string_view policy) {
  // Chance looks at nothing: the steps are for the pods that name another policy.
  if (policy == "tangram" || policy == "random") return {.cpu_milli = 1000, .memory_mib = 4096};
  return {.cpu_milli = 1, .memory_mib = 1};
}

model::HostBuckets Finest(const model::HostBuckets& a, const model::HostBuckets& b) {
  // The greatest step that both are made of; gcd(0, x) is x.
  return {.cpu_milli = std::gcd(a.cpu_milli, b.cpu_milli),
          .memory_mib = std::gcd(a.memory_mib, b.memory_mib)};
}

int8_t TightestCard(const NodeView& node, const Demand& demand) {
  size_t best = node.cards;
  for (size_t i = 0; i < node.cards; ++i) {
    if (node.left[i] < demand.milli) continue;
    if (best == node.cards || node.left[i] < node.left[best]) best = i;
  }
  return best == node.cards ? int8_t{-1} : static_cast<int8_t>(best);
}

CardSet Take(const Demand& demand, int8_t card, NodeView* node) {
  node->cpu_left -= demand.cpu;
  node->memory_left -= demand.memory;
  node->tags |= demand.tag();
  if (demand.shares()) {
    TANGRAM_CHECK(card >= 0 && card < node->cards);
    int16_t& left = node->left[static_cast<uint8_t>(card)];
    left = static_cast<int16_t>(left - demand.milli);
    TANGRAM_CHECK(left >= 0);
    return CardSet{1} << card;
  }
  int32_t wanted = demand.cards;
  CardSet taken = 0;
  for (size_t i = 0; i < node->cards && wanted > 0; ++i) {
    if (node->left[i] < demand.milli) continue;
    node->left[i] = static_cast<int16_t>(node->left[i] - demand.milli);
    taken |= CardSet{1} << i;
    --wanted;
  }
  TANGRAM_CHECK(wanted == 0);
  return taken;
}

}  // namespace tangram::scheduler
