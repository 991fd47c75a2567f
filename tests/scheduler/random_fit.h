// Random cards and requests, small enough that every rule is met often.
#ifndef TESTS_SCHEDULER_RANDOM_FIT_H_
#define TESTS_SCHEDULER_RANDOM_FIT_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

#include "tests/scheduler/fit_world.h"

namespace tangram::scheduler {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}
  int Below(int bound) { return static_cast<int>(engine_() % static_cast<uint64_t>(bound)); }
  int Between(int low, int high) { return low + Below(high - low + 1); }
  bool Once(int in) { return Below(in) == 0; }

 private:
  std::mt19937_64 engine_;
};

inline std::vector<TestCard> RandomCards(Random& random) {
  std::vector<TestCard> cards(static_cast<size_t>(random.Between(1, 5)));
  const bool alike = random.Once(2);
  const bool mixed = random.Once(4);  // of vendors
  for (TestCard& card : cards) {
    card.slots = alike ? 4 : random.Between(0, 4);
    card.memory = alike ? 12 : random.Between(4, 14);
    card.cores = random.Once(8) ? 200 : random.Once(8) ? 0 : 100;
    card.numa = random.Below(2);
    card.healthy = !random.Once(12);
    card.cordoned = random.Once(12);
    if (random.Once(4)) card.type = "NVIDIA H100 80GB HBM3";
    if (random.Once(20)) card.mode = "mig";
    if (random.Once(8)) card.mode = "mps";
    if (mixed && random.Once(2)) {
      card.vendor = model::Vendor::kAmd;
      card.type = "AMD Instinct MI300X";
      card.mode = "";
      card.cores = random.Once(4) ? 100 : 304;
    }
    if (random.Once(2)) continue;
    card.used_slots = random.Between(1, 3);
    card.used_memory = random.Once(10) ? card.memory + 1 : random.Below(card.memory);
    card.used_cores = random.Once(6) ? card.cores : 10 * random.Below(6);
  }
  return cards;
}

inline model::PodRequest RandomRequest(Random& random, size_t cards) {
  std::vector<model::ContainerRequest> containers;
  const int how_many = random.Between(1, 4);
  const bool mixed = random.Once(6);
  for (int i = 0; i < how_many; ++i) {
    model::ContainerRequest container =
        random.Once(4) ? ByPercent(1, random.Between(1, 100)) : Container(1, random.Between(1, 9));
    container.count =
        random.Once(12) ? 0 : random.Between(1, std::min<int>(3, static_cast<int>(cards)));
    container.cores = model::CorePercent(random.Once(8)   ? 100
                                         : random.Once(3) ? 0
                                                          : 10 * random.Below(7));
    if (mixed && random.Once(2)) {
      container.vendor = model::Vendor::kAmd;
      container.cores = model::CorePercent(random.Once(3) ? 100 : random.Between(1, 60));
    }
    container.kind = random.Once(5)   ? model::ContainerKind::kInit
                     : random.Once(5) ? model::ContainerKind::kSidecar
                                      : model::ContainerKind::kApp;
    containers.push_back(container);
  }
  model::PodRequest request = Pod(containers);
  request.constraints.numa_bind = random.Once(4);
  if (random.Once(8)) request.constraints.modes = "hami-core,mig";
  if (random.Once(8)) request.constraints.use_types = {"a100"};
  if (random.Once(6)) {
    model::CardConstraints& constraints = request.other_constraints[model::Vendor::kAmd];
    if (random.Once(3)) constraints.use_types = {"mi300"};
    if (random.Once(3)) constraints.avoid_uuids = {CardUuid(1)};
    if (random.Once(8)) constraints.avoid_types = {"instinct"};
  }
  if (random.Once(10)) request.constraints.avoid_uuids = {CardUuid(0)};
  if (random.Once(10)) request.constraints.use_uuids = {CardUuid(0), CardUuid(1), CardUuid(2)};
  const char* policies[] = {"", "", "binpack", "spread", "numa,binpack", "mutex"};
  request.card_policy = policies[random.Below(6)];
  return request;
}

}  // namespace tangram::scheduler

#endif  // TESTS_SCHEDULER_RANDOM_FIT_H_
