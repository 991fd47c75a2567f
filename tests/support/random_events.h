// An endless stream of events for a small cluster: good, repeated, contradictory.
//
// The same seed gives the same stream. Each stream switches some kinds of events off (swarm
// testing), so that rare states, such as a full cluster where nothing is ever released, are
// reached.
#ifndef TESTS_SUPPORT_RANDOM_EVENTS_H_
#define TESTS_SUPPORT_RANDOM_EVENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "model/event.h"

namespace tangram::testing {

struct RandomEventsOptions {
  uint64_t seed = 1;
  int nodes = 30;  // names "node-0" and so on
  int cards = 8;   // at most, per node
  int pods = 200;  // uids "pod-0" and so on
};

class RandomEvents {
 public:
  explicit RandomEvents(const RandomEventsOptions& options);

  model::Event Next();

  // A number from 0 to below - 1.
  int Pick(int below);
  bool Chance(int percent) { return Pick(100) < percent; }

 private:
  enum Kind {
    kDescribe,    // a node with a fresh inventory
    kHeartbeat,   // the last description again, cards in another order
    kTweak,       // the last description with one field changed
    kRemove,      // a node goes away
    kBook,        // a pod takes cards, wherever it was before
    kRepeat,      // the last booking of a pod again, perhaps with its init containers finished
    kUnaccount,   // a pod's cards cannot be told
    kRelease,     // a pod ends
    kContradict,  // an event to be refused
    kDelegate,    // other resources are given out by DRA
    kKinds,
  };

  std::string NodeName() { return "node-" + std::to_string(Pick(options_.nodes)); }
  std::string PodUid() { return "pod-" + std::to_string(Pick(options_.pods)); }
  model::Gpu RandomGpu(const std::string& uuid);
  model::NodeSpec Describe(const std::string& name);
  model::NodeSpec Tweak(const std::string& name);
  void DescribePools(model::NodeSpec* spec);
  model::ResourceCounts RandomCounts();
  model::Event Delegate();
  model::PodBooked Book();
  model::CardShare RandomShare(const std::string& node);
  std::optional<model::MigInstance> RandomInstance(const std::string& node,
                                                   const std::string& uuid);
  model::Event Contradict();

  RandomEventsOptions options_;
  std::mt19937_64 random_;
  std::vector<Kind> kinds_;  // those switched on, the frequent ones several times
  std::map<std::string, model::NodeSpec> described_;
  std::map<std::string, model::PodBooked> booked_;
};

}  // namespace tangram::testing

#endif  // TESTS_SUPPORT_RANDOM_EVENTS_H_
