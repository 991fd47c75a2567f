#include "api/cli/simulate/mig_cards.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/mig/products.h"

namespace tangram::api::cli::simulate {
namespace {

using model::mig::Geometry;
using model::mig::Profile;
using scheduler::mig::Census;
using scheduler::mig::CensusGroup;

std::vector<std::string> ShortNames(const Geometry& geometry, const Geometry& whole) {
  std::vector<std::string> names;
  for (size_t i = 0; i < geometry.profiles().size(); ++i) {
    const Profile& own = geometry.profiles()[i];
    const auto same =
        std::find_if(whole.profiles().begin(), whole.profiles().end(), [&own](const Profile& p) {
          return p.name.compute == own.name.compute && p.name.extra == own.name.extra &&
                 p.length == own.length;
        });
    names.push_back(same == whole.profiles().end()
                        ? geometry.ShortName(i)
                        : whole.ShortName(static_cast<size_t>(same - whole.profiles().begin())));
  }
  return names;
}

bool CutAlike(const Geometry& a, const Geometry& b) {
  return a.slices() == b.slices() && std::equal(a.profiles().begin(), a.profiles().end(),
                                                b.profiles().begin(), b.profiles().end());
}

// The name of its own that tells a geometry from others of the product.
absl::StatusOr<Geometry> Named(const Geometry& geometry, const std::string& name) {
  return Geometry::Create(name, geometry.slices(),
                          {geometry.profiles().begin(), geometry.profiles().end()},
                          geometry.source());
}

// Finds or adds the kind of a group; an index into `kinds`.
size_t KindOf(const CensusGroup& group, std::vector<MigKind>* kinds) {
  std::vector<model::mig::ProfileName> names;
  for (const model::mig::Profile& profile : group.geometry.profiles())
    names.push_back(profile.name);
  const std::optional<Geometry> known = model::mig::ProductOfType(group.product, names);
  const std::string product = known.has_value() ? known->product() : group.product;
  std::string name = product;
  for (size_t number = 2;; ++number) {
    const auto kind =
        std::find_if(kinds->begin(), kinds->end(), [&](const auto& k) { return k.name == name; });
    if (kind == kinds->end()) break;
    if (CutAlike(kind->geometry, group.geometry)) {
      return static_cast<size_t>(kind - kinds->begin());
    }
    name = absl::StrCat(product, " (", number, ")");
  }
  // A geometry stays one under another name.
  Geometry geometry = *Named(group.geometry, name);
  std::vector<std::string> short_names =
      ShortNames(geometry, known.has_value() ? *known : geometry);
  kinds->push_back({std::move(name), std::move(geometry), {}, std::move(short_names)});
  return kinds->size() - 1;
}

}  // namespace

size_t MigCards::count() const {
  size_t cards = 0;
  for (const MigKind& kind : kinds) cards += kind.cards.size();
  return cards;
}

absl::StatusOr<MigCards> CardsOfProduct(std::string_view product, uint32_t count) {
  const auto geometry = model::mig::FindProduct(product);
  if (!geometry.ok()) return geometry.status();
  MigKind kind{geometry->product(), *geometry, {}, ShortNames(*geometry, *geometry)};
  for (uint32_t card = 0; card < count; ++card) kind.cards.push_back(card);
  return MigCards{"", {std::move(kind)}};
}

MigCards CardsOfCensus(const Census& census) {
  MigCards cards;
  // Of each node the groups it has cards of, in the order of the census.
  std::map<std::string, std::vector<std::pair<const CensusGroup*, size_t>>> by_node;
  for (const CensusGroup& group : census.groups) {
    for (const scheduler::mig::CensusNode& node : group.nodes) {
      by_node[node.name].emplace_back(&group, node.cards.size());
    }
  }
  uint32_t number = 0;
  for (const auto& [node, groups] : by_node) {
    for (const auto& [group, count] : groups) {
      if (count == 0) continue;
      MigKind& kind = cards.kinds[KindOf(*group, &cards.kinds)];
      for (size_t card = 0; card < count; ++card) kind.cards.push_back(number++);
    }
  }
  return cards;
}

}  // namespace tangram::api::cli::simulate
