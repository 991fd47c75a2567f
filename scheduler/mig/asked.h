// What a request asks of cards that are cut, in instances.
//
// Counted are containers that instances serve: that ask by profile, with `mig` among their modes,
// or where every card that their constraints allow is cut. Pure functions, callable from any
// thread.
#ifndef SCHEDULER_MIG_ASKED_H_
#define SCHEDULER_MIG_ASKED_H_

#include <cstdint>
#include <vector>

#include "model/gpu.h"
#include "model/mig/card_table.h"
#include "model/snapshot.h"
#include "scheduler/fit.h"

namespace tangram::scheduler::mig {

// Cards that are cut alike.
struct CutCards {
  const model::mig::CardTable& table;
  model::CardTypeId type = 0;
  model::Mebibytes memory;  // of one
};

struct Asked {
  uint16_t profile = 0;  // the first that would do
  int32_t count = 0;
};

// By container; nothing of those that such cards cannot serve. The request must be compiled for
// that snapshot, and the type be one of it.
std::vector<Asked> InstancesAsked(const CompiledRequest& request, const model::Snapshot& snapshot,
                                  const CutCards& cards);

}  // namespace tangram::scheduler::mig

#endif  // SCHEDULER_MIG_ASKED_H_
