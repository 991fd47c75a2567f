// The resources of all vendors that a container may ask for, what each counts, and which amounts
// make sense.
//
// The one table of them: reading, refusing and "did you mean" go by it. Pure functions, callable
// from any thread, for any text.
#ifndef API_DIALECTS_HAMI_KNOWN_RESOURCES_H_
#define API_DIALECTS_HAMI_KNOWN_RESOURCES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/dialects/hami/keys.h"
#include "api/dialects/hami/vendor_dialect.h"
#include "model/quantity.h"

namespace tangram::api::hami {

// What one unit of a resource is.
enum class Measure : uint8_t {
  kCards,
  kDevices,          // given out by count alone: shared cards, MIG instances, Intel's devices
  kMebibytes,        // of each card
  kMemoryPercent,    // of each card's memory
  kCorePercent,      // of each card's compute; more than 100 counts as 100
  kCardCorePercent,  // the same of a vendor whose cards count compute units
};

// A resource of the table.
struct KnownResource {
  static constexpr size_t kNvidia = SIZE_MAX;

  Measure measure = Measure::kDevices;
  size_t vendor = kNvidia;  // else an index into kOtherVendors
  // Where its amount stands; null for those of measure kDevices.
  std::optional<model::Quantity> ResourceAmounts::*amount = nullptr;
};
std::optional<KnownResource> FindResource(std::string_view name, const ResourceNames& names);
// The names in the table, but for those of MIG instances, of which there are any number.
std::vector<std::string_view> ResourceTable(const ResourceNames& names);

// Whether an amount makes sense by itself. The API server takes whole numbers from 0 of every
// extended resource; above that, HAMi's memory is MiB up to 2147483647, and a percentage of memory
// (or of an AMD card's compute units) is at most 100. `text` is the amount as it was written: one
// of bytes that no card has ("500Mi" is 524288000 MiB) makes no sense either.
// 0 always does here: whether anything is asked for is for the whole container to say.
bool MakesSense(Measure measure, const model::Quantity& amount, std::string_view text);

// "a whole number of MiB of each card from 0 to 2147483647", and what would have been right where
// bytes were written: "; it counts MiB, and 10Gi of memory are 10240".
std::string AllowedAmounts(Measure measure);
std::string InMebibytes(Measure measure, const model::Quantity& amount, std::string_view text);

// What is wrong with the name of a resource that is not in the table.
enum class OddName : uint8_t {
  kUnknown,   // resembles one of the table; right where some node offers it
  kCapitals,  // a domain with capital letters: the API server takes none
  kNoDomain,  // neither one of Kubernetes' own resources nor in any domain: the same
};
struct Misspelt {
  OddName kind = OddName::kUnknown;
  std::string_view meant;  // of the table
};
// nullopt for resources of Kubernetes' own, for names of the table, and for those that resemble
// none of it: they are other people's. Names that must be compared with the table letter by letter
// are counted in `compared`.
std::optional<Misspelt> FindMisspelt(std::string_view name, const ResourceNames& names,
                                     size_t* compared);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_KNOWN_RESOURCES_H_
