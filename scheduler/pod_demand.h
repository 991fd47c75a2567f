// What a pod is to a policy of views (node_view.h): so many cards, and so much of each.
//
// The one mapping from requests to demands. Whoever asks what a pod is goes this way: learning
// (policy_keeper.h), judging (live_view.h, pool_fit.h), surveys (recording/survey.h) and questions
// (whatif/views.h). It says what the books would say (fit.h, TakenBy):
//   - Containers are placed in slot order by the pod's card policy, and init and app containers are
//     folded card by card. On a node at hand the placement there counts; where no node is at hand,
//     one on a node with enough empty cards of the most frequent kind that holds the pod.
//   - What is taken of a card is the greater of its shares of memory and of compute, in
//     thousandths, rounded up.
//   - A demand says the same of each of its cards: the most that is taken of any.
//   - What is asked by count of pools is the sum of the parts of a card that the devices are.
// Pure functions; callable from any thread.
#ifndef SCHEDULER_POD_DEMAND_H_
#define SCHEDULER_POD_DEMAND_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "model/gpu.h"
#include "model/host.h"
#include "model/snapshot.h"
#include "scheduler/fit.h"
#include "scheduler/node_view.h"

namespace tangram::scheduler {

// The greater of the shares of memory (MiB) and compute that are taken of a card which has so much,
// in thousandths, rounded up, 0 to kWholeCard. Nothing of nothing is taken.
int32_t MilliTaken(int32_t memory, int32_t cores, int32_t all_memory, int32_t all_cores);

// So much of each of the cards.
Demand DemandOfCards(std::span<const int32_t> milli, const model::HostResources& host);
// What devices come to that are so many thousandths of a card together; at most `most` cards.
Demand DemandOfDevices(int64_t milli, int64_t most, const model::HostResources& host);

// Cards that are alike, and how many of them the cluster has.
struct CardKind {
  model::CardTypeId type = 0;
  int32_t slots = 0;
  int32_t memory = 0;  // MiB
  int32_t cores = 0;
  int64_t count = 0;
};
// Devices that are given out by count and are such a part of a card.
struct DeviceKind {
  std::string resource;
  int64_t milli = 0;
  int64_t count = 0;
};
// What a cluster has, sorted.
struct DeviceKinds {
  std::vector<CardKind> cards;
  std::vector<DeviceKind> devices;
};
DeviceKinds DeviceKindsOf(const model::Snapshot& snapshot);

// Whether an empty card of that kind takes each of the containers that ask for its vendor's cards,
// and there are some.
bool HoldsOn(const CompiledRequest& request, const CardKind& kind);

struct PodDemand {
  Demand demand;         // Demand::cards is 0 where it asks for no card
  bool rounded = false;  // its cards differ in what is taken, or kinds of cards in what it comes to
  bool too_many = false;  // more than kViewCards: `demand` says so many
};
// `kinds` are those of the snapshot that the request was compiled for. A pod that no card and no
// device of them serves asks for whole cards, of no model where there are cards.
PodDemand DemandOf(const CompiledRequest& request, const DeviceKinds& kinds);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_POD_DEMAND_H_
