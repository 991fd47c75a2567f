// What the watches tell the scheduler, already out of the dialect's text.
#ifndef SCHEDULER_OBSERVATION_H_
#define SCHEDULER_OBSERVATION_H_

#include <string>

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
  // The register annotation could not be decoded (why); the cards of `spec` are empty then.
  std::string problem;
};

// A pod object as far as it concerns us.
using PodObservation = model::Pod;

// Whether what a bound pod takes from its node's cards can be told: from its allocation, or because
// it takes nothing. The node of one that does not tell is closed to new GPU pods.
bool TellsWhatItTakes(const PodObservation& pod);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_OBSERVATION_H_
