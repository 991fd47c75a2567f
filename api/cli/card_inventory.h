// Which cards the nodes of stock device plugins have, as ResourceSlices tell.
//
// Shown to people and compared with labels; nothing is placed by it (dialects/nvidia/
// resource_slice.h says why). Fed by the watch of ResourceSlices, read by the watch of nodes and by
// who makes reports.
//
// A pool of slices that is not complete (the driver writes it anew, or one of its slices cannot be
// read) names no cards: some of a node's cards would look like all of them. While the watch is lost
// what was heard last stands.
//
// Thread contract: every method may be called from any thread.
#ifndef API_CLI_CARD_INVENTORY_H_
#define API_CLI_CARD_INVENTORY_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "api/dialects/nvidia/resource_slice.h"
#include "api/kubernetes/reflector.h"
#include "api/telemetry/log.h"
#include "model/mutex.h"

namespace tangram::api::cli {

class CardInventory {
 public:
  // Replaces the slice of that name; what comes from another driver is forgotten.
  void Put(nvidia::ResourceSlice slice);
  void Remove(const std::string& name);
  // Forgets all slices but these.
  void Replace(std::vector<nvidia::ResourceSlice> slices);
  // The slices cannot be had at present.
  void NoteRefused();

  // The node's cards by UUID: those of its slices, of each pool the newest generation. Empty where
  // no slice tells.
  std::vector<nvidia::KnownCard> CardsOf(const std::string& node) const;
  // Whether Replace or NoteRefused was called: until then nobody knows whether there are slices.
  bool heard() const;

 private:
  void PutLocked(nvidia::ResourceSlice slice) TANGRAM_REQUIRES(mutex_);
  void RemoveLocked(const std::string& name) TANGRAM_REQUIRES(mutex_);

  mutable model::Mutex mutex_;
  bool heard_ TANGRAM_GUARDED_BY(mutex_) = false;
  std::map<std::string, nvidia::ResourceSlice> slices_ TANGRAM_GUARDED_BY(mutex_);  // by name
  // Names of slices by node; without those that are of no one node.
  std::map<std::string, std::set<std::string>> by_node_ TANGRAM_GUARDED_BY(mutex_);
  // By pool, which may have slices of several nodes: how many there are of each generation.
  std::map<std::string, std::map<int64_t, int64_t>> pools_ TANGRAM_GUARDED_BY(mutex_);
};

// The watch of ResourceSlices, into the inventory. One that cannot be read is logged and counts as
// absent, also when it could be read before. Both arguments must outlive it.
class ResourceSliceSink final : public kubernetes::ReflectorSink {
 public:
  ResourceSliceSink(CardInventory& inventory, const telemetry::Logger& log)
      : inventory_(inventory), log_(log) {}

  void BeginReplace() override;
  void Object(std::string_view json) override;
  void EndReplace(std::string_view resource_version) override;
  void Upsert(std::string_view json) override;
  void Delete(std::string_view json) override;
  void Connected(bool connected) override;

 private:
  CardInventory& inventory_;
  const telemetry::Logger& log_;
  std::vector<nvidia::ResourceSlice> listed_;
};

}  // namespace tangram::api::cli

#endif  // API_CLI_CARD_INVENTORY_H_
