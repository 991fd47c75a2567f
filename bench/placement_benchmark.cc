// What deciding costs without HTTP and JSON: filter, prioritize and fit over a snapshot, and
// booking a pod with the snapshot that follows. "known" has every shape asked once before
// (scheduler/verdict_cache.h). Names are "filter/5000/aged"; the label ends with a
// hash of the answers, which tells whether two builds decide alike.
#include <cstdint>
#include <iostream>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "bench/cluster_profile.h"
#include "bench/pod_shapes.h"
#include "bench/profile_model.h"
#include "bench/statistics.h"
#include "benchmark/benchmark.h"
#include "model/cluster.h"
#include "scheduler/placement.h"
#include "scheduler/policy.h"

namespace tangram::bench {
namespace {

constexpr uint64_t kPodSeed = 7;

// One cluster, and one pod of every shape.
struct Scene {
  Profile profile;
  model::Cluster cluster;
  std::vector<std::string_view> names;
  std::vector<model::PodRequest> requests;
  size_t states = 0;
};

// Made once per size and state, since the framework calls a benchmark several times.
class Scenes {
 public:
  Scene& At(int nodes, Fill fill) {
    std::unique_ptr<Scene>& scene = scenes_[{nodes, fill}];
    if (scene == nullptr) scene = Make(nodes, fill);
    return *scene;
  }

 private:
  static std::unique_ptr<Scene> Make(int nodes, Fill fill) {
    auto scene = std::make_unique<Scene>();
    scene->profile = MakeProfile({.nodes = nodes, .fill = fill});
    scene->states = CountStates(scene->profile);
    if (absl::Status status = Load(scene->profile, scene->cluster); !status.ok()) {
      std::cerr << "the profile contradicts itself: " << status << "\n";
      std::abort();
    }
    for (const ProfileNode& node : scene->profile.nodes) scene->names.emplace_back(node.name);
    for (size_t shape = 0; shape < ShapeCount(); ++shape) {
      Random random(kPodSeed + shape);
      scene->requests.push_back(ToRequest(DrawPod(shape, random)));
    }
    return scene;
  }

  std::map<std::pair<int, Fill>, std::unique_ptr<Scene>> scenes_;
};

// Runs the verb for one pod, from the names on.
template <typename Verb>
auto Run(const Scene& scene, const model::Snapshot& snapshot, const model::PodRequest& pod,
         scheduler::VerdictCache* verdicts, Verb verb) {
  const scheduler::CompiledRequest request(pod, snapshot, scheduler::CardPolicy::Parse("spread"));
  const scheduler::Offer offer = *scheduler::FindOffer(snapshot, scene.names);
  scheduler::FilterInput input;
  input.verdicts = verdicts;
  input.request = &request;
  input.snapshot = &snapshot;
  input.offer = &offer;
  input.policy = &scheduler::NodePolicyFor(pod.node_policy, *scheduler::FindNodePolicy("binpack"));
  input.candidates.mode = scheduler::Candidates::Mode::kAll;
  return verb(input);
}

std::string FilterText(const scheduler::FilterInput& input) {
  std::string text;
  const scheduler::FilterOutcome outcome = scheduler::FilterNodes(input);
  for (const uint32_t position : outcome.fitting) absl::StrAppend(&text, position, ",");
  for (const auto& one : outcome.refused) absl::StrAppend(&text, one.position, ";");
  return text;
}

std::string PrioritizeText(const scheduler::FilterInput& input) {
  std::string text;
  for (const int32_t score : scheduler::PrioritizeNodes(input)) absl::StrAppend(&text, score, ",");
  return text;
}

// One verb over the shapes in turn. `text` writes an answer out, for the hash.
template <typename Verb, typename Text>
void Ask(benchmark::State& state, Scene& scene, scheduler::VerdictCache* verdicts, Verb verb,
         Text text) {
  const model::Snapshot snapshot = scene.cluster.snapshot();
  TextHash hash;
  for (const model::PodRequest& pod : scene.requests) {
    hash.Add(Run(scene, snapshot, pod, verdicts, text));
  }
  size_t next = 0;
  for (auto unused : state) {
    benchmark::DoNotOptimize(Run(scene, snapshot, scene.requests[next], verdicts, verb));
    next = (next + 1) % scene.requests.size();
  }
  state.SetLabel(absl::StrFormat("%d states, answers %016x", scene.states, hash.value()));
}

void Filter(benchmark::State& state, Scene& scene) {
  Ask(state, scene, nullptr, scheduler::FilterNodes, FilterText);
}

void FilterKnown(benchmark::State& state, Scene& scene) {
  scheduler::VerdictCache verdicts;
  Ask(state, scene, &verdicts, scheduler::FilterNodes, FilterText);
}

void Prioritize(benchmark::State& state, Scene& scene) {
  Ask(state, scene, nullptr, scheduler::PrioritizeNodes, PrioritizeText);
}

void PrioritizeKnown(benchmark::State& state, Scene& scene) {
  scheduler::VerdictCache verdicts;
  Ask(state, scene, &verdicts, scheduler::PrioritizeNodes, PrioritizeText);
}

// Filter for one shape of pod alone, seen for the first time: which ones are dear.
void FilterShape(benchmark::State& state, Scene& scene, size_t shape) {
  const model::Snapshot snapshot = scene.cluster.snapshot();
  const model::PodRequest& pod = scene.requests[shape];
  size_t fitting = 0;
  for (auto unused : state) {
    scheduler::VerdictCache verdicts;
    fitting = Run(scene, snapshot, pod, &verdicts, scheduler::FilterNodes).fitting_total;
  }
  state.SetLabel(absl::StrFormat("%d nodes fit", fitting));
}

// One node after the other; a time per node.
void FitOne(benchmark::State& state, Scene& scene) {
  const model::Snapshot snapshot = scene.cluster.snapshot();
  const scheduler::CardPolicy cards = scheduler::CardPolicy::Parse("spread");
  const std::vector<const model::Node*> nodes = snapshot.NodesByName();
  std::vector<std::unique_ptr<scheduler::CompiledRequest>> requests;
  for (const model::PodRequest& pod : scene.requests) {
    requests.push_back(std::make_unique<scheduler::CompiledRequest>(pod, snapshot, cards));
  }
  size_t next = 0;
  for (auto unused : state) {
    scheduler::Placement placement;
    const scheduler::CompiledRequest& request = *requests[next % requests.size()];
    benchmark::DoNotOptimize(scheduler::Fit(request, *nodes[next % nodes.size()], &placement));
    ++next;
  }
  state.SetLabel(absl::StrFormat("%d states", scene.states));
}

// A pod comes and goes, with the snapshot that each makes.
void BookAndRelease(benchmark::State& state, Scene& scene) {
  const ProfileNode& node = scene.profile.nodes.back();
  ProfilePod pod{.name = "booked",
                 .node = scene.profile.nodes.size() - 1,
                 .ask = {.containers = {{.cards = 1, .memory_mib = 1}}},
                 .slots = {{{.card = 0, .memory_mib = 1}}}};
  const model::PodBooked booked = ToEvent(pod, node);
  const model::PodReleased released{.uid = booked.uid};
  for (auto unused : state) {
    if (!scene.cluster.Apply(booked).ok()) state.SkipWithError("the booking was refused");
    benchmark::DoNotOptimize(scene.cluster.snapshot().version());
    if (!scene.cluster.Apply(released).ok()) state.SkipWithError("the release was refused");
    benchmark::DoNotOptimize(scene.cluster.snapshot().version());
  }
}

using Body = void (*)(benchmark::State&, Scene&);

void Register(Scenes& scenes, const std::string& name, Body body) {
  for (const int nodes : {100, 1000, 5000}) {
    for (const Fill fill : {Fill::kEmpty, Fill::kAged, Fill::kFull}) {
      benchmark::RegisterBenchmark(
          absl::StrCat(name, "/", nodes, "/", std::string(ToText(fill))).c_str(),
          [&scenes, body, nodes, fill](benchmark::State& state) {
            body(state, scenes.At(nodes, fill));
          })
          ->Unit(benchmark::kMicrosecond);
    }
  }
}

void RegisterShapes(Scenes& scenes) {
  for (const Fill fill : {Fill::kAged, Fill::kFull}) {
    for (size_t shape = 0; shape < ShapeCount(); ++shape) {
      benchmark::RegisterBenchmark(
          absl::StrCat("shape/5000/", std::string(ToText(fill)), "/", shape).c_str(),
          [&scenes, fill, shape](benchmark::State& state) {
            FilterShape(state, scenes.At(5000, fill), shape);
          })
          ->Unit(benchmark::kMicrosecond);
    }
  }
}

}  // namespace
}  // namespace tangram::bench

int main(int argc, char** argv) {
  tangram::bench::Scenes scenes;
  tangram::bench::Register(scenes, "filter", tangram::bench::Filter);
  tangram::bench::Register(scenes, "filter_known", tangram::bench::FilterKnown);
  tangram::bench::Register(scenes, "prioritize", tangram::bench::Prioritize);
  tangram::bench::Register(scenes, "prioritize_known", tangram::bench::PrioritizeKnown);
  tangram::bench::Register(scenes, "fit", tangram::bench::FitOne);
  tangram::bench::Register(scenes, "book", tangram::bench::BookAndRelease);
  tangram::bench::RegisterShapes(scenes);
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
