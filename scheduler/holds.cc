#include "scheduler/holds.h"

#include <utility>

namespace tangram::scheduler {

void Holds::Set(const std::string& uid, std::string node, std::vector<model::CardDemand> demand,
                int64_t kubelet_gpus, model::ResourceCounts counted, Instant expires) {
  Hold& hold = holds_[uid];
  if (recorder_.on()) recorder_.Add(recording::HoldBegun{uid, node, demand, kubelet_gpus, counted});
  hold.node = std::move(node);
  hold.demand = std::move(demand);
  hold.kubelet_gpus = kubelet_gpus;
  hold.counted = std::move(counted);
  hold.expires = expires;
}

void Holds::Remove(std::string_view uid) {
  const auto found = holds_.find(uid);
  if (found == holds_.end()) return;
  if (recorder_.on()) recorder_.Add(recording::HoldEnded{found->first});
  holds_.erase(found);
}

void Holds::Expire(Instant now) {
  for (auto hold = holds_.begin(); hold != holds_.end();) {
    if (hold->second.expires > now) {
      ++hold;
      continue;
    }
    if (recorder_.on()) recorder_.Add(recording::HoldEnded{hold->first});
    hold = holds_.erase(hold);
  }
}

NodeOverlay Holds::Overlay(const model::Snapshot& snapshot, std::string_view except_uid) const {
  NodeOverlay overlay;
  for (const auto& [uid, hold] : holds_) {
    if (uid == except_uid) continue;
    const model::NodeIndex index = snapshot.Find(hold.node);
    if (index == model::kNoNode) continue;
    auto place = overlay.find(index);
    if (place == overlay.end()) place = overlay.emplace(index, *snapshot.At(index)).first;
    place->second.Book(hold.demand, hold.kubelet_gpus, hold.counted);
  }
  return overlay;
}

}  // namespace tangram::scheduler
