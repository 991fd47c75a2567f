// What a node run by a vendor's stock device plugin says of it, and what that comes to.
//
// Such a plugin tells the kubelet a number of devices; labels say, or do not say, what they are.
// One StockVendor, a constant in the vendor's folder and listed in vendors.h, is all that the
// reading of nodes (node.h) needs to know of it. Values only.
#ifndef API_DIALECTS_STOCK_OFFER_H_
#define API_DIALECTS_STOCK_OFFER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/pool.h"

namespace tangram::api::stock {

// What a Node says of one vendor's resources.
struct NodeFacts {
  std::map<std::string, std::string> labels;       // those of its domain, without it
  std::map<std::string, std::string> allocatable;  // whole names to quantities
};

struct Offer {
  std::vector<model::Pool> pools;  // sorted by resource
  model::PoolBlock block = model::PoolBlock::kNone;
  std::string_view blocked_prefix = "";  // of the resources that are blocked: those of its domain
  // Contradictions, and amounts and names that cannot be read: what is left out and what believed.
  std::vector<std::string> notes;
};

struct StockVendor {
  // Of its labels and resources, with the '/'.
  std::string_view domain;
  // Whether the resource is one that the plugin offers by count.
  bool (*offers)(std::string_view resource);
  Offer (*offer_of)(const NodeFacts& facts);
};

// The labels of one node, and what is noted about them. Refers to both arguments.
class Labels {
 public:
  Labels(std::string_view domain, const std::map<std::string, std::string>& labels,
         std::vector<std::string>* notes)
      : domain_(domain), labels_(labels), notes_(notes) {}

  // "" where there is none.
  std::string_view Text(std::string_view key) const;
  bool Has(std::string_view key) const { return labels_.contains(std::string(key)); }
  bool HasPrefix(std::string_view prefix) const;
  // A whole number from 0 to int32; nullopt, with a note, for anything else that is there.
  std::optional<int64_t> Number(std::string_view key) const;
  const std::map<std::string, std::string>& all() const { return labels_; }

 private:
  std::string_view domain_;
  const std::map<std::string, std::string>& labels_;
  std::vector<std::string>* notes_;
};

// The count that status.allocatable has, rounded up as kube-scheduler does, with a note where it is
// no integer; nullopt, with a note, when it is no count.
std::optional<int64_t> AllocatableCount(std::string_view resource, std::string_view text,
                                        std::vector<std::string>* notes);

}  // namespace tangram::api::stock

#endif  // API_DIALECTS_STOCK_OFFER_H_
