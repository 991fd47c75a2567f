// What Cluster keeps, and the few operations that keep its indexes in step.
//
// Internal to model/: Cluster applies events through these operations, CheckInvariants reads the
// fields, tests corrupt them. Nobody else includes this file.
//
// A node is held once: either `published` (clean, shared with snapshots, never written again) or as
// a `draft` that Edit() made from it, which the next Publish() turns into the published one.
#ifndef MODEL_CLUSTER_STATE_H_
#define MODEL_CLUSTER_STATE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "model/card_types.h"
#include "model/cluster.h"
#include "model/node.h"
#include "model/node_state.h"
#include "model/snapshot.h"
#include "model/string_map.h"

namespace tangram::model::internal {

struct NodeEntry {
  std::shared_ptr<const Node> published;  // null before the first Publish
  std::shared_ptr<Node> draft;            // null while clean
  std::vector<std::string> pods;          // uids, sorted

  const Node& node() const { return draft != nullptr ? *draft : *published; }
};

// StateKey of the node with nobody on it.
std::string KindKey(const Node& node);

struct ClusterState {
  HostBuckets buckets;
  // By NodeIndex; null where no node lives. An entry exists while its node is known or has pods.
  std::vector<std::unique_ptr<NodeEntry>> entries;
  std::set<NodeIndex> vacant;  // positions without an entry, lowest first
  StringMap<NodeIndex> names;
  StringMap<Booking> bookings;
  // Sorted; shared with snapshots.
  std::shared_ptr<const std::vector<std::string>> dra_resources =
      std::make_shared<const std::vector<std::string>>();
  // NodeSpec::extended_resources: how many nodes name each, and the names, shared with snapshots.
  std::map<std::string, size_t> extended_uses;
  std::shared_ptr<const std::vector<std::string>> extended_resources = dra_resources;
  CardTypes types;
  StateTable states;  // of the published nodes
  StateTable kinds;
  // By number: to go into the next snapshot.
  std::map<uint32_t, Snapshot::StateRows> new_rows;
  std::map<uint32_t, KindRow> new_kinds;

  // What the next Publish has to renew.
  std::vector<NodeIndex> dirty;  // each position once
  std::vector<bool> is_dirty;    // by NodeIndex
  bool names_changed = false;
  Snapshot published;

  NodeIndex Find(std::string_view name) const;
  // The position of that name, at the lowest vacant one when it is new.
  NodeIndex FindOrAdd(const std::string& name);
  // Drops the entry when its node is neither known nor has pods.
  void DropIfIdle(NodeIndex index);
  const NodeEntry& At(NodeIndex index) const { return *entries[index]; }
  // The node to write to.
  Node& Edit(NodeIndex index);

  // Gives the node a new description and books its pods anew. The products must have room
  // (CardTypes::HasRoomFor) and the cards be sorted by UUID.
  void Describe(NodeIndex index, NodeSpec spec);
  // Takes the description away; the pods stay listed.
  void Forget(NodeIndex index);
  // Adds the pod to its node, which exists at `index`. The uid must not be booked.
  void Attach(NodeIndex index, const std::string& uid, Booking booking);
  // Takes the pod away from its node, which is not dropped. The uid must be booked.
  void Detach(const std::string& uid);

  // Renews the published snapshot.
  void Publish(uint64_t version);

 private:
  void MarkDirty(NodeIndex index);
  void PublishNode(NodeIndex index, Snapshot::Chunk* chunk);
  void PublishRows();
  NameTable TableOfNames() const;
  void ReleaseTypes(const Node& node);
  // Counts the names of `after` in and those of `before` out.
  void CountExtended(const std::vector<std::string>& before, const std::vector<std::string>& after);
  void BookPods(NodeIndex index);
};

// CheckInvariants for a state.
absl::Status CheckState(const ClusterState& state, uint64_t version);

}  // namespace tangram::model::internal

namespace tangram::model {

struct Cluster::State : internal::ClusterState {};

}  // namespace tangram::model

#endif  // MODEL_CLUSTER_STATE_H_
