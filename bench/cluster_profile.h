// Clusters to measure on: nodes of eight cards, and the pods that were bound there before.
//
// Made without any code of Tangram's own, by a small model of cards that only keeps within what
// they have; the same arguments give the same cluster.
#ifndef BENCH_CLUSTER_PROFILE_H_
#define BENCH_CLUSTER_PROFILE_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "bench/pod_shapes.h"

namespace tangram::bench {

inline constexpr int kCardsPerNode = 8;
inline constexpr int kSlotsPerCard = 10;

struct CardModel {
  std::string_view name;
  int memory_mib = 0;
};

struct CardBooks {
  int memory_mib = 0, cores = 0, slots = 0;
};

struct ProfileNode {
  std::string name;
  CardModel model;                              // of all its cards
  std::array<CardBooks, kCardsPerNode> used{};  // the second four are on NUMA node 1
};

// What one container of a bound pod has of one card.
struct ProfileShare {
  int card = 0;
  int memory_mib = 0, cores = 0;
};

struct ProfilePod {
  std::string name;
  size_t node = 0;
  PodAsk ask;
  std::vector<std::vector<ProfileShare>> slots;  // parallel to ask.containers
};

enum class Fill : uint8_t {
  kEmpty,
  kAged,  // pods of random shapes and amounts came and went; four a node are left
  kFull,  // not one card takes a pod of any shape
};
// "empty", "aged", "full".
std::string_view ToText(Fill fill);
absl::StatusOr<Fill> ParseFill(std::string_view text);

struct Profile {
  std::vector<ProfileNode> nodes;
  std::vector<ProfilePod> pods;
};

struct ProfileOptions {
  int nodes = 100;
  Fill fill = Fill::kEmpty;
  // Names as long as those that a cloud gives (43 bytes) instead of "node-00042".
  bool long_names = false;
  // When not 0: so many nodes are made, and the others are like them in turns.
  int different_nodes = 0;
  uint64_t seed = 1;
};
Profile MakeProfile(const ProfileOptions& options);

// How many different nodes there are: of different card model, or with different sets of what is
// used of their cards. The order of a node's cards makes no difference.
size_t CountStates(const Profile& profile);

}  // namespace tangram::bench

#endif  // BENCH_CLUSTER_PROFILE_H_
