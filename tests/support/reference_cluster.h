// A cluster so simple that it is right by reading: two maps, and every question answered from all
// pods. Shares nothing with model/ but the value types and the event structs.
#ifndef TESTS_SUPPORT_REFERENCE_CLUSTER_H_
#define TESTS_SUPPORT_REFERENCE_CLUSTER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "model/event.h"

namespace tangram::testing {

class ReferenceCluster {
 public:
  struct Pod {
    std::string node;
    model::Allocation allocation;
    bool init_finished = false;
    bool unaccounted = false;
    int64_t kubelet_gpus = 0;
    model::HostResources host;
    model::ResourceCounts counted;
    bool ignored = false;
    friend bool operator==(const Pod&, const Pod&) = default;
  };

  // What is taken from one card, or from a whole node.
  struct Usage {
    int64_t slots = 0;
    int64_t memory_mib = 0;
    int64_t cores = 0;
    friend bool operator==(const Usage&, const Usage&) = default;
  };

  // What Cluster::Apply is expected to say.
  struct Verdict {
    bool accepted = false;
    bool changed = false;
    bool made_room = false;
  };

  Verdict Apply(const model::Event& event);

  // The nodes that are present, cards sorted by UUID.
  const std::map<std::string, model::NodeSpec>& nodes() const { return nodes_; }
  const std::map<std::string, Pod>& pods() const { return pods_; }

  // The names of nodes that are present or have pods.
  std::set<std::string> Names() const;
  // Sorted.
  std::vector<std::string> PodsOn(const std::string& node) const;
  // By UUID, whether or not the node has such a card; amounts stop at 2^31 - 1.
  std::map<std::string, Usage> UsageOn(const std::string& node) const;
  // The slices of a card that are taken, each followed by a comma, ascending; "?" when its
  // instances contradict each other or the card.
  std::string SlicesOn(const std::string& node, const model::Gpu& gpu) const;
  int64_t KubeletGpusOn(const std::string& node) const;
  model::HostResources HostOn(const std::string& node) const;
  // Those that close the node, or those that are ignored: none where it counts only.
  int UnaccountedOn(const std::string& node, bool ignored = false) const;
  // By resource, whether or not the node offers it.
  std::map<std::string, int64_t> CountsOn(const std::string& node) const;
  const std::set<std::string>& dra_resources() const { return dra_resources_; }

 private:
  // What somebody who waits for room cares about.
  struct Room {
    int64_t kubelet_gpus_free = 0;
    int unaccounted = 0;
    struct CardRoom {
      int64_t slots_free, memory_free, cores_free;
      bool healthy, cordoned;
      std::string kind;    // product, mode, profiles and NUMA node
      std::string slices;  // as SlicesOn
    };
    std::map<std::string, CardRoom> cards;
    struct PoolRoom {
      int64_t free = 0;
      std::string kind;  // and product
    };
    std::map<std::string, PoolRoom> pools;
    bool blocked = false;
    std::string blocked_prefix;
  };

  bool Contradicts(const model::Event& event) const;
  Room RoomOn(const std::string& node) const;
  static bool Grew(const Room& before, const Room& after);
  // Changes the maps; false when nothing changed.
  bool Change(const model::Event& event);

  std::map<std::string, model::NodeSpec> nodes_;
  std::map<std::string, Pod> pods_;
  std::set<std::string> dra_resources_;
};

}  // namespace tangram::testing

#endif  // TESTS_SUPPORT_REFERENCE_CLUSTER_H_
