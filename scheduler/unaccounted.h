// Bound pods of which nobody can tell which cards of their node they take.
//
// Such a pod closes its node to new GPU pods, or is ignored, as SchedulerOptions::close_unaccounted
// says. Made for logs, reports and metrics; what it means for the books is model/cluster.h.
#ifndef SCHEDULER_UNACCOUNTED_H_
#define SCHEDULER_UNACCOUNTED_H_

#include <string>
#include <string_view>
#include <vector>

#include "model/cluster.h"
#include "model/pod.h"

namespace tangram::scheduler {

struct World;

struct UnaccountedPod {
  model::PodId id;
  std::string node;
  // The cards of its allocation that the node does not have, sorted by UUID; the others are booked.
  // Empty where the allocation as a whole is missing, cannot be read, or was made for another node.
  std::vector<std::string> missing_cards;
  bool unreadable = false;
  bool ignored = false;  // it closes no node
  friend bool operator==(const UnaccountedPod&, const UnaccountedPod&) = default;
};

// The cards that the booking names and the node does not have, sorted by UUID.
std::vector<std::string> MissingCards(const model::Booking& booking, const model::Node& node);

// What is wrong with it, for people: "its card GPU-a is not among the cards that node gpu-1 has
// registered".
std::string WhyUnaccounted(const UnaccountedPod& pod);

// Those on that node, by namespace, name and uid; none where the node is not known or counts only.
// Requires the scheduler's mutex (world.h). Of a pod that is being bound the id is the uid alone.
std::vector<UnaccountedPod> UnaccountedOn(const World& world, std::string_view node);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_UNACCOUNTED_H_
