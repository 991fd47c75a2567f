#include "scheduler/whatif/views.h"

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/check.h"
#include "model/shown.h"

namespace tangram::scheduler::whatif {
namespace {

constexpr std::string_view kMigMode = "mig";

// part / whole in thousandths, rounded up; `whole` > 0.
int64_t Milli(int64_t part, int64_t whole) { return (part * kWholeCard + whole - 1) / whole; }

int16_t LeftOf(const model::Card& card, const std::string& mode) {
  if (!card.healthy || card.cordoned || card.overcommitted() || mode == kMigMode) return 0;
  if (card.used.slots >= card.slots || card.memory.value() == 0) return 0;
  int64_t used = Milli(card.used.memory.value(), card.memory.value());
  if (card.cores.value() > 0) {
    used = std::max(used, Milli(card.used.cores.value(), card.cores.value()));
  }
  return static_cast<int16_t>(kWholeCard - used);
}

}  // namespace

std::vector<Views::Kind> Views::KindsOf(const model::Node& node) {
  std::vector<Kind> kinds;
  for (const model::Card& card : node.cards()) {
    kinds.push_back({card.type, card.slots.value(), card.memory.value(), card.cores.value()});
  }
  std::stable_sort(kinds.begin(), kinds.end(), [](const Kind& a, const Kind& b) {
    return std::tie(a.type, a.memory) < std::tie(b.type, b.memory);
  });
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

absl::StatusOr<Views> Views::Of(const World& world) {
  Views views;
  views.devices_ = DeviceKindsOf(world.snapshot);
  for (const HostedNode& hosted : world.nodes) {
    const model::Node& node = hosted.node;
    const std::string name = absl::StrCat("node ", model::Shown(node.name()));
    std::vector<Kind> kinds = KindsOf(node);
    if (std::find(views.kinds_.begin(), views.kinds_.end(), kinds) != views.kinds_.end()) continue;
    if (views.kinds_.size() == kViewModels) {
      return absl::InvalidArgumentError(absl::StrCat(
          name, " has the ", kViewModels + 1, "th model; allowed are at most ", kViewModels));
    }
    std::vector<std::string> types;
    for (const Kind& kind : kinds) types.push_back(world.snapshot.card_types()[kind.type].type);
    views.models_.push_back(absl::StrJoin(types, "+"));
    views.kinds_.push_back(std::move(kinds));
  }
  return views;
}

NodeView Views::ViewOf(const HostedNode& hosted) const {
  const model::Node& node = hosted.node;
  NodeView view;
  const auto model = std::find(kinds_.begin(), kinds_.end(), KindsOf(node));
  TANGRAM_CHECK(model != kinds_.end());
  view.model = static_cast<uint8_t>(model - kinds_.begin());
  const bool too_many = node.cards().size() > kViewCards;
  view.cards = static_cast<uint8_t>(too_many ? 0 : node.cards().size());
  const model::HostResources host =
      hosted.host_left.value_or(model::HostResources{model::kHostMost, model::kHostMost});
  view.cpu_left = hosted.unschedulable ? 0 : std::max<int64_t>(host.cpu_milli, 0);
  view.memory_left = hosted.unschedulable ? 0 : std::max<int64_t>(host.memory_mib, 0);
  if (hosted.unschedulable || node.unaccounted_pods() > 0) return view;
  for (size_t i = 0; i < view.cards; ++i) {
    view.left[i] = LeftOf(node.cards()[i], node.spec().gpus[i].mode);
    const model::GpuUsage& used = node.cards()[i].used;
    if (used.slots.value() > 0) view.tags |= view.left[i] > 0 ? 1u : 2u;
  }
  return view;
}

std::optional<Views::Wanted> Views::DemandOf(const World& world, const Ask& ask,
                                             const CardPolicy& policy) const {
  const CompiledRequest request(ask.request, world.snapshot, policy, ask.host);
  const PodDemand asked = scheduler::DemandOf(request, devices_);
  if (asked.too_many) return std::nullopt;
  Wanted wanted;
  wanted.pod.demand = asked.demand;
  wanted.rounded = asked.rounded;
  if (asked.demand.cards == 0) return wanted;
  wanted.pod.model_text = absl::StrJoin(ask.request.constraints.use_types, "|");
  ModelSet& models = wanted.pod.demand.models;
  models = 0;
  for (size_t model = 0; model < kinds_.size(); ++model) {
    const std::vector<Kind>& kinds = kinds_[model];
    const bool holds =
        !kinds.empty() && std::all_of(kinds.begin(), kinds.end(), [&](const Kind& kind) {
          return HoldsOn(request, {kind.type, kind.slots, kind.memory, kind.cores, 1});
        });
    if (holds) models |= ModelSet{1} << model;
  }
  return wanted;
}

}  // namespace tangram::scheduler::whatif
