// See profile_model.h.
#include "bench/profile_model.h"

#include <cctype>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace tangram::bench {
namespace {

using model::CorePercent;
using model::Mebibytes;
using model::Slots;

std::string Uuid(const ProfileNode& node, int card) {
  return absl::StrCat("GPU-", node.name, "-", card);
}

model::ContainerKind KindOf(const ContainerAsk& ask) {
  return ask.init ? model::ContainerKind::kInit : model::ContainerKind::kApp;
}

std::vector<std::string> LowerWords(std::string_view list) {
  return absl::StrSplit(absl::AsciiStrToLower(absl::string_view(list.data(), list.size())), ',');
}

}  // namespace

model::PodRequest ToRequest(const PodAsk& ask) {
  model::PodRequest request;
  for (const ContainerAsk& one : ask.containers) {
    request.containers.push_back({.kind = KindOf(one),
                                  .count = one.cards,
                                  .memory = Mebibytes(one.memory_mib),
                                  .memory_percent = one.percent > 0 ? one.percent : 100,
                                  .cores = CorePercent(one.cores)});
  }
  request.kubelet_gpus = model::KubeletGpuCount(request.containers);
  model::CardConstraints& constraints = request.constraints;
  if (ask.annotation == "nvidia.com/use-gputype") constraints.use_types = LowerWords(ask.value);
  if (ask.annotation == "nvidia.com/nouse-gputype") constraints.avoid_types = LowerWords(ask.value);
  if (ask.annotation == "nvidia.com/numa-bind") constraints.numa_bind = true;
  if (ask.annotation == "hami.io/gpu-scheduler-policy") request.card_policy = ask.value;
  if (ask.annotation == "hami.io/node-scheduler-policy") request.node_policy = ask.value;
  return request;
}

model::NodeUpserted ToEvent(const ProfileNode& node) {
  model::NodeUpserted event;
  event.spec.name = node.name;
  event.spec.allocatable_gpus = kCardsPerNode * kSlotsPerCard;
  for (int card = 0; card < kCardsPerNode; ++card) {
    event.spec.gpus.push_back({.uuid = Uuid(node, card),
                               .index = card,
                               .slots = Slots(kSlotsPerCard),
                               .memory = Mebibytes(node.model.memory_mib),
                               .cores = CorePercent(100),
                               .type = std::string(node.model.name),
                               .mode = "hami-core",
                               .numa = card >= kCardsPerNode / 2 ? 1 : 0,
                               .healthy = true});
  }
  return event;
}

model::PodBooked ToEvent(const ProfilePod& pod, const ProfileNode& node) {
  model::PodBooked event;
  event.uid = "uid-" + pod.name;
  event.node = node.name;
  event.kubelet_gpus = ToRequest(pod.ask).kubelet_gpus;
  for (size_t i = 0; i < pod.slots.size(); ++i) {
    model::AllocationSlot slot{.kind = KindOf(pod.ask.containers[i]), .shares = {}};
    for (const ProfileShare& share : pod.slots[i]) {
      slot.shares.push_back({.uuid = Uuid(node, share.card),
                             .memory = Mebibytes(share.memory_mib),
                             .cores = CorePercent(share.cores)});
    }
    event.allocation.slots.push_back(std::move(slot));
  }
  return event;
}

absl::Status Load(const Profile& profile, model::Cluster& cluster) {
  for (const ProfileNode& node : profile.nodes) {
    if (auto change = cluster.Apply(ToEvent(node)); !change.ok()) return change.status();
  }
  for (const ProfilePod& pod : profile.pods) {
    auto change = cluster.Apply(ToEvent(pod, profile.nodes[pod.node]));
    if (!change.ok()) return change.status();
  }
  return absl::OkStatus();
}

}  // namespace tangram::bench
