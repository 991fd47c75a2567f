// See pod_shapes.h.
#include "bench/pod_shapes.h"

#include <array>
#include <string_view>

namespace tangram::bench {
namespace {

struct Range {
  int low = 0, high = 0;
};

struct Part {
  int cards = 0;
  Range memory_mib = {};
  Range percent = {};
  Range cores = {};
  bool init = false;
};

struct Shape {
  std::array<Part, 3> parts;
  size_t part_count = 1;
  std::string_view annotation = "";
  std::string_view value = "";
};

constexpr std::string_view kUseType = "nvidia.com/use-gputype";
constexpr std::string_view kAvoidType = "nvidia.com/nouse-gputype";
constexpr std::string_view kCardPolicy = "hami.io/gpu-scheduler-policy";
constexpr std::string_view kNodePolicy = "hami.io/node-scheduler-policy";
constexpr std::string_view kNumaBind = "nvidia.com/numa-bind";

constexpr Part Mib(int cards, Range memory_mib, Range cores = {}) {
  return {.cards = cards, .memory_mib = memory_mib, .percent = {}, .cores = cores};
}
constexpr Part Percent(int cards, Range percent, Range cores = {}) {
  return {.cards = cards, .memory_mib = {}, .percent = percent, .cores = cores};
}
constexpr Part Whole(int cards) { return {.cards = cards, .cores = {100, 100}}; }
constexpr Part Init(Part part) {
  part.init = true;
  return part;
}

constexpr auto kShapes = std::to_array<Shape>({
    // One container, one card.
    {{Mib(1, {1000, 4000})}},
    {{Mib(1, {3000, 3000}, {30, 30})}},
    {{Mib(1, {4000, 12000}, {5, 20})}},
    {{Mib(1, {12000, 24000})}},
    {{Mib(1, {20000, 40000}, {20, 60})}},
    {{Percent(1, {5, 20})}},
    {{Percent(1, {20, 50}, {10, 40})}},
    {{Percent(1, {50, 90}, {50, 90})}},
    {{Percent(1, {100, 100})}},
    {{Whole(1)}},
    // One container, several cards.
    {{Mib(2, {2000, 10000})}},
    {{Mib(2, {8000, 30000}, {10, 50})}},
    {{Percent(2, {25, 60}, {20, 50})}},
    {{Whole(2)}},
    {{Mib(4, {4000, 16000}, {10, 30})}},
    {{Whole(4)}},
    // Several containers.
    {{Mib(1, {2000, 8000}), Mib(1, {1000, 4000}, {5, 15})}, 2},
    {{Mib(2, {3000, 9000}), Percent(1, {10, 30})}, 2},
    {{Mib(1, {1000, 6000}), Part{}, Mib(1, {1000, 6000})}, 3},
    // Conditions and policies.
    {{Mib(1, {2000, 16000})}, 1, kUseType, "A100"},
    {{Mib(1, {2000, 16000}, {5, 25})}, 1, kUseType, "H100,L40S"},
    {{Percent(1, {10, 40})}, 1, kAvoidType, "L40S"},
    {{Mib(1, {1000, 8000})}, 1, kCardPolicy, "binpack"},
    {{Mib(1, {1000, 8000})}, 1, kNodePolicy, "spread"},
    {{Mib(2, {2000, 20000})}, 1, kNumaBind, "true"},
    {{Init(Mib(1, {8000, 20000})), Mib(1, {2000, 6000})}, 2},
});

int Draw(Random& random, const Range& range) { return Between(random, range.low, range.high); }

}  // namespace

int Between(Random& random, int low, int high) {
  return low + static_cast<int>(random() % static_cast<uint64_t>(high - low + 1));
}

size_t ShapeCount() { return kShapes.size(); }

PodAsk DrawPod(size_t shape, Random& random) {
  const Shape& row = kShapes.at(shape);
  PodAsk ask{.containers = {}, .annotation = row.annotation, .value = row.value};
  for (size_t i = 0; i < row.part_count; ++i) {
    const Part& part = row.parts.at(i);
    ask.containers.push_back({.init = part.init,
                              .cards = part.cards,
                              .memory_mib = Draw(random, part.memory_mib),
                              .percent = Draw(random, part.percent),
                              .cores = Draw(random, part.cores)});
  }
  return ask;
}

bool Ages(size_t shape) {
  const Shape& row = kShapes.at(shape);
  return row.annotation != kNumaBind && !row.parts[0].init;
}

}  // namespace tangram::bench
