#include "scheduler/mig/census.h"

#include <algorithm>
#include <map>
#include <memory>
#include <numeric>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/mig/products.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "scheduler/mig/asked.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using model::mig::CardTable;
using model::mig::Geometry;
using model::mig::Multiset;
using model::mig::StateId;

constexpr std::string_view kMigResource = "nvidia.com/mig-";
constexpr std::string_view kShared = ".shared";

// The profile behind a resource's name, where "." stands for "+"; empty when it is none.
std::string ProfileOf(std::string_view resource) {
  if (!resource.starts_with(kMigResource)) return "";
  std::string text(resource.substr(kMigResource.size()));
  if (text.ends_with(kShared)) text.resize(text.size() - kShared.size());
  if (const size_t end = text.find("gb."); end != std::string::npos) text[end + 2] = '+';
  return text;
}

bool IsMig(const model::Pool& pool) {
  return pool.kind == model::PoolKind::kMigInstance ||
         pool.kind == model::PoolKind::kSharedMigInstance;
}

// By its name, or the one that comes nearest to it.
absl::StatusOr<size_t> FindProfile(const Geometry& geometry, const std::string& text) {
  const auto name = model::mig::ParseProfileName(text);
  const auto nearest = name.ok() ? geometry.FindNearest(*name) : std::nullopt;
  return nearest.has_value() ? *nearest : geometry.FindByText(text);
}

uint64_t Slices(const Geometry& geometry, const Counts& instances) {
  uint64_t slices = 0;
  for (size_t i = 0; i < instances.size(); ++i) {
    slices += instances[i] * static_cast<uint64_t>(geometry.profiles()[i].length);
  }
  return slices;
}

bool FitsOnCard(const CardStates& states, const Multiset& card) {
  const auto slices = static_cast<uint64_t>(states.geometry().slices());
  // Counting is quicker than arranging.
  return Slices(states.geometry(), Counts(card.begin(), card.end())) <= slices &&
         !Arrange(states, card).empty();
}

// The fewest cards that are all alike; nothing where they cannot be.
std::vector<Multiset> AlikeCards(const CardStates& states, const Counts& instances) {
  uint64_t most = 0;
  for (const uint64_t count : instances) most = std::gcd(most, count);
  for (uint64_t cards = 1; cards <= std::min<uint64_t>(most, kMostCardsOfNode); ++cards) {
    if (most % cards != 0) continue;
    Multiset one(instances.size(), 0);
    for (size_t i = 0; i < one.size(); ++i) {
      one[i] = static_cast<uint8_t>(std::min<uint64_t>(instances[i] / cards, UINT8_MAX));
    }
    if (FitsOnCard(states, one)) return std::vector<Multiset>(cards, one);
  }
  return {};
}

// The largest instances first, each on the first card that can have it beside the others.
std::optional<std::vector<Multiset>> FirstCards(const CardStates& states, const Counts& instances) {
  const auto profiles = states.geometry().profiles();
  std::vector<size_t> order(profiles.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return profiles[a].length > profiles[b].length; });
  const auto fits = [&states](Multiset card, size_t profile) {
    ++card[profile];
    return FitsOnCard(states, card);
  };
  std::vector<Multiset> cards;
  for (const size_t profile : order) {
    size_t at = 0;
    for (uint64_t left = instances[profile]; left > 0; --left) {
      while (at < cards.size() && !fits(cards[at], profile)) ++at;
      if (at == cards.size()) {
        cards.emplace_back(profiles.size(), 0);
        if (cards.size() > kMostCardsOfNode || !fits(cards.back(), profile)) return std::nullopt;
      }
      ++cards[at][profile];
    }
  }
  return cards;
}

// A group while it is counted.
struct Growing {
  explicit Growing(CensusGroup counted) : group(std::move(counted)) {}

  CensusGroup group;
  std::optional<CardStates> states;                  // of cards cut in advance
  std::map<Counts, std::vector<Multiset>> cards_of;  // by the instances of a node
  std::map<std::string, int64_t> replicas;           // by resource, where instances are shared
  std::map<std::string, std::pair<size_t, int64_t>> turns;  // waited for, with the profile
  std::shared_ptr<const CardTable> table;                   // of cards cut on demand
  model::CardTypeId type = 0;
  model::Mebibytes memory;
  uint64_t slices = 0;  // of all cards

  double Load() const {
    return static_cast<double>(Slices(group.geometry, group.in_use) +
                               Slices(group.geometry, group.waited_for)) /
           static_cast<double>(std::max<uint64_t>(slices, 1));
  }
};

class Counting {
 public:
  explicit Counting(const TopView& view) : view_(view) {}

  Census Run() {
    for (const model::Node* node : view_.snapshot.NodesByName()) {
      if (node->counts_only()) AddPools(*node);
    }
    AddOnDemand();
    for (const model::Pod& pod : view_.waiting) {
      if (!IsInvalid(pod.request, view_.snapshot)) AddWaiting(pod);
    }
    census_.gated_pods = view_.gated;
    for (auto& [product, growing] : advance_) Finish(growing);
    for (Growing& growing : on_demand_) Finish(growing);
    return std::move(census_);
  }

 private:
  void AddPools(const model::Node& node);
  // The group of the product, with what the node adds to it; the text says what is wrong.
  std::string AddTo(const std::string& product, const model::Node& node);
  void AddOnDemand();
  void AddWaiting(const model::Pod& pod);
  bool AddCounted(const model::ResourceCounts& counted);
  bool AddCut(const model::PodRequest& request);
  void Finish(Growing& growing);

  const TopView& view_;
  Census census_;
  std::map<std::string, Growing> advance_;  // by product
  std::vector<Growing> on_demand_;          // by product
};

void Counting::AddPools(const model::Node& node) {
  std::string product;
  std::string why;
  for (const model::Pool& pool : node.spec().pools) {
    if (!IsMig(pool)) continue;
    if (pool.resource == model::kGpuResource) {
      why = "its instances are all called nvidia.com/gpu (strategy single)";
    } else if (product.empty()) {
      product = pool.product;
    } else if (product != pool.product) {
      why = "it has cards of several products";
    }
  }
  if (node.spec().pool_block != model::PoolBlock::kNone) {
    why = "its cards are being cut, or cannot be used";
  } else if (why.empty() && product.empty()) {
    const bool any = std::any_of(node.spec().pools.begin(), node.spec().pools.end(), IsMig);
    if (any) why = "no label tells its product";
  }
  if (why.empty() && product.empty()) return;
  if (why.empty()) why = AddTo(product, node);
  if (!why.empty()) census_.left_out.push_back({node.name(), why});
}

std::string Counting::AddTo(const std::string& product, const model::Node& node) {
  std::vector<model::mig::ProfileName> names;
  for (const model::Pool& pool : node.spec().pools) {
    const auto name = model::mig::ParseProfileName(pool.profile);
    if (IsMig(pool) && name.ok()) names.push_back(*name);
  }
  const auto geometry = model::mig::ProductOfType(product, names);
  if (!geometry.has_value()) {
    return absl::StrCat("how cards of ", model::Shown(product), " can be cut is not known");
  }
  Counts there(geometry->profiles().size(), 0), used(there);
  std::map<std::string, int64_t> replicas;
  for (size_t i = 0; i < node.spec().pools.size(); ++i) {
    const model::Pool& pool = node.spec().pools[i];
    if (!IsMig(pool)) continue;
    const auto profile = FindProfile(*geometry, pool.profile);
    if (!profile.ok()) return std::string(profile.status().message());
    there[*profile] += static_cast<uint64_t>(pool.count / pool.replicas);
    const int64_t taken = std::max<int64_t>(node.pool_used()[i], 0);
    used[*profile] += static_cast<uint64_t>((taken + pool.replicas - 1) / pool.replicas);
    replicas[pool.resource] = pool.replicas;
  }
  auto found = advance_.find(product);
  if (found == advance_.end()) {
    auto states = CardStates::Create(*geometry);
    if (!states.ok()) return std::string(states.status().message());
    CensusGroup group{false, product, *geometry, {}, Counts(there.size(), 0), {}};
    group.waited_for = group.in_use;
    found = advance_.emplace(product, Growing(std::move(group))).first;
    found->second.states = *std::move(states);
  }
  Growing& growing = found->second;
  auto cards = growing.cards_of.find(there);
  if (cards == growing.cards_of.end()) {
    auto behind = CardsBehind(*growing.states, there);
    if (!behind.has_value()) return "so many instances are more than the cards of a node have";
    cards = growing.cards_of.emplace(there, *std::move(behind)).first;
  }
  growing.group.nodes.push_back({node.name(), cards->second});
  growing.slices += cards->second.size() * static_cast<uint64_t>(geometry->slices());
  for (size_t i = 0; i < used.size(); ++i) growing.group.in_use[i] += used[i];
  growing.replicas.insert(replicas.begin(), replicas.end());
  return "";
}

void Counting::AddOnDemand() {
  const std::vector<model::CardType>& types = view_.snapshot.card_types();
  for (size_t id = 0; id < types.size(); ++id) {
    if (types[id].mig == nullptr) continue;
    const Geometry& geometry = types[id].mig->states().geometry();
    const Counts none(geometry.profiles().size(), 0);
    Growing growing(CensusGroup{true, types[id].type, geometry, {}, none, none});
    growing.table = types[id].mig;
    growing.type = static_cast<model::CardTypeId>(id);
    on_demand_.push_back(std::move(growing));
  }
  std::stable_sort(on_demand_.begin(), on_demand_.end(), [](const Growing& a, const Growing& b) {
    return a.group.product < b.group.product;
  });
  // Placements of what pods hold, by card.
  std::map<std::string, std::vector<model::MigInstance>, std::less<>> made;
  for (const TopPod& pod : view_.pods) {
    for (model::CardDemand& part : model::FoldDemand(pod.allocation, pod.init_finished)) {
      auto& instances = made[part.uuid];
      instances.insert(instances.end(), part.instances.begin(), part.instances.end());
    }
  }
  for (Growing& growing : on_demand_) {
    for (const model::Node* node : view_.snapshot.NodesByName()) {
      CensusNode cut{node->name(), {}};
      for (size_t card = 0; card < node->cards().size(); ++card) {
        if (node->mig_table(card) != growing.table.get()) continue;
        growing.memory = node->cards()[card].memory;
        if (node->cards()[card].used.mig_state == model::kMigUnclear) continue;
        Multiset& layout = cut.cards.emplace_back(growing.group.in_use.size(), 0);
        const auto there = made.find(node->spec().gpus[card].uuid);
        if (there == made.end()) continue;
        for (const model::MigInstance& instance : there->second) {
          const auto profile = growing.table->Find(instance.profile);
          if (!profile.has_value()) continue;
          ++layout[*profile];
          ++growing.group.in_use[*profile];
        }
      }
      if (cut.cards.empty()) continue;
      growing.slices += cut.cards.size() * static_cast<uint64_t>(growing.group.geometry.slices());
      growing.group.nodes.push_back(std::move(cut));
    }
  }
}

void Counting::AddWaiting(const model::Pod& pod) {
  const bool by_resource =
      std::any_of(pod.request.counted.begin(), pod.request.counted.end(),
                  [](const auto& asked) { return asked.resource.starts_with(kMigResource); });
  if (by_resource) {
    ++census_.waiting_pods;
    if (!AddCounted(pod.request.counted)) census_.unknown.push_back(pod.id);
  } else if (AddCut(pod.request)) {
    ++census_.waiting_pods;
  } else if (std::any_of(pod.request.containers.begin(), pod.request.containers.end(),
                         [](const auto& container) { return !container.mig_profile.empty(); })) {
    ++census_.waiting_pods;
    census_.unknown.push_back(pod.id);
  }
}

// False when no group has all of the profiles.
bool Counting::AddCounted(const model::ResourceCounts& counted) {
  Growing* best = nullptr;
  for (auto& [product, growing] : advance_) {
    const Geometry& geometry = growing.group.geometry;
    const bool has_all =
        std::all_of(counted.begin(), counted.end(), [&geometry](const auto& asked) {
          return !asked.resource.starts_with(kMigResource) ||
                 FindProfile(geometry, ProfileOf(asked.resource)).ok();
        });
    if (has_all && (best == nullptr || growing.Load() < best->Load())) best = &growing;
  }
  if (best == nullptr) return false;
  for (const model::ResourceCount& asked : counted) {
    if (!asked.resource.starts_with(kMigResource)) continue;
    const size_t profile = *FindProfile(best->group.geometry, ProfileOf(asked.resource));
    const auto shared = best->replicas.find(asked.resource);
    if (shared != best->replicas.end() && shared->second > 1) {
      auto& turns = best->turns[asked.resource];
      turns = {profile, turns.second + asked.count};
    } else {
      best->group.waited_for[profile] += static_cast<uint64_t>(asked.count);
    }
  }
  return true;
}

// False when it asks for no instance that a group can make.
bool Counting::AddCut(const model::PodRequest& request) {
  const CompiledRequest compiled(request, view_.snapshot, CardPolicy());
  Growing* best = nullptr;
  std::vector<Asked> wanted;
  for (Growing& growing : on_demand_) {
    std::vector<Asked> asked =
        InstancesAsked(compiled, view_.snapshot, {*growing.table, growing.type, growing.memory});
    if (asked.empty() || asked.size() < wanted.size()) continue;
    if (asked.size() == wanted.size() && growing.Load() >= best->Load()) continue;
    best = &growing;
    wanted = std::move(asked);
  }
  for (const Asked& asked : wanted) {
    best->group.waited_for[asked.profile] += static_cast<uint64_t>(asked.count);
  }
  return best != nullptr;
}

void Counting::Finish(Growing& growing) {
  for (const auto& [resource, turns] : growing.turns) {
    const int64_t replicas = growing.replicas.at(resource);
    growing.group.waited_for[turns.first] +=
        static_cast<uint64_t>((turns.second + replicas - 1) / replicas);
  }
  if (!growing.group.nodes.empty()) census_.groups.push_back(std::move(growing.group));
}

}  // namespace

std::optional<std::vector<Multiset>> CardsBehind(const CardStates& states,
                                                 const Counts& instances) {
  std::vector<Multiset> alike = AlikeCards(states, instances);
  if (!alike.empty()) return alike;
  return FirstCards(states, instances);
}

Census TakeCensus(const TopView& view) { return Counting(view).Run(); }

}  // namespace tangram::scheduler::mig
