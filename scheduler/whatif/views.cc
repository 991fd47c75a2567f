#include "scheduler/whatif/views.h"

#include <algorithm>
#include <cstddef>

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

// What a container takes of a card of that memory, in thousandths; more than a whole card where the
// card cannot hold it.
int64_t MilliOn(const ContainerWant& want, int32_t memory) {
  if (memory == 0) return kWholeCard + 1;
  // The wire counts cores in percent.
  return std::max<int64_t>({Milli(want.MemoryOn(memory), memory), int64_t{want.cores} * 10, 1});
}

// Cards, and thousandths of each.
struct Shape {
  int64_t cards = 0;
  int64_t milli = 0;
  bool rounded = false;
};

// What all containers come to on cards of that memory.
Shape ShapeOn(const CompiledRequest& request, int32_t memory) {
  Shape running, init;
  int64_t sum = 0;
  for (const ContainerWant& want : request.wants()) {
    const int64_t milli = MilliOn(want, memory);
    Shape& shape = want.init ? init : running;
    shape.cards = want.init ? std::max<int64_t>(shape.cards, want.count) : shape.cards + want.count;
    shape.milli = std::max(shape.milli, milli);
    if (!want.init) sum += milli * want.count;
  }
  // Containers of one card each that share one.
  const auto single = [](const ContainerWant& want) { return want.count == 1; };
  const bool shares = std::all_of(request.wants().begin(), request.wants().end(), single);
  if (shares && sum > 0 && sum <= kWholeCard) running = {1, sum, false};
  Shape shape{std::max(running.cards, init.cards), std::max(running.milli, init.milli), false};
  if (shape.cards > 1 && shape.milli < kWholeCard) {
    shape.milli = kWholeCard;
    shape.rounded = true;
  }
  return shape;
}

}  // namespace

std::vector<Views::Kind> Views::KindsOf(const model::Node& node) {
  std::vector<Kind> kinds;
  for (const model::Card& card : node.cards()) kinds.push_back({card.type, card.memory.value()});
  std::sort(kinds.begin(), kinds.end());
  kinds.erase(std::unique(kinds.begin(), kinds.end()), kinds.end());
  return kinds;
}

absl::StatusOr<Views> Views::Of(const World& world) {
  Views views;
  for (const HostedNode& hosted : world.nodes) {
    const model::Node& node = hosted.node;
    const std::string name = absl::StrCat("node ", model::Shown(node.name()));
    if (node.cards().size() > kViewCards) {
      return absl::InvalidArgumentError(absl::StrCat(name, " has ", node.cards().size(),
                                                     " cards; allowed are at most ", kViewCards));
    }
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
  TANGRAM_CHECK(model != kinds_.end() && node.cards().size() <= kViewCards);
  view.model = static_cast<uint8_t>(model - kinds_.begin());
  view.cards = static_cast<uint8_t>(node.cards().size());
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

std::optional<Views::Wanted> Views::DemandOf(const World& world, const Ask& ask) const {
  Wanted wanted;
  Demand& demand = wanted.pod.demand;
  demand.cpu = ask.host.cpu_milli;
  demand.memory = ask.host.memory_mib;
  const CompiledRequest request(ask.request, world.snapshot, CardPolicy());
  if (request.empty()) return wanted;
  wanted.pod.model_text = absl::StrJoin(ask.request.constraints.use_types, "|");
  Shape shape;
  demand.models = 0;
  for (size_t model = 0; model < kinds_.size(); ++model) {
    Shape here;
    bool holds = !kinds_[model].empty();
    for (const Kind& kind : kinds_[model]) {
      const Shape on = ShapeOn(request, kind.memory);
      holds = holds && request.TypeAllowed(kind.type) && on.milli <= kWholeCard;
      here = {std::max(here.cards, on.cards), std::max(here.milli, on.milli),
              here.rounded || on.rounded};
    }
    if (!holds) continue;
    const bool differs =
        shape.cards > 0 && (shape.cards != here.cards || shape.milli != here.milli);
    demand.models |= ModelSet{1} << model;
    shape = {std::max(shape.cards, here.cards), std::max(shape.milli, here.milli),
             shape.rounded || here.rounded || differs};
  }
  if (demand.models == 0) {
    // No model takes it: whole cards that are nowhere.
    for (const ContainerWant& want : request.wants()) shape.cards += want.count;
    shape.milli = kWholeCard;
  }
  if (shape.cards > static_cast<int64_t>(kViewCards)) return std::nullopt;
  if (shape.cards > 1) shape.milli = kWholeCard;
  demand.cards = static_cast<int32_t>(shape.cards);
  demand.milli = static_cast<int32_t>(shape.milli);
  wanted.rounded = shape.rounded;
  return wanted;
}

}  // namespace tangram::scheduler::whatif
