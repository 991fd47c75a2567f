// The families that are read from the scheduler at scrape time.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/telemetry/exposition.h"
#include "api/telemetry/metrics.h"
#include "api/telemetry/process_metrics.h"
#include "model/gpu.h"
#include "model/node.h"
#include "model/string_map.h"
#include "scheduler/closed_node.h"

namespace tangram::api::telemetry {
namespace {

using scheduler::SchedulerStats;

void WriteCounters(const SchedulerStats& stats, Exposition& out) {
  struct Row {
    std::string_view name;
    uint64_t SchedulerStats::*field;
    std::string_view help;
  };
  static constexpr Row kRows[] = {
      {"tangram_filters_total", &SchedulerStats::filters, "Filter calls."},
      {"tangram_filters_unfit_total", &SchedulerStats::filters_unfit,
       "Filter calls in which no node fitted."},
      {"tangram_bind_conflicts_total", &SchedulerStats::bind_conflicts,
       "Binds whose node no longer had room."},
      {"tangram_wake_ups_total", &SchedulerStats::wake_ups,
       "Node patches made so that waiting pods are tried again."},
      {"tangram_locks_taken_total", &SchedulerStats::locks_taken, "Node locks taken."},
      {"tangram_locks_released_total", &SchedulerStats::locks_released,
       "Node locks given back for an owner that cannot use them."},
  };
  out.Family("tangram_binds_total", MetricKind::kCounter, "Binds by how they ended.");
  out.Sample({{"outcome", "done"}}, static_cast<int64_t>(stats.binds_done));
  out.Sample({{"outcome", "failed"}}, static_cast<int64_t>(stats.binds_failed));
  for (const Row& row : kRows) {
    out.Single(row.name, MetricKind::kCounter, row.help, static_cast<int64_t>(stats.*row.field));
  }
}

void WriteSizes(const SchedulerStats& stats, Exposition& out) {
  struct Row {
    std::string_view name;
    int64_t SchedulerStats::*field;
    std::string_view help;
  };
  static constexpr Row kRows[] = {
      {"tangram_binds_in_progress", &SchedulerStats::binds_in_progress,
       "Binds that have not ended."},
      {"tangram_bind_queue", &SchedulerStats::binds_queued,
       "Binds that wait for a node lock or for the settling time."},
      {"tangram_holds", &SchedulerStats::holds, "Places kept for pods between filter and bind."},
      {"tangram_waiting_pods", &SchedulerStats::waiting_pods,
       "Unbound pods that ask for cards, but for those with scheduling gates."},
      {"tangram_gated_pods", &SchedulerStats::gated_pods,
       "Unbound pods that ask for cards and have scheduling gates."},
      {"tangram_known_pods", &SchedulerStats::known_pods, "Pods known from the watch."},
      {"tangram_nodes", &SchedulerStats::nodes, "Nodes known from the watch."},
      {"tangram_overcommitted_cards", &SchedulerStats::overcommitted_cards,
       "Cards taken beyond what they have."},
      {"tangram_unaccounted_pods", &SchedulerStats::unaccounted_pods,
       "Bound pods whose use of the cards cannot be read."},
  };
  for (const Row& row : kRows) {
    out.Single(row.name, MetricKind::kGauge, row.help, stats.*row.field);
  }
}

// Amounts of a card. Compute is told as a share: a percent of a card here, a number of compute
// units there.
struct CardFamily {
  std::string_view name;
  std::string_view help;
  int64_t (*value)(const model::Card&);
};

constexpr int64_t kMebibyte = 1024 * 1024;

constexpr CardFamily kCardFamilies[] = {
    {"tangram_device_memory_bytes", "Memory of a device, as registered.",
     [](const model::Card& c) { return c.memory.value() * kMebibyte; }},
    {"tangram_device_memory_allocated_bytes", "Memory of a device that pods have been given.",
     [](const model::Card& c) { return c.used.memory.value() * kMebibyte; }},
    {"tangram_device_slots", "How many containers may share a device.",
     [](const model::Card& c) { return int64_t{c.slots.value()}; }},
    {"tangram_device_slots_allocated", "How many containers share a device.",
     [](const model::Card& c) { return int64_t{c.used.slots.value()}; }},
};

// An upper bound of what WriteCards writes (but for escapes), so that a text of many megabytes is
// not copied as it grows.
size_t CardBytes(const std::vector<const model::Node*>& nodes) {
  constexpr size_t kLine = 110;  // a line without its node and card
  constexpr size_t kLines = std::size(kCardFamilies) + 1;
  size_t bytes = 4096;
  for (const model::Node* node : nodes) {
    for (const model::Gpu& gpu : node->spec().gpus) {
      bytes += kLines * (kLine + node->name().size() + gpu.uuid.size());
    }
  }
  return bytes;
}

// Calls `write` with each card and its labels.
template <typename Write>
void ForEachCard(const std::vector<const model::Node*>& nodes, Write write) {
  for (const model::Node* node : nodes) {
    for (size_t i = 0; i < node->cards().size(); ++i) {
      const model::Gpu& gpu = node->spec().gpus[i];
      write(node->cards()[i], Exposition::Labels({{"node", node->name()},
                                                  {"device_uuid", gpu.uuid},
                                                  {"device_index", absl::StrCat(gpu.index)}}));
    }
  }
}

void WriteCards(const std::vector<const model::Node*>& nodes, Exposition& out) {
  for (const CardFamily& family : kCardFamilies) {
    out.Family(family.name, MetricKind::kGauge, family.help);
    ForEachCard(nodes, [&](const model::Card& card, const std::string& labels) {
      out.SampleWith(labels, family.value(card));
    });
  }
  out.Family("tangram_device_compute_allocated_ratio", MetricKind::kGauge,
             "Share of a device's compute that pods have been given, 1 for all of it.");
  ForEachCard(nodes, [&out](const model::Card& card, const std::string& labels) {
    if (card.cores.value() <= 0) return;
    out.SampleWith(labels, static_cast<double>(card.used.cores.value()) /
                               static_cast<double>(card.cores.value()));
  });
}

// One sample for each card that the node does not have, or for the pod where its allocation tells
// none; the first thousand, because a cluster in disorder may have any number.
void WriteUnaccounted(const std::vector<scheduler::UnaccountedPod>& pods, Exposition& out) {
  constexpr size_t kMost = 1000;
  size_t written = 0;
  out.Family("tangram_unaccounted_pod_info", MetricKind::kGauge,
             "Bound pods of unknown use, with the cards that their node does not have.");
  for (const scheduler::UnaccountedPod& pod : pods) {
    const size_t samples = std::max<size_t>(pod.missing_cards.size(), 1);
    for (size_t i = 0; i < samples && written < kMost; ++i, ++written) {
      const std::string_view card =
          pod.missing_cards.empty() ? std::string_view() : std::string_view(pod.missing_cards[i]);
      out.Sample({{"node", pod.node},
                  {"namespace", pod.id.name_space},
                  {"pod", pod.id.name},
                  {"device_uuid", card},
                  {"closes_node", pod.ignored ? "false" : "true"}},
                 1);
    }
  }
}

void WriteClosed(const std::vector<const model::Node*>& nodes,
                 const std::vector<std::string>& dra_resources, Exposition& out) {
  std::map<std::string_view, int64_t> closed;
  for (const model::Node* node : nodes) {
    const auto why = scheduler::WhyClosed(*node, dra_resources);
    if (why.has_value()) ++closed[scheduler::ReasonWord(*why)];
  }
  out.Family("tangram_closed_nodes", MetricKind::kGauge,
             "Nodes that are closed to new pods, as a whole or for a vendor, by the reason.");
  for (const auto& [reason, count] : closed) out.Sample({{"reason", reason}}, count);
}

}  // namespace

std::string RenderMetrics(const Metrics& metrics, const Scrape& scrape) {
  std::string text = metrics.Render();
  Exposition out(text);
  out.Family("tangram_build_info", MetricKind::kGauge, "The version that runs.");
  out.Sample({{"version", scrape.version}}, 1);
  out.Single("tangram_ready", MetricKind::kGauge, "1 once nodes and pods were listed.",
             int64_t{scrape.ready ? 1 : 0});
  WriteCounters(scrape.stats, out);
  WriteSizes(scrape.stats, out);

  out.Family("tangram_policy_version", MetricKind::kGauge,
             "How often a policy that learns was made anew.");
  for (const auto& [policy, version] : scrape.stats.policy_versions) {
    out.Sample({{"policy", policy}}, static_cast<int64_t>(version));
  }

  const std::vector<const model::Node*> nodes = scrape.snapshot.NodesByName();
  text.reserve(text.size() + CardBytes(nodes));
  out.Family("tangram_node_unaccounted_pods", MetricKind::kGauge,
             "Bound pods of unknown use on the nodes that have any.");
  for (const model::Node* node : nodes) {
    const int64_t pods = int64_t{node->unaccounted_pods()} + node->ignored_pods();
    if (pods > 0) out.Sample({{"node", node->name()}}, pods);
  }
  WriteUnaccounted(scrape.unaccounted, out);
  WriteClosed(nodes, scrape.snapshot.dra_resources(), out);
  WriteCards(nodes, out);
  WriteProcess(out);
  return text;
}

}  // namespace tangram::api::telemetry
