// The best nodes of an answer: by score, highest first, then by name. Internal to placement.
#ifndef SCHEDULER_RANKING_H_
#define SCHEDULER_RANKING_H_

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace tangram::scheduler {

// A node that fits: its place in the caller's list of names, and its score.
struct Ranked {
  int64_t score = 0;
  uint64_t name_key = 0;  // of this file's own use
  uint32_t position = 0;
};

// Sorts `nodes` best first and drops all but the best `keep`. Names are compared only between equal
// scores, and mostly by eight bytes at once, because in a fresh cluster every score is the same.
void KeepBest(std::span<const std::string_view> names, size_t keep, std::vector<Ranked>* nodes);

// Moves the best of `nodes`, which is not empty, to the front; the others keep their order.
void BestFirst(std::span<const std::string_view> names, std::vector<Ranked>* nodes);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_RANKING_H_
