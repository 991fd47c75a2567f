// What values of the model take up in memory, about: what bounded memories are counted in.
//
// Texts come from pods' annotations, so that what is kept is bounded by bytes and not by number.
#ifndef SCHEDULER_MEMORY_OF_H_
#define SCHEDULER_MEMORY_OF_H_

#include <cstddef>

#include "model/pod.h"
#include "model/request.h"

namespace tangram::scheduler {

// Bytes, with what the value points to; the overhead of the allocator is left out.
size_t MemoryOf(const model::PodRequest& request);
// The same without the allocation, which whoever keeps pods drops.
size_t MemoryOf(const model::Pod& pod);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_MEMORY_OF_H_
