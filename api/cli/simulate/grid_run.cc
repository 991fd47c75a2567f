#include "api/cli/simulate/grid_run.h"

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/run_report.h"
#include "api/manifests/digest.h"
#include "scheduler/simulation/run.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::Demand;
using scheduler::NodeView;
using scheduler::WorkloadPod;
using scheduler::simulation::Arrivals;
using scheduler::simulation::FiguresOf;
using scheduler::simulation::Foresight;
using scheduler::simulation::RunFigures;
using scheduler::simulation::SimNode;
using scheduler::simulation::SimPod;

constexpr uint64_t kProgressEvery = 256;  // arrivals

void AppendPod(const WorkloadPod& pod, std::string* text) {
  const Demand& demand = pod.demand;
  absl::StrAppend(text, demand.cpu, ",", demand.memory, ",", demand.cards, ",", demand.milli, ",",
                  pod.model_text, "\n");
}

// One text for all that the runs of a list depend on; names with lengths, so that no two inputs
// have the same.
std::string DigestOf(const ListInput& list) {
  std::string text;
  for (const SimNode& node : list.workload.nodes) {
    const NodeView& view = node.view;
    absl::StrAppend(&text, node.name.size(), ":", node.name, ",", view.cpu_left, ",",
                    view.memory_left, ",", absl::StrJoin(view.gpus(), "+"), ",",
                    list.workload.models[view.model], "\n");
  }
  for (const SimPod& pod : list.workload.pods) {
    absl::StrAppend(&text, pod.name.size(), ":", pod.name, ",");
    AppendPod(pod.pod, &text);
  }
  absl::StrAppend(&text, list.foresight == Foresight::kKnown ? "known\n" : "learned\n");
  for (const WorkloadPod& pod : list.known) AppendPod(pod, &text);
  for (const Arrivals& order : list.orders) {
    absl::StrAppend(&text, "seed ", order.seed, "\n", absl::StrJoin(order.pods, " "), "\n",
                    absl::StrJoin(order.ranks, " "), "\n");
  }
  return manifests::Sha256Hex(text);
}

absl::StatusOr<ListInput> ReadList(const InputOptions& options,
                                   const std::vector<uint64_t>& seeds) {
  auto workload = ReadWorkload(options);
  if (!workload.ok()) return workload.status();
  ListInput list;
  list.workload = *std::move(workload);
  list.foresight = ForesightOf(options);
  auto known = ReadKnowledge(options, list.workload);
  if (!known.ok()) return known.status();
  list.known = *std::move(known);
  for (const uint64_t seed : seeds) {
    auto order = ReadOrder(options, seed, list.workload);
    if (!order.ok()) return order.status();
    list.orders.push_back(*std::move(order));
  }
  return list;
}

GridList FactsOf(const std::string& name, const ListInput& list) {
  GridList facts{.name = name,
                 .nodes = list.workload.nodes.size(),
                 .gpu_milli = 0,
                 .pods = list.workload.pods.size(),
                 .input_sha256 = DigestOf(list)};
  for (const SimNode& node : list.workload.nodes) facts.gpu_milli += node.view.gpu_left();
  return facts;
}

// Takes one cell after the other until there are none.
class Crew {
 public:
  Crew(const GridInput& input, const ShardPart& part, const GridWatch& watch)
      : input_(input), watch_(watch), results_(input.grid.cells()), errors_(results_.size()) {
    for (size_t cell = 0; cell < results_.size(); ++cell) {
      if (IsOf(input.grid, cell, part)) cells_.push_back(cell);
    }
  }

  void Work() {
    for (size_t i = next_++; i < cells_.size() && !watch_.stopped(); i = next_++) {
      RunCell(cells_[i]);
    }
  }

  absl::StatusOr<GridResults> Results() && {
    for (const absl::Status& error : errors_) {
      if (!error.ok()) return error;
    }
    return std::move(results_);
  }

 private:
  void RunCell(size_t number) {
    const Cell cell = CellAt(input_.grid, number);
    const ListInput& list = input_.lists[cell.list];
    const Arrivals& order = list.orders[cell.seed];
    uint64_t told = 0;
    const auto report =
        scheduler::simulation::Simulate(list.workload, order, input_.grid.policies[cell.policy],
                                        list.known, list.foresight, [&](size_t arrived) {
                                          if (arrived - told >= kProgressEvery) {
                                            watch_.progress(arrived - told);
                                            told = arrived;
                                          }
                                          return !watch_.stopped();
                                        });
    if (!report.ok()) {
      errors_[number] = report.status();
      return;
    }
    if (report->partial) return;
    watch_.progress(order.pods.size() - told);
    RunFigures figures = FiguresOf(*report);
    figures.placements_sha256 =
        manifests::Sha256Hex(PlacementLines(list.workload, order.pods, report->placements));
    results_[number] = std::move(figures);
  }

  const GridInput& input_;
  const GridWatch& watch_;
  std::vector<size_t> cells_;
  std::atomic<size_t> next_{0};
  GridResults results_;  // each place is written by one thread
  std::vector<absl::Status> errors_;
};

}  // namespace

absl::StatusOr<GridInput> ReadGrid(const GridOptions& options) {
  GridInput input;
  input.grid.version = TANGRAM_VERSION;
  input.grid.policies = options.policies;
  input.grid.seeds = options.seeds;
  input.grid.workload = options.input.workload;
  input.grid.inflate = options.input.inflate;
  for (size_t i = 0; i < options.pods.size(); ++i) {
    InputOptions files = options.input;
    files.pods = options.pods[i];
    if (!options.arrivals.empty()) files.arrivals = options.arrivals[i];
    const std::string name = std::filesystem::path(files.pods).stem().string();
    for (size_t other = 0; other < i; ++other) {
      if (input.grid.lists[other].name != name) continue;
      return absl::InvalidArgumentError(absl::StrCat("--pods ", options.pods[other], " and ",
                                                     files.pods, ": both lists are named ", name,
                                                     "; file names must differ"));
    }
    auto list = ReadList(files, options.seeds);
    if (!list.ok()) return list.status();
    input.grid.lists.push_back(FactsOf(name, *list));
    input.lists.push_back(*std::move(list));
  }
  return input;
}

uint64_t ArrivalsOf(const GridInput& input, const ShardPart& part) {
  uint64_t arrivals = 0;
  for (size_t number = 0; number < input.grid.cells(); ++number) {
    if (!IsOf(input.grid, number, part)) continue;
    const Cell cell = CellAt(input.grid, number);
    arrivals += input.lists[cell.list].orders[cell.seed].pods.size();
  }
  return arrivals;
}

absl::StatusOr<GridResults> RunGrid(const GridInput& input, const ShardPart& part, size_t threads,
                                    const GridWatch& watch) {
  Crew crew(input, part, watch);
  {
    std::vector<std::jthread> workers;
    for (size_t i = 1; i < threads; ++i) workers.emplace_back([&crew] { crew.Work(); });
    crew.Work();
  }
  return std::move(crew).Results();
}

}  // namespace tangram::api::cli::simulate
