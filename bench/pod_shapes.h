// What the pods of a load ask for: a table of shapes, from a slice of one card to eight whole ones.
//
// A shape fixes the form (how many containers, by MiB or by percent, which conditions); the amounts
// are drawn anew for every pod. The same random numbers give the same pods.
#ifndef BENCH_POD_SHAPES_H_
#define BENCH_POD_SHAPES_H_

#include <cstddef>
#include <random>
#include <string_view>
#include <vector>

namespace tangram::bench {

using Random = std::mt19937_64;
// A number from low to high, both included.
int Between(Random& random, int low, int high);

// One container's wish. Memory by MiB when memory_mib > 0, else by percent when that is > 0, else
// the whole card's.
struct ContainerAsk {
  bool init = false;
  int cards = 0;  // 0: a container that asks for no card
  int memory_mib = 0;
  int percent = 0;
  int cores = 0;
};

struct PodAsk {
  std::vector<ContainerAsk> containers = {};  // init containers first
  // One annotation that makes a condition or chooses a policy; empty = none.
  std::string_view annotation = {};
  std::string_view value = {};
};

size_t ShapeCount();
PodAsk DrawPod(size_t shape, Random& random);

// Whether the shape is one that the generator of aged clusters can place: no init container and no
// condition but the card's type.
bool Ages(size_t shape);

}  // namespace tangram::bench

#endif  // BENCH_POD_SHAPES_H_
