// What the watches tell the scheduler, already out of the dialect's text.
#ifndef SCHEDULER_OBSERVATION_H_
#define SCHEDULER_OBSERVATION_H_

#include <optional>
#include <string>
#include <vector>

#include "model/event.h"
#include "model/host.h"
#include "model/node.h"
#include "model/pod.h"

namespace tangram::scheduler {

// A node object as far as it concerns us.
struct NodeObservation {
  model::NodeSpec spec;          // no cards: a node without registered cards
  std::string lock;              // text of hami.io/mutex.lock, empty = free
  std::string resource_version;  // for the conditional PATCH of the lock
  // HAMi's agent describes this node (hami.io/node-nvidia-register is present): its Allocate needs
  // the lock.
  bool has_agent = false;
  // Why the register annotation could not be decoded, then the cards of `spec` are empty, or why
  // some of the cards take nothing.
  std::string problem;
  // Contradictions in what is said of the node, and what of it is believed; it is usable.
  std::vector<std::string> notes;
  // For those who weigh more than cards: what pods may take in all, where the source says so, and
  // whether the node takes no new pods (kubectl cordon).
  std::optional<model::HostResources> host;
  bool unschedulable = false;
};

// A pod object as far as it concerns us.
using PodObservation = model::Pod;

// Whether what a bound pod takes from its node's cards can be told: from its allocation, or because
// it takes nothing. The node of one that does not tell is closed to new GPU pods.
bool TellsWhatItTakes(const PodObservation& pod);

// What a bound pod means for the books: it holds its allocation, or uses cards nobody can tell.
// Those of the latter kind, and those with a card that their node does not have, close the node
// unless `close_unaccounted` is false. Nothing for a pod that takes no card and has no allocation,
// unless it asks for CPU or memory.
std::optional<model::Event> EventOfBound(const PodObservation& pod, bool close_unaccounted);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_OBSERVATION_H_
