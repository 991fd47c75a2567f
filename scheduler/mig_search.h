// The exact search for instances: which card is cut for which containers. Internal to the fit.
//
// For every card that is cut all the ways are found to serve the containers in slot order, as so
// many instances for each; then cards are combined until every container has its number. Nothing is
// left out: any profile that is large enough is tried, in any open place. Pure and deterministic;
// gives up where there is too much to try.
#ifndef SCHEDULER_MIG_SEARCH_H_
#define SCHEDULER_MIG_SEARCH_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "model/gpu.h"
#include "scheduler/mig_fit.h"

namespace tangram::scheduler {

struct MigProblem {
  // In slot order.
  std::vector<ContainerWant> wants;
  struct CutCard {
    uint16_t card = 0;  // of the node
    model::Card books;
    std::vector<MigAsk> asks;  // by want
    // Whether it may serve the want with so much in use on it, but for the room to cut.
    std::function<bool(size_t want, const model::GpuUsage& used)> passes;
  };
  std::vector<CutCard> cards;
  // All instances of a container that wants several on cards of one NUMA node.
  bool numa_bind = false;
  // How many ways may still be looked at before the search gives up; counted down.
  size_t* budget = nullptr;
};

// Such a budget for nodes with more cards than the search is complete for.
inline constexpr size_t kMostMigSteps = 200'000;

enum class MigSearchOutcome : uint8_t { kFound, kNone, kTooMuch };

// Fills `picks`, by want and sorted, when found.
MigSearchOutcome FindInstances(const MigProblem& problem, std::vector<MigPicks>* picks);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_MIG_SEARCH_H_
