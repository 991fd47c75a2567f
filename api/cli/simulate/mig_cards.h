// The cards that `simulate mig` cuts: so many of one product, or those of a cluster.
#ifndef API_CLI_SIMULATE_MIG_CARDS_H_
#define API_CLI_SIMULATE_MIG_CARDS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "api/cli/simulate/cluster_input.h"
#include "model/mig/geometry.h"
#include "scheduler/mig/census.h"

namespace tangram::api::cli::simulate {

// Cards that are cut alike.
struct MigKind {
  std::string name;               // "A100-80GB"; of an unknown product as its nodes word it
  model::mig::Geometry geometry;  // with all its profiles
  std::vector<uint32_t> cards;    // numbers in the cluster, ascending
  // By profile: "1gd". Of a known product as its whole list has them, even where an agent allows
  // some of its profiles only.
  std::vector<std::string> short_names;
};

struct MigCards {
  std::string cluster;  // where they were read from; empty where a product was named
  std::vector<MigKind> kinds;

  size_t count() const;
};

// NotFound lists the products there are.
absl::StatusOr<MigCards> CardsOfProduct(std::string_view product, uint32_t count);

// The cards of all groups of a census, numbered by node name, kinds by their first card. Cards of
// one product with the same profiles are one kind, whoever cuts them; where a product has several
// kinds, the later ones are told apart by a number behind the name. How the cards are cut now is
// not looked at.
MigCards CardsOfCensus(const scheduler::mig::Census& census);

// The cards in MIG mode of a cluster, its pods left out. Nodes whose cards cannot be told are named
// on stderr. InvalidArgument where no card is in MIG mode.
absl::StatusOr<MigCards> CardsOfCluster(const ClusterOptions& options);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_MIG_CARDS_H_
