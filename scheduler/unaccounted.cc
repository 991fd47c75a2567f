#include "scheduler/unaccounted.h"

#include <algorithm>
#include <tuple>

#include "scheduler/world.h"

namespace tangram::scheduler {

std::vector<std::string> MissingCards(const model::Booking& booking, const model::Node& node) {
  std::vector<std::string> missing;
  if (!node.known()) return missing;
  for (const model::CardDemand& part : booking.demand) {
    if (node.FindCard(part.uuid) < 0) missing.push_back(part.uuid);
  }
  return missing;
}

std::string WhyUnaccounted(const UnaccountedPod& pod) {
  if (pod.missing_cards.empty()) {
    return std::string("the annotation hami.io/vgpu-devices-allocated ") +
           (pod.unreadable ? "cannot be read" : "is missing or was made for another node");
  }
  constexpr size_t kMost = 8;
  const size_t count = pod.missing_cards.size();
  std::string why = count == 1 ? "its card " : "its cards ";
  for (size_t i = 0; i < std::min(count, kMost); ++i) {
    if (i > 0) why += ", ";
    why += pod.missing_cards[i];
  }
  if (count > kMost) why += " and " + std::to_string(count - kMost) + " more";
  return why + (count == 1 ? " is" : " are") + " not among the cards that node " + pod.node +
         " has registered";
}

std::vector<UnaccountedPod> UnaccountedOn(const World& world, std::string_view node) {
  std::vector<UnaccountedPod> pods;
  const model::Node* known = world.cluster.FindNode(node);
  if (known == nullptr || !known->known()) return pods;
  if (known->unaccounted_pods() + known->ignored_pods() == 0) return pods;
  for (const std::string& uid : world.cluster.PodsOn(node)) {
    const model::Booking& booking = *world.cluster.FindBooking(uid);
    if (!IsUnaccounted(booking, *known)) continue;
    UnaccountedPod& pod = pods.emplace_back();
    pod.id.uid = uid;
    pod.node = booking.node;
    pod.missing_cards = MissingCards(booking, *known);
    pod.ignored = booking.ignored;
    const PodTable::Entry* entry = world.pods.Find(uid);
    if (entry == nullptr) continue;
    pod.id = entry->pod.id;
    pod.unreadable = entry->pod.allocation_state == model::AllocationState::kUnreadable;
  }
  std::sort(pods.begin(), pods.end(), [](const UnaccountedPod& a, const UnaccountedPod& b) {
    return std::tie(a.id.name_space, a.id.name, a.id.uid) <
           std::tie(b.id.name_space, b.id.name, b.id.uid);
  });
  return pods;
}

}  // namespace tangram::scheduler
