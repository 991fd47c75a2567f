// The cards of a cluster that is read (see mig_cards.h); the others are made of what is known.
#include <cstdio>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/cli/simulate/mig_cards.h"

namespace tangram::api::cli::simulate {

using scheduler::mig::Census;

absl::StatusOr<MigCards> CardsOfCluster(const ClusterOptions& options) {
  const absl::StatusOr<Listed> listed = ReadCluster(options);
  if (!listed.ok()) return listed.status();
  const scheduler::whatif::World world =
      scheduler::whatif::MakeWorld(listed->nodes, {}, listed->dra_resources);
  const Census census = scheduler::mig::TakeCensus({world.snapshot, {}, {}});
  for (const Census::LeftOut& node : census.left_out) {
    std::fprintf(stderr, "tangram simulate: warning: node %s: left out: %s\n", node.node.c_str(),
                 node.why.c_str());
  }
  MigCards cards = CardsOfCensus(census);
  cards.cluster = SourceOf(options);
  if (cards.kinds.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat(cards.cluster, " has no cards in MIG mode whose profiles are known"));
  }
  return cards;
}

}  // namespace tangram::api::cli::simulate
