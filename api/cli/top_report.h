// What is on which card: the one form of it, whatever it came from.
//
// The server makes it from the scheduler's view and writes it as JSON (`GET /top`); `tangram top`
// reads that JSON, or makes the same report from a file or an API server of its own, and shows it
// (top_table.h). Amounts are MiB, percent of a card's compute, and containers sharing a card.
//
//   {"nodes": [{"name": "gpu-1",
//      "cards": [{"uuid": "GPU-a", "index": 0, "type": "NVIDIA A100-SXM4-80GB",
//        "mode": "hami-core", "healthy": true, "cordoned": false, "overcommitted": false,
//        "memory_mib": {"total": 81920, "used": 3000},
//        "cores_percent": {"total": 100, "used": 30}, "slots": {"total": 10, "used": 1},
//        "pods": [{"namespace": "default", "name": "a", "memory_mib": 3000,
//                  "cores_percent": 30, "slots": 1, "binding": false}]}],
//      (a pod with MIG instances on the card also has "instances": ["1g.10gb@6"], profile and first
//      slice of each; a card whose instances nobody can tell is not healthy)
//      "unaccounted_pods": ["default/b"],
//      "unaccounted": [{"namespace": "default", "name": "b", "missing_cards": ["GPU-old"],
//                       "closes_node": true}],
//      (where there are any: bound pods whose cards, or some of them, nobody can tell)
//      "blocked": "NodeUnknown", "problem": "..."},
//      (where the node gives nothing, or something is wrong with what it says)
//     {"name": "stock-1", "cards": [], "unaccounted_pods": [], "blocked": "",
//      "pools": [{"resource": "nvidia.com/gpu", "kind": "time-sliced", "product": "Tesla-T4",
//        "profile": "", "memory_mib": 15360, "replicas": 4, "devices": {"total": 16, "used": 1},
//        "pods": [{"namespace": "default", "name": "d", "devices": 1, "binding": false}]}],
//      "known_cards": [{"uuid": "GPU-b", "product": "Tesla T4", "memory_mib": 15360}]}],
//    "waiting_pods": [{"namespace": "default", "name": "c", "wants": "1 card x 3000 MiB"}]}
//
// Nodes by name, cards by index and UUID, pools by resource, pods by namespace and name. "pools"
// and "blocked" are there where the kubelet picks the devices: which card a pod has is then not
// known. "blocked" is the reason's word, and "blocked_prefix" tells to which resources it is
// limited. "known_cards" are the cards behind NVIDIA's pools, where ResourceSlices tell; elsewhere
// the cards are anonymous.
#ifndef API_CLI_TOP_REPORT_H_
#define API_CLI_TOP_REPORT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/card_inventory.h"
#include "scheduler/scheduler.h"

namespace tangram::api::cli {

struct Share {
  int64_t total = 0;
  int64_t used = 0;
  friend bool operator==(const Share&, const Share&) = default;
};

// What one pod takes from one card.
struct CardPod {
  std::string name_space;
  std::string name;
  int64_t memory_mib = 0;
  int64_t cores_percent = 0;
  int64_t slots = 0;
  bool binding = false;                     // not bound yet
  std::vector<std::string> instances = {};  // "1g.10gb@6": MIG profile and first slice
  friend bool operator==(const CardPod&, const CardPod&) = default;
};

struct TopCard {
  std::string uuid;
  int32_t index = 0;
  std::string type;
  std::string mode;
  bool healthy = true;
  bool cordoned = false;
  bool overcommitted = false;
  Share memory_mib;
  Share cores_percent;
  Share slots;
  std::vector<CardPod> pods;
  friend bool operator==(const TopCard&, const TopCard&) = default;
};

// What one pod takes from one pool.
struct PoolPod {
  std::string name_space;
  std::string name;
  int64_t devices = 0;
  bool binding = false;
  friend bool operator==(const PoolPod&, const PoolPod&) = default;
};

// What a node offers by count.
struct TopPool {
  std::string resource;
  std::string kind;  // "whole card", "time-sliced", "mps", "mig", "mig shared", "vgpu guest"
  std::string product;
  std::string profile;
  int64_t memory_mib = 0;  // of a device before it is shared; 0 = not told
  int64_t replicas = 1;
  Share devices;
  std::vector<PoolPod> pods;
  friend bool operator==(const TopPool&, const TopPool&) = default;
};

// A card that stands behind a pool.
using KnownCard = nvidia::KnownCard;

// A pod of which nobody can tell which cards it takes, or not of all.
struct TopUnaccounted {
  std::string name_space;
  std::string name;
  std::vector<std::string> missing_cards;  // of its allocation, that the node does not have
  bool closes_node = true;
  friend bool operator==(const TopUnaccounted&, const TopUnaccounted&) = default;
};

struct TopNode {
  std::string name;
  std::vector<TopCard> cards;
  std::vector<TopUnaccounted> unaccounted;
  std::vector<TopPool> pools = {};
  // Why the node gives nothing, or not what begins with blocked_prefix; empty where it may be used.
  std::string blocked = {};
  std::string blocked_prefix = {};
  std::string problem = {};  // what is wrong with its description; empty where nothing is
  std::vector<KnownCard> known_cards = {};
  friend bool operator==(const TopNode&, const TopNode&) = default;
};

struct WaitingPod {
  std::string name_space;
  std::string name;
  std::string wants;
  friend bool operator==(const WaitingPod&, const WaitingPod&) = default;
};

struct TopReport {
  std::vector<TopNode> nodes;
  std::vector<WaitingPod> waiting;
  size_t gated = 0;  // pods that would wait but for their scheduling gates
  friend bool operator==(const TopReport&, const TopReport&) = default;
};

// From the scheduler's own view. Pods on a node that is gone are left out. `cards`, when not null,
// tells of the cards behind pools.
TopReport MakeTopReport(const scheduler::TopView& view, const CardInventory* cards = nullptr);
// The nodes of that report one after the other, and its waiting pods.
void ForEachTopNode(const scheduler::TopView& view, const CardInventory* cards,
                    const std::function<void(TopNode)>& on_node);
std::vector<WaitingPod> MakeWaitingPods(const scheduler::TopView& view);
// "2 cards x 3000 MiB, 30% cores" per container that asks for cards, then "1 x
// nvidia.com/mig-1g.10gb" per resource asked for by count, joined by "; ".
std::string DescribeRequest(const model::PodRequest& request);

// One line of JSON.
std::string TopReportToJson(const TopReport& report);
// TopReportToJson(MakeTopReport(view, cards)), holding one node's report at a time: the text alone
// is some 15 MB for 5,000 nodes of 8 cards.
std::string TopViewToJson(const scheduler::TopView& view, const CardInventory* cards = nullptr);
// The reverse. InvalidArgument naming the field that is missing or of another type.
absl::StatusOr<TopReport> ParseTopReport(std::string_view text);

}  // namespace tangram::api::cli

#endif  // API_CLI_TOP_REPORT_H_
