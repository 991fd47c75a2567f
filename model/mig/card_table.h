// What one kind of MIG card can be cut into, as its agent says, in the form that fit reads.
//
// The states of the card (card_states.h) and, per profile, what an instance books. Shared by all
// cards of a type (CardType::mig); immutable; safe to read from any thread.
#ifndef MODEL_MIG_CARD_TABLE_H_
#define MODEL_MIG_CARD_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "model/gpu.h"
#include "model/mig/card_states.h"
#include "model/mig_values.h"

namespace tangram::model::mig {

class CardTable {
 public:
  // `type` is the product as the agent words it ("NVIDIA A100-SXM4-80GB"): when it is known, the
  // profiles must not contradict it (advertised.h). InvalidArgument names `card`, profile and value
  // for that, for everything that FromAdvertised refuses, for placements of one profile that differ
  // in size, for memory, cores or slices below zero, and for a card with too many states.
  static absl::StatusOr<std::shared_ptr<const CardTable>> Create(
      const std::string& card, std::string_view type, std::span<const MigProfile> profiles);

  // Whether Create would refuse, but for the number of states: at a fraction of the cost.
  static absl::Status Check(const std::string& card, std::string_view type,
                            std::span<const MigProfile> profiles);

  const CardStates& states() const { return states_; }

  // Of an instance, by profile of the geometry.
  Mebibytes memory(size_t profile) const { return booked_[profile].memory; }
  CorePercent cores(size_t profile) const { return booked_[profile].cores; }
  const std::string& name(size_t profile) const { return booked_[profile].name; }
  // By the agent's name; nothing when the card has no such profile.
  std::optional<size_t> Find(std::string_view name) const;

  // The profiles by memory, then by compute slices, then as the agent lists them: the order in
  // which a request by memory tries them (HAMi v2.10).
  std::span<const uint16_t> by_memory() const { return by_memory_; }
  // The first of by_memory() with so much memory or more; its size when there is none.
  size_t FirstWith(Mebibytes memory) const;

  // The index into states().placements(); nothing when the card cannot have that instance.
  std::optional<size_t> PlacementOf(const MigInstance& instance) const;
  MigInstance InstanceAt(size_t placement) const;

  // How many instances can still be made of the profiles by_memory()[rank...], and of one profile
  // alone.
  int32_t MostFrom(StateId state, size_t rank) const {
    return most_from_[rank * states_.size() + state];
  }
  int32_t MostOf(StateId state, size_t profile) const {
    return most_of_[profile * states_.size() + state];
  }

 private:
  struct Booked {
    std::string name;
    Mebibytes memory;
    CorePercent cores;
  };

  CardTable(CardStates states, std::span<const MigProfile> profiles);
  void CountMost();

  CardStates states_;
  std::vector<Booked> booked_;
  std::vector<uint16_t> by_memory_;
  std::vector<uint8_t> most_from_;
  std::vector<uint8_t> most_of_;
};

// The table of a card; null when it is not in MIG mode, or takes nothing there.
std::shared_ptr<const CardTable> TableOf(const Gpu& gpu);

}  // namespace tangram::model::mig

#endif  // MODEL_MIG_CARD_TABLE_H_
