// See top_table.h.
#include "api/cli/top_table.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

using model::ToAbsl;

constexpr int64_t kBarCells = 20;
constexpr size_t kPodsShown = 4;

constexpr std::string_view kReset = "\x1b[0m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kGreen = "\x1b[32m";
constexpr std::string_view kYellow = "\x1b[33m";

std::string Paint(std::string_view text, std::string_view ink, bool colour) {
  if (!colour) return std::string(text);
  return absl::StrCat(ToAbsl(ink), ToAbsl(text), ToAbsl(kReset));
}

// Text from outside, fit for a terminal.
std::string Clean(std::string_view text) {
  std::string clean(text);
  for (char& c : clean) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return clean;
}

// A used card shows at least one cell, and only a full one shows them all.
std::string Bar(const TopCard& card, bool colour) {
  const Share& share = card.memory_mib;
  int64_t cells = share.total > 0 ? share.used * kBarCells / share.total : 0;
  cells = std::clamp<int64_t>(cells, share.used > 0 ? 1 : 0, kBarCells);
  std::string bar(static_cast<size_t>(cells), '#');
  bar.append(static_cast<size_t>(kBarCells - cells), '.');
  std::string_view ink = kGreen;
  if (card.overcommitted) {
    ink = kRed;
  } else if (cells * 5 >= kBarCells * 4) {
    ink = kYellow;
  }
  return absl::StrCat("[", Paint(bar, ink, colour), "]");
}

std::string Fraction(const Share& share) { return absl::StrCat(share.used, "/", share.total); }

std::string Pods(const TopCard& card) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(card.pods.size(), kPodsShown); ++i) {
    const CardPod& pod = card.pods[i];
    names.push_back(
        absl::StrCat(Clean(pod.name_space), "/", Clean(pod.name), pod.binding ? " (binding)" : ""));
    for (const std::string& instance : pod.instances) {
      absl::StrAppend(&names.back(), " ", Clean(instance));
    }
  }
  if (card.pods.size() > kPodsShown) {
    names.push_back(absl::StrCat("and ", card.pods.size() - kPodsShown, " more"));
  }
  return absl::StrJoin(names, ", ");
}

std::string Marks(const TopCard& card) {
  std::vector<std::string_view> marks;
  if (card.overcommitted) marks.push_back("over-committed");
  if (!card.healthy) marks.push_back("unhealthy");
  if (card.cordoned) marks.push_back("cordoned");
  std::string text;
  for (const std::string_view mark : marks) absl::StrAppend(&text, "!", ToAbsl(mark), " ");
  return text;
}

std::string PoolPods(const TopPool& pool) {
  std::vector<std::string> names;
  for (size_t i = 0; i < std::min(pool.pods.size(), kPodsShown); ++i) {
    const PoolPod& pod = pool.pods[i];
    names.push_back(absl::StrCat(Clean(pod.name_space), "/", Clean(pod.name),
                                 pod.devices > 1 ? absl::StrCat(" x", pod.devices) : "",
                                 pod.binding ? " (binding)" : ""));
  }
  if (pool.pods.size() > kPodsShown) {
    names.push_back(absl::StrCat("and ", pool.pods.size() - kPodsShown, " more"));
  }
  return absl::StrJoin(names, ", ");
}

// One line; `widths` grows to the widest cell of each column, the last one is never padded.
struct Row {
  std::array<std::string, 7> cells;    // node, card, model, bar with memory, cores, slots, pods
  std::array<size_t, 7> painted = {};  // bytes of a cell that take no room
};

constexpr std::array<std::string_view, 7> kHeads = {"NODE",  "CARD",  "MODEL", "MEMORY MIB",
                                                    "CORES", "SLOTS", "PODS"};

std::string RenderRows(const std::vector<Row>& rows) {
  std::array<size_t, 7> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < widths.size(); ++i) {
      widths[i] = std::max(widths[i], row.cells[i].size() - row.painted[i]);
    }
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < widths.size(); ++i) {
      line += row.cells[i];
      line.append(widths[i] - (row.cells[i].size() - row.painted[i]) + 2, ' ');
    }
    line.erase(line.find_last_not_of(' ') + 1);
    absl::StrAppend(&text, line, "\n");
  }
  return text;
}

std::vector<Row> CardRows(const TopReport& report, bool colour) {
  std::vector<Row> rows(1);
  for (size_t i = 0; i < kHeads.size(); ++i) rows[0].cells[i] = kHeads[i];
  for (const TopNode& node : report.nodes) {
    bool first = true;
    for (const TopCard& card : node.cards) {
      Row row;
      row.cells = {
          first ? Clean(node.name) : "",
          absl::StrCat(card.index),
          Clean(card.type),
          absl::StrCat(Bar(card, colour), " ", Fraction(card.memory_mib)),
          Fraction(card.cores_percent),
          Fraction(card.slots),
          absl::StrCat(Paint(Marks(card), kRed, colour && !Marks(card).empty()), Pods(card))};
      if (colour) row.painted[3] = kGreen.size() + kReset.size();
      rows.push_back(std::move(row));
      first = false;
    }
  }
  return rows;
}

constexpr std::array<std::string_view, 7> kPoolHeads = {"NODE", "RESOURCE", "MODEL", "KIND",
                                                        "MIB",  "USED",     "PODS"};

// What nodes offer by count: whose cards these are is the kubelet's to know.
std::vector<Row> PoolRows(const TopReport& report) {
  std::vector<Row> rows(1);
  for (size_t i = 0; i < kPoolHeads.size(); ++i) rows[0].cells[i] = kPoolHeads[i];
  for (const TopNode& node : report.nodes) {
    bool first = true;
    for (const TopPool& pool : node.pools) {
      Row row;
      row.cells = {
          first ? Clean(node.name) : "",
          Clean(pool.resource),
          pool.product.empty() ? "-" : Clean(pool.product),
          pool.replicas > 1 ? absl::StrCat(pool.kind, " x", pool.replicas) : Clean(pool.kind),
          pool.memory_mib > 0 ? absl::StrCat(pool.memory_mib) : "-",
          Fraction(pool.devices),
          PoolPods(pool)};
      rows.push_back(std::move(row));
      first = false;
    }
  }
  return rows;
}

bool KnowsCards(const TopReport& report) {
  return std::any_of(report.nodes.begin(), report.nodes.end(),
                     [](const TopNode& node) { return !node.known_cards.empty(); });
}

// The cards behind what nodes offer by count; those of nodes that nobody tells of are anonymous.
std::vector<Row> KnownCardRows(const TopReport& report) {
  std::vector<Row> rows(1);
  rows[0].cells = {"NODE", "CARD BEHIND IT", "MODEL", "MIB"};
  for (const TopNode& node : report.nodes) {
    if (node.pools.empty()) continue;
    if (node.known_cards.empty()) {
      rows.emplace_back().cells = {Clean(node.name), "anonymous"};
      continue;
    }
    bool first = true;
    for (const KnownCard& card : node.known_cards) {
      rows.emplace_back().cells = {first ? Clean(node.name) : "", Clean(card.uuid),
                                   card.product.empty() ? "-" : Clean(card.product),
                                   card.memory_mib > 0 ? absl::StrCat(card.memory_mib) : "-"};
      first = false;
    }
  }
  return rows;
}

bool HasPools(const TopReport& report) {
  return std::any_of(report.nodes.begin(), report.nodes.end(),
                     [](const TopNode& node) { return !node.pools.empty(); });
}

std::string Count(size_t count, std::string_view noun) {
  return absl::StrCat(count, " ", ToAbsl(noun), count == 1 ? "" : "s");
}

// "2 nodes, 16 cards, memory 6000 of 1310720 MiB (0%), 2 pods, 1 waiting".
std::string Sums(const TopReport& report) {
  size_t cards = 0;
  Share memory;
  Share devices;
  std::vector<std::string> pods;
  for (const TopNode& node : report.nodes) {
    cards += node.cards.size();
    for (const TopPool& pool : node.pools) {
      devices.total += pool.devices.total;
      devices.used += pool.devices.used;
      for (const PoolPod& pod : pool.pods) {
        pods.push_back(absl::StrCat(pod.name_space, "/", pod.name));
      }
    }
    for (const TopCard& card : node.cards) {
      memory.total += card.memory_mib.total;
      memory.used += card.memory_mib.used;
      for (const CardPod& pod : card.pods) {
        pods.push_back(absl::StrCat(pod.name_space, "/", pod.name));
      }
    }
    for (const TopUnaccounted& pod : node.unaccounted) {
      pods.push_back(absl::StrCat(pod.name_space, "/", pod.name));
    }
  }
  std::sort(pods.begin(), pods.end());
  pods.erase(std::unique(pods.begin(), pods.end()), pods.end());
  const int64_t percent = memory.total > 0 ? memory.used * 100 / memory.total : 0;
  return absl::StrCat(
      Count(report.nodes.size(), "node"), ", ", Count(cards, "card"), ", memory ", memory.used,
      " of ", memory.total, " MiB (", percent, "%), ",
      HasPools(report) ? absl::StrCat("devices by count ", Fraction(devices), ", ") : "",
      Count(pods.size(), "pod"), ", ", report.waiting.size(), " waiting",
      report.gated > 0 ? absl::StrCat(", ", report.gated, " gated") : "", "\n");
}

// Why the node, or a part of it, is not used.
void AddState(const TopNode& node, bool colour, std::string& text) {
  if (node.blocked.empty() && node.problem.empty()) return;
  const std::string_view mark = node.blocked.empty() ? "!problem" : "!blocked";
  std::string why = node.blocked;
  if (!node.blocked_prefix.empty()) absl::StrAppend(&why, " (", node.blocked_prefix, "*)");
  if (!node.blocked.empty() && !node.problem.empty()) why += ": ";
  absl::StrAppend(&text, Paint(mark, kRed, colour), " ", Clean(node.name), ": ",
                  Clean(why + node.problem), "\n");
}

// "default/a (GPU-b, GPU-c)": the pod, and the cards that the node does not have.
std::string Named(const TopUnaccounted& pod) {
  std::string name = absl::StrCat(pod.name_space, "/", pod.name);
  if (pod.missing_cards.empty()) return name;
  return absl::StrCat(name, " (not registered: ", absl::StrJoin(pod.missing_cards, ", "), ")");
}

void AddUnaccounted(const TopNode& node, bool colour, std::string& text) {
  for (const bool closes : {true, false}) {
    std::vector<std::string> pods;
    for (const TopUnaccounted& pod : node.unaccounted) {
      if (pod.closes_node == closes) pods.push_back(Named(pod));
    }
    if (pods.empty()) continue;
    absl::StrAppend(&text, Paint(closes ? "!closed" : "!not counted", kRed, colour), " ",
                    Clean(node.name), ": nobody can tell the cards of ",
                    Clean(absl::StrJoin(pods, ", ")), "\n");
  }
}

}  // namespace

bool StdoutShowsColour() {
  const char* const no_color = std::getenv("NO_COLOR");
  return (no_color == nullptr || *no_color == '\0') && ::isatty(STDOUT_FILENO) == 1;
}

std::string RenderTop(const TopReport& report, bool colour) {
  std::string text = RenderRows(CardRows(report, colour));
  if (HasPools(report)) absl::StrAppend(&text, "\n", RenderRows(PoolRows(report)));
  if (KnowsCards(report)) absl::StrAppend(&text, "\n", RenderRows(KnownCardRows(report)));
  for (const TopNode& node : report.nodes) AddState(node, colour, text);
  for (const TopNode& node : report.nodes) AddUnaccounted(node, colour, text);
  for (const WaitingPod& pod : report.waiting) {
    absl::StrAppend(&text, Paint("waiting", kYellow, colour), " ", Clean(pod.name_space), "/",
                    Clean(pod.name), ": ", Clean(pod.wants), "\n");
  }
  return text + Sums(report);
}

}  // namespace tangram::api::cli
