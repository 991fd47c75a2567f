// kube-scheduler's rules about nodes: which nodes a pod may go to at all.
//
// Source: kube-scheduler's plugins NodeUnschedulable, TaintToleration, NodeAffinity and
// NodeResourcesFit (extended resources), Kubernetes 1.36; component-helpers' nodeaffinity. What a
// node says by its Ready condition is weighed as the taint that the node controller makes of it.
// Not here: affinity to other pods, spreading, ports, volumes, quotas, how many pods a kubelet
// takes.
//
// Pure; callable from any thread, for any text. Errors are InvalidArgument and name the field.
#ifndef API_DIALECTS_CORE_NODE_RULES_H_
#define API_DIALECTS_CORE_NODE_RULES_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/whatif/node_bars.h"

namespace tangram::api::core {

struct Taint {
  std::string key;
  std::string value;
  std::string effect;
  friend bool operator==(const Taint&, const Taint&) = default;
};

// Counts of resources that have a domain of their own ("rdma/hca"). Those that this program places
// by, and Kubernetes' own, are not among them.
using OtherResources = std::map<std::string, int64_t>;

struct NodeFacts {
  std::string name;
  std::map<std::string, std::string> labels;
  std::vector<Taint> taints;
  bool cordoned = false;   // spec.unschedulable
  bool not_ready = false;  // the condition Ready is there and not True
  OtherResources allocatable;
};
// Of a Node as JSON text.
absl::StatusOr<NodeFacts> ReadNodeFacts(std::string_view json);

// What a pod asks of nodes.
class NodeRules {
 public:
  NodeRules() = default;
  // Of a Pod as JSON text.
  static absl::StatusOr<NodeRules> Read(std::string_view json);

  scheduler::whatif::NodeBars On(const NodeFacts& node) const;
  // Where nobody tells a node's labels, taints and conditions: only what it does not offer counts.
  scheduler::whatif::NodeBars OnUnknown() const;
  // "nodeSelector", "required node affinity": what cannot be weighed without a node's labels.
  std::vector<std::string> NeedsLabels() const;

  friend bool operator==(const NodeRules&, const NodeRules&) = default;

 private:
  friend class NodeRulesReader;

  struct Toleration {
    std::string key;  // empty with kExists: every taint
    bool exists = false;
    std::string value;
    std::string effect;  // empty: every effect
    bool Of(const Taint& taint) const;
    friend bool operator==(const Toleration&, const Toleration&) = default;
  };
  struct Requirement {
    std::string key;
    std::string op;  // In, NotIn, Exists, DoesNotExist, Gt, Lt
    std::vector<std::string> values;
    // `value` is null where the node has no such label.
    bool Holds(const std::string* value) const;
    friend bool operator==(const Requirement&, const Requirement&) = default;
  };
  // All of both must hold; a term without any holds nowhere.
  struct Term {
    std::vector<Requirement> labels;
    std::vector<Requirement> fields;  // metadata.name
    bool Holds(const NodeFacts& node) const;
    friend bool operator==(const Term&, const Term&) = default;
  };

  bool Tolerates(const Taint& taint) const;

  std::map<std::string, std::string> selector_;
  bool has_affinity_ = false;
  std::vector<Term> terms_;  // one of them must hold
  std::vector<Toleration> tolerations_;
  OtherResources asked_;
};

}  // namespace tangram::api::core

#endif  // API_DIALECTS_CORE_NODE_RULES_H_
