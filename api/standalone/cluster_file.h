// A cluster from a file: what `kubectl get nodes,pods -A -o yaml` (or json) prints, device classes
// too if they are asked for, in any of the wrappings that object_reader.h knows, or a short
// scenario of our own. Who is who in it, say two pods with one uid, identities.h decides.
//
// A scenario says which cards there are and nothing more:
//
//   nodes:
//     - {name: gpu, count: 4, gpus: 8x A100-SXM4-80GB}
//
// `count` nodes (default 1) are called name-0, name-1, ...; without `count` the node has just that
// name. `gpus` is "<cards>x <model>-<memory>GB"; a GB is 1024 MiB here, as the names of cards have
// it. Optional: `split`, how many containers may share a card (default 10), and `cpu` and `memory`
// of the node (node_shape.h); with `mig: on-demand` an agent cuts the cards into MIG instances as
// pods come. With `stack: nvidia` the node has no agent of HAMi's: it offers its
// cards by count, `replicas` of each under `sharing` time-slicing or mps, or instances where `mig`
// lists "<count>x <profile>" a card; `state` gives the MIG manager's word. Each card has 100 cores
// and the UUID GPU-<node>-<index>; cards alternate between two NUMA nodes in halves when a node has
// more than one.
//
// Either form may come packed by gzip.
//
// Pure but for reading the file; callable from any thread.
#ifndef API_STANDALONE_CLUSTER_FILE_H_
#define API_STANDALONE_CLUSTER_FILE_H_

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "api/dialects/core/node_rules.h"
#include "model/pod.h"
#include "scheduler/observation.h"

namespace tangram::api::standalone {

// Nodes and pods, each with what it says of CPU and memory.
struct ClusterFile {
  std::vector<scheduler::NodeObservation> nodes;
  std::vector<model::Pod> pods;  // ended ones left out
  // By node name; of a scenario, which tells none, of no node.
  std::map<std::string, std::map<std::string, std::string>> labels;
  // The same for what kube-scheduler's rules for nodes go by.
  std::map<std::string, core::NodeFacts> facts;
  // What the device classes of DRA drivers give out.
  std::vector<std::string> dra_resources;
  // Objects that are read in part or not at all, and why; for the log. Of many only the first, and
  // last the number of the others.
  std::vector<std::string> warnings;
  // SHA-256 of the file's bytes (unpacked), in hex: a journal belongs to one content.
  std::string digest;
};

// Reads a file of either form. NotFound when it cannot be read; InvalidArgument with path and line
// (of a scenario also the column and the field) for what is neither form, and for a file without
// nodes. `on_way` is told now and then how many more bytes are read, and how many there are in all.
absl::StatusOr<ClusterFile> LoadClusterFile(const std::string& path,
                                            const std::function<void(size_t, size_t)>& on_way = {});

// The same for a text in memory; `path` is for the messages.
absl::StatusOr<ClusterFile> ParseClusterText(const std::string& text, std::string_view path,
                                             const std::function<void(size_t)>& on_way = {});

// One Node as JSON text, with CPU and memory. A node whose cards or whose CPU and memory cannot be
// told is no error: its `problem` says it.
absl::StatusOr<scheduler::NodeObservation> ReadNodeObject(std::string_view json);

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_CLUSTER_FILE_H_
