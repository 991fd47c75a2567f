// The report as JSON, and back.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "api/cli/top_report.h"
#include "api/telemetry/json_text.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

using nlohmann::json;
using telemetry::AppendJsonString;

// About what a node of eight cards and a pod take, so that a long text is not copied as it grows.
constexpr size_t kNodeBytes = 2600;
constexpr size_t kPodBytes = 120;

void WriteText(std::string_view key, std::string_view value, std::string& out) {
  absl::StrAppend(&out, "\"", model::ToAbsl(key), "\":");
  AppendJsonString(value, out);
}

void WriteShare(std::string_view key, const Share& share, std::string& out) {
  absl::StrAppend(&out, ",\"", model::ToAbsl(key), "\":{\"total\":", share.total,
                  ",\"used\":", share.used, "}");
}

std::string_view Word(bool value) { return value ? "true" : "false"; }

// `[` items with commas between `]`.
template <typename T, typename Write>
void WriteArray(const std::vector<T>& items, std::string& out, Write write) {
  out += '[';
  bool first = true;
  for (const T& item : items) {
    if (!std::exchange(first, false)) out += ',';
    write(item, out);
  }
  out += ']';
}

void WritePod(const CardPod& pod, std::string& out) {
  out += '{';
  WriteText("namespace", pod.name_space, out);
  out += ',';
  WriteText("name", pod.name, out);
  absl::StrAppend(&out, ",\"memory_mib\":", pod.memory_mib,
                  ",\"cores_percent\":", pod.cores_percent, ",\"slots\":", pod.slots,
                  ",\"binding\":", model::ToAbsl(Word(pod.binding)));
  if (!pod.instances.empty()) {
    out += ",\"instances\":";
    WriteArray(pod.instances, out,
               [](const std::string& word, std::string& text) { AppendJsonString(word, text); });
  }
  out += '}';
}

void WriteCard(const TopCard& card, std::string& out) {
  out += '{';
  WriteText("uuid", card.uuid, out);
  absl::StrAppend(&out, ",\"index\":", card.index, ",");
  WriteText("type", card.type, out);
  out += ',';
  WriteText("mode", card.mode, out);
  absl::StrAppend(&out, ",\"healthy\":", model::ToAbsl(Word(card.healthy)),
                  ",\"cordoned\":", model::ToAbsl(Word(card.cordoned)),
                  ",\"overcommitted\":", model::ToAbsl(Word(card.overcommitted)));
  WriteShare("memory_mib", card.memory_mib, out);
  WriteShare("cores_percent", card.cores_percent, out);
  WriteShare("slots", card.slots, out);
  out += ",\"pods\":";
  WriteArray(card.pods, out, WritePod);
  out += '}';
}

void WritePoolPod(const PoolPod& pod, std::string& out) {
  out += '{';
  WriteText("namespace", pod.name_space, out);
  out += ',';
  WriteText("name", pod.name, out);
  absl::StrAppend(&out, ",\"devices\":", pod.devices,
                  ",\"binding\":", model::ToAbsl(Word(pod.binding)), "}");
}

void WritePool(const TopPool& pool, std::string& out) {
  out += '{';
  WriteText("resource", pool.resource, out);
  out += ',';
  WriteText("kind", pool.kind, out);
  out += ',';
  WriteText("product", pool.product, out);
  out += ',';
  WriteText("profile", pool.profile, out);
  absl::StrAppend(&out, ",\"memory_mib\":", pool.memory_mib, ",\"replicas\":", pool.replicas);
  WriteShare("devices", pool.devices, out);
  out += ",\"pods\":";
  WriteArray(pool.pods, out, WritePoolPod);
  out += '}';
}

void WriteKnownCard(const KnownCard& card, std::string& out) {
  out += '{';
  WriteText("uuid", card.uuid, out);
  out += ',';
  WriteText("product", card.product, out);
  absl::StrAppend(&out, ",\"memory_mib\":", card.memory_mib, "}");
}

void WriteUnaccounted(const TopUnaccounted& pod, std::string& out) {
  out += '{';
  WriteText("namespace", pod.name_space, out);
  out += ',';
  WriteText("name", pod.name, out);
  out += ",\"missing_cards\":";
  WriteArray(pod.missing_cards, out,
             [](const std::string& card, std::string& text) { AppendJsonString(card, text); });
  absl::StrAppend(&out, ",\"closes_node\":", model::ToAbsl(Word(pod.closes_node)), "}");
}

void WriteNode(const TopNode& node, std::string& out) {
  out += '{';
  WriteText("name", node.name, out);
  out += ",\"cards\":";
  WriteArray(node.cards, out, WriteCard);
  out += ",\"unaccounted_pods\":";
  WriteArray(node.unaccounted, out, [](const TopUnaccounted& pod, std::string& text) {
    AppendJsonString(absl::StrCat(pod.name_space, "/", pod.name), text);
  });
  if (!node.unaccounted.empty()) {
    out += ",\"unaccounted\":";
    WriteArray(node.unaccounted, out, WriteUnaccounted);
  }
  if (!node.problem.empty()) {
    out += ',';
    WriteText("problem", node.problem, out);
  }
  if (!node.blocked_prefix.empty()) {
    out += ',';
    WriteText("blocked_prefix", node.blocked_prefix, out);
  }
  if (!node.pools.empty() || !node.blocked.empty()) {
    out += ',';
    WriteText("blocked", node.blocked, out);
    out += ",\"pools\":";
    WriteArray(node.pools, out, WritePool);
    if (!node.known_cards.empty()) {
      out += ",\"known_cards\":";
      WriteArray(node.known_cards, out, WriteKnownCard);
    }
  }
  out += '}';
}

void WriteWaiting(const WaitingPod& pod, std::string& out) {
  out += '{';
  WriteText("namespace", pod.name_space, out);
  out += ',';
  WriteText("name", pod.name, out);
  out += ',';
  WriteText("wants", pod.wants, out);
  out += '}';
}

// What follows the nodes.
void WriteEnd(const std::vector<WaitingPod>& waiting, size_t gated, std::string& out) {
  out += ",\"waiting_pods\":";
  WriteArray(waiting, out, WriteWaiting);
  absl::StrAppend(&out, ",\"gated_pods\":", gated, "}\n");
}

Share ReadShare(const json& value) {
  return {value.at("total").get<int64_t>(), value.at("used").get<int64_t>()};
}

CardPod ReadPod(const json& value) {
  CardPod pod;
  pod.name_space = value.at("namespace").get<std::string>();
  pod.name = value.at("name").get<std::string>();
  pod.memory_mib = value.at("memory_mib").get<int64_t>();
  pod.cores_percent = value.at("cores_percent").get<int64_t>();
  pod.slots = value.at("slots").get<int64_t>();
  pod.binding = value.at("binding").get<bool>();
  if (value.contains("instances")) {
    pod.instances = value.at("instances").get<std::vector<std::string>>();
  }
  return pod;
}

TopCard ReadCard(const json& value) {
  TopCard card;
  card.uuid = value.at("uuid").get<std::string>();
  card.index = value.at("index").get<int32_t>();
  card.type = value.at("type").get<std::string>();
  card.mode = value.at("mode").get<std::string>();
  card.healthy = value.at("healthy").get<bool>();
  card.cordoned = value.at("cordoned").get<bool>();
  card.overcommitted = value.at("overcommitted").get<bool>();
  card.memory_mib = ReadShare(value.at("memory_mib"));
  card.cores_percent = ReadShare(value.at("cores_percent"));
  card.slots = ReadShare(value.at("slots"));
  for (const json& pod : value.at("pods")) card.pods.push_back(ReadPod(pod));
  return card;
}

TopPool ReadPool(const json& value) {
  TopPool pool;
  pool.resource = value.at("resource").get<std::string>();
  pool.kind = value.at("kind").get<std::string>();
  pool.product = value.at("product").get<std::string>();
  pool.profile = value.at("profile").get<std::string>();
  pool.memory_mib = value.at("memory_mib").get<int64_t>();
  pool.replicas = value.at("replicas").get<int64_t>();
  pool.devices = ReadShare(value.at("devices"));
  for (const json& pod : value.at("pods")) {
    pool.pods.push_back({pod.at("namespace").get<std::string>(), pod.at("name").get<std::string>(),
                         pod.at("devices").get<int64_t>(), pod.at("binding").get<bool>()});
  }
  return pool;
}

TopNode ReadNode(const json& value) {
  TopNode node;
  node.name = value.at("name").get<std::string>();
  for (const json& card : value.at("cards")) node.cards.push_back(ReadCard(card));
  if (value.contains("unaccounted")) {
    for (const json& pod : value.at("unaccounted")) {
      node.unaccounted.push_back({pod.at("namespace").get<std::string>(),
                                  pod.at("name").get<std::string>(),
                                  pod.at("missing_cards").get<std::vector<std::string>>(),
                                  pod.at("closes_node").get<bool>()});
    }
  }
  if (!value.contains("unaccounted")) {
    // Of servers up to 0.1.
    for (const json& pod : value.at("unaccounted_pods")) {
      const std::vector<std::string> parts =
          absl::StrSplit(pod.get<std::string>(), absl::MaxSplits('/', 1));
      node.unaccounted.push_back({parts.front(), parts.size() > 1 ? parts[1] : "", {}, true});
    }
  }
  node.problem = value.value("problem", "");
  node.blocked_prefix = value.value("blocked_prefix", "");
  if (!value.contains("pools")) return node;
  node.blocked = value.at("blocked").get<std::string>();
  for (const json& pool : value.at("pools")) node.pools.push_back(ReadPool(pool));
  if (!value.contains("known_cards")) return node;
  for (const json& card : value.at("known_cards")) {
    node.known_cards.push_back({card.at("uuid").get<std::string>(),
                                card.at("product").get<std::string>(),
                                card.at("memory_mib").get<int64_t>()});
  }
  return node;
}

}  // namespace

std::string TopReportToJson(const TopReport& report) {
  std::string out = "{\"nodes\":";
  WriteArray(report.nodes, out, WriteNode);
  WriteEnd(report.waiting, report.gated, out);
  return out;
}

std::string TopViewToJson(const scheduler::TopView& view, const CardInventory* cards) {
  std::string out;
  out.reserve(static_cast<size_t>(view.snapshot.capacity()) * kNodeBytes +
              view.pods.size() * kPodBytes);
  out = "{\"nodes\":[";
  bool first = true;
  ForEachTopNode(view, cards, [&](const TopNode& node) {
    if (!std::exchange(first, false)) out += ',';
    WriteNode(node, out);
  });
  out += ']';
  WriteEnd(MakeWaitingPods(view), view.gated, out);
  return out;
}

absl::StatusOr<TopReport> ParseTopReport(std::string_view text) {
  try {
    const json root = json::parse(text);
    TopReport report;
    for (const json& node : root.at("nodes")) report.nodes.push_back(ReadNode(node));
    for (const json& pod : root.at("waiting_pods")) {
      report.waiting.push_back({pod.at("namespace").get<std::string>(),
                                pod.at("name").get<std::string>(),
                                pod.at("wants").get<std::string>()});
    }
    report.gated = root.value("gated_pods", size_t{0});
    return report;
  } catch (const json::exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat("the answer is no report of tangram: ", error.what()));
  }
}

}  // namespace tangram::api::cli
