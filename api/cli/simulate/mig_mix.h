// A mix of MIG requests as it is written on the command line.
#ifndef API_CLI_SIMULATE_MIG_MIX_H_
#define API_CLI_SIMULATE_MIG_MIX_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/simulate/mig_cards.h"
#include "scheduler/mig/fleet.h"
#include "scheduler/mig/state_values.h"

namespace tangram::api::cli::simulate {

struct MigMix {
  // The cards, each kind with its plain profiles and those that the mix names, and what is asked.
  std::shared_ptr<const scheduler::mig::Fleet> fleet;
  std::vector<std::string> names;  // by request: of one kind the full names, of several as written
  scheduler::mig::Mix shares;      // by request; sums to 1
  double sum = 0;                  // of the shares as written
  // Whether the sum was 1 but for what comes of writing decimals.
  bool was_whole() const;
};

// "7g:0.1,1gd:0.2,...": short or full names and shares, in any order; what is not named has none.
//
// With cards of several kinds a short name asks for an instance of that name on any kind that has
// one, whatever its memory ("1g" is a 1g.6gb of an A30 and a 1g.10gb of an A100 with 80 GB); a full
// name asks for kinds that have exactly that profile. Requests are ordered by the first kind that
// serves them and its profile, whatever order they are written in.
//
// An empty text is every plain profile alike, of several kinds every short name.
//
// InvalidArgument names the part, its place and what is allowed for a part without a colon, names
// that no card has or that mean the same as one before, shares that are no number, negative or
// beyond 1e9, a sum of 0, and a kind with more states than can be listed.
absl::StatusOr<MigMix> ReadMigMix(const MigCards& cards, std::string_view text);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_MIG_MIX_H_
