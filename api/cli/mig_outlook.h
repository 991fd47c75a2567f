// How the cards of a census would be cut for what is in use and waited for, beside how they are.
//
// The layouts are those of scheduler/mig/plan.h; nothing is changed by making them. Pure functions.
#ifndef API_CLI_MIG_OUTLOOK_H_
#define API_CLI_MIG_OUTLOOK_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "scheduler/mig/census.h"
#include "scheduler/mig/plan.h"

namespace tangram::api::cli {

// A group for which something waits, and the plan.
struct MigOutlook {
  scheduler::mig::CensusGroup group;
  scheduler::mig::Counts demand;  // in use and waited for, by profile
  scheduler::mig::Served now;
  scheduler::mig::Served planned;
  std::vector<std::vector<model::mig::Multiset>> cards;  // planned, parallel to the group's nodes
  uint64_t cards_changed = 0;
};

// Of every group for which something waits.
absl::StatusOr<std::vector<MigOutlook>> MakeOutlooks(const scheduler::mig::Census& census);

// For people: what is served of each profile, and the nodes whose cards are cut otherwise.
std::string OutlookTable(const std::vector<MigOutlook>& outlooks,
                         const scheduler::mig::Census& census);
std::string OutlookJson(const std::vector<MigOutlook>& outlooks,
                        const scheduler::mig::Census& census);
// A configuration of mig-parted: one entry for the nodes that are to be cut alike, what it is for
// as comments. Cards that an agent cuts on demand are in comments alone.
std::string OutlookConfiguration(const std::vector<MigOutlook>& outlooks);

}  // namespace tangram::api::cli

#endif  // API_CLI_MIG_OUTLOOK_H_
