// Books of one node: every change goes through AddUsage, which keeps card and totals in step.
#include "model/node.h"

#include <algorithm>
#include <utility>

#include "model/check.h"

namespace tangram::model {
namespace {

// Adds sign * amount to `used`, which stops at the largest value; returns by how much it grew.
template <typename U>
int64_t Add(U& used, U amount, int sign) {
  const int64_t before = used.value();
  const int64_t after = std::min<int64_t>(before + int64_t{amount.value()} * sign, U::kMax);
  TANGRAM_CHECK(after >= 0);
  used = U::Checked(after);
  return after - before;
}

}  // namespace

Node::Node(std::string name) {
  NodeSpec spec;
  spec.name = std::move(name);
  spec_ = std::make_shared<const NodeSpec>(std::move(spec));
}

void Node::Describe(std::shared_ptr<const NodeSpec> spec, std::span<const CardTypeId> types,
                    std::span<const CardType> all) {
  TANGRAM_CHECK(types.size() == spec->gpus.size());
  spec_ = std::move(spec);
  known_ = true;
  cards_.clear();
  cards_.reserve(spec_->gpus.size());
  totals_ = NodeTotals();
  kubelet_gpus_ = 0;
  unaccounted_pods_ = 0;
  ignored_pods_ = 0;
  host_used_ = HostResources();
  mig_ = nullptr;
  MigTables tables;
  bool any_table = false;
  for (size_t i = 0; i < spec_->gpus.size(); ++i) {
    const Gpu& gpu = spec_->gpus[i];
    Card card;
    card.slots = gpu.slots;
    card.memory = gpu.memory;
    card.cores = gpu.cores;
    card.numa = gpu.numa;
    card.type = types[i];
    card.healthy = gpu.healthy;
    card.cordoned = gpu.cordoned;
    cards_.push_back(card);
    totals_.slots += gpu.slots.value();
    totals_.memory_mib += gpu.memory.value();
    totals_.cores += gpu.cores.value();
    tables.push_back(types[i] < all.size() ? all[types[i]].mig : nullptr);
    any_table = any_table || tables.back() != nullptr;
  }
  if (any_table) mig_ = std::make_shared<const MigTables>(std::move(tables));
  pool_used_.assign(spec_->pools.size(), 0);
  counts_only_ = !spec_->pools.empty() || spec_->pool_block != PoolBlock::kNone;
  allocatable_gpus_ = spec_->allocatable_gpus;
  memory_of_each_.reset();
  const bool uniform = std::all_of(cards_.begin(), cards_.end(), [this](const Card& card) {
    return card.memory == cards_.front().memory;
  });
  if (!cards_.empty() && uniform) memory_of_each_ = cards_.front().memory;
}

void Node::Forget() {
  NodeSpec spec;
  spec.name = spec_->name;
  spec_ = std::make_shared<const NodeSpec>(std::move(spec));
  known_ = false;
  counts_only_ = false;
  pool_used_.clear();
  cards_.clear();
  mig_ = nullptr;
  totals_ = NodeTotals();
  allocatable_gpus_.reset();
  memory_of_each_.reset();
  kubelet_gpus_ = 0;
  unaccounted_pods_ = 0;
  ignored_pods_ = 0;
  host_used_ = HostResources();
}

void Node::Book(std::span<const CardDemand> demand, int64_t kubelet_gpus,
                std::span<const ResourceCount> counted) {
  for (const CardDemand& part : demand) {
    const int card = FindCard(part.uuid);
    if (card >= 0) {
      AddUsage(static_cast<size_t>(card), part.usage, 1);
      Cut(static_cast<size_t>(card), part);
    } else if (part.spare) {
      for (size_t i = 0; i < cards_.size(); ++i) {
        if (mig_table(i) != nullptr) cards_[i].used.mig_state = kMigUnclear;
      }
    }
  }
  AddCounts(kubelet_gpus, counted, 1);
}

void Node::Release(std::span<const CardDemand> demand, int64_t kubelet_gpus,
                   std::span<const ResourceCount> counted) {
  for (const CardDemand& part : demand) {
    const int card = FindCard(part.uuid);
    if (card < 0) continue;
    AddUsage(static_cast<size_t>(card), part.usage, -1);
    Mend(static_cast<size_t>(card), part);
  }
  AddCounts(kubelet_gpus, counted, -1);
}

void Node::AddCounts(int64_t kubelet_gpus, std::span<const ResourceCount> counted, int sign) {
  kubelet_gpus_ += kubelet_gpus * sign;
  TANGRAM_CHECK(kubelet_gpus_ >= 0);
  for (size_t i = 0; i < pool_used_.size(); ++i) {
    const std::string& resource = spec_->pools[i].resource;
    pool_used_[i] += (resource == kGpuResource ? kubelet_gpus : CountOf(counted, resource)) * sign;
    TANGRAM_CHECK(pool_used_[i] >= 0);
  }
}

void Node::ClearBooks() {
  for (Card& card : cards_) card.used = GpuUsage();
  totals_.slots_used = 0;
  totals_.memory_used_mib = 0;
  totals_.cores_used = 0;
  kubelet_gpus_ = 0;
  pool_used_.assign(pool_used_.size(), 0);
  unaccounted_pods_ = 0;
  ignored_pods_ = 0;
  host_used_ = HostResources();
}

HostResources Node::HostLeft(const HostBuckets& buckets) const {
  const auto left = [](int64_t all, int64_t used, int64_t bucket) {
    const int64_t rest = std::clamp<int64_t>(all - used, 0, INT32_MAX);
    return rest / bucket * bucket;
  };
  HostResources rest{.cpu_milli = INT32_MAX, .memory_mib = INT32_MAX};
  if (!spec_->host.has_value()) return rest;
  if (buckets.cpu_milli > 0) {
    rest.cpu_milli = left(spec_->host->cpu_milli, host_used_.cpu_milli, buckets.cpu_milli);
  }
  if (buckets.memory_mib > 0) {
    rest.memory_mib = left(spec_->host->memory_mib, host_used_.memory_mib, buckets.memory_mib);
  }
  return rest;
}

void Node::BookCard(size_t card, const GpuUsage& usage, std::span<const uint16_t> placements) {
  AddUsage(card, usage, 1);
  int32_t& state = cards_[card].used.mig_state;
  for (const uint16_t placement : placements) {
    TANGRAM_CHECK(state != kMigUnclear && mig_table(card) != nullptr);
    const mig::StateId after =
        mig_table(card)->states().After(static_cast<mig::StateId>(state), placement);
    TANGRAM_CHECK(after != mig::kNoState);
    state = after;
  }
}

void Node::ReleaseCard(size_t card, const GpuUsage& usage, std::span<const uint16_t> placements) {
  AddUsage(card, usage, -1);
  int32_t& state = cards_[card].used.mig_state;
  for (const uint16_t placement : placements) {
    TANGRAM_CHECK(state != kMigUnclear && mig_table(card) != nullptr);
    const mig::StateId after =
        mig_table(card)->states().Without(static_cast<mig::StateId>(state), placement);
    TANGRAM_CHECK(after != mig::kNoState);
    state = after;
  }
}

void Node::AddUnaccounted(int32_t by, bool ignored) {
  int32_t& pods = ignored ? ignored_pods_ : unaccounted_pods_;
  pods += by;
  TANGRAM_CHECK(pods >= 0);
}

int Node::FindCard(std::string_view uuid) const {
  for (size_t i = 0; i < spec_->gpus.size(); ++i) {
    if (spec_->gpus[i].uuid == uuid) return static_cast<int>(i);
  }
  return -1;
}

bool Node::LacksCardOf(std::span<const CardDemand> demand) const {
  return known_ && std::any_of(demand.begin(), demand.end(),
                               [this](const CardDemand& part) { return FindCard(part.uuid) < 0; });
}

int Node::FindPool(std::string_view resource) const {
  for (size_t i = 0; i < spec_->pools.size(); ++i) {
    if (spec_->pools[i].resource == resource) return static_cast<int>(i);
  }
  return -1;
}

bool Node::MustRebook(std::span<const CardDemand> demand) const {
  return std::any_of(demand.begin(), demand.end(), [this](const CardDemand& part) {
    const int card = FindCard(part.uuid);
    if (card < 0) return part.spare && has_mig();
    const GpuUsage& used = cards_[static_cast<size_t>(card)].used;
    if (used.mig_state == kMigUnclear) return true;
    return used.slots == Slots(Slots::kMax) || used.memory == Mebibytes(Mebibytes::kMax) ||
           used.cores == CorePercent(CorePercent::kMax);
  });
}

// Marks the card's instances of `demand` as taken.
void Node::Cut(size_t card, const CardDemand& demand) {
  int32_t& state = cards_[card].used.mig_state;
  const mig::CardTable* table = mig_table(card);
  if (table == nullptr) {
    if (!demand.instances.empty()) state = kMigUnclear;
    return;
  }
  if (demand.uncut) state = kMigUnclear;
  for (const MigInstance& instance : demand.instances) {
    if (state == kMigUnclear) return;
    const std::optional<size_t> placement = table->PlacementOf(instance);
    mig::StateId after = mig::kNoState;
    if (placement.has_value()) {
      after = table->states().After(static_cast<mig::StateId>(state), *placement);
    }
    state = after == mig::kNoState ? kMigUnclear : int32_t{after};
  }
}

// Gives them back; an unclear card stays so.
void Node::Mend(size_t card, const CardDemand& demand) {
  int32_t& state = cards_[card].used.mig_state;
  if (state == kMigUnclear) return;
  for (const MigInstance& instance : demand.instances) {
    const std::optional<size_t> placement = mig_table(card)->PlacementOf(instance);
    TANGRAM_CHECK(placement.has_value());
    const mig::StateId before =
        mig_table(card)->states().Without(static_cast<mig::StateId>(state), *placement);
    TANGRAM_CHECK(before != mig::kNoState);
    state = before;
  }
}

void Node::AddUsage(size_t card, const GpuUsage& usage, int sign) {
  TANGRAM_CHECK(card < cards_.size());
  GpuUsage& used = cards_[card].used;
  totals_.slots_used += Add(used.slots, usage.slots, sign);
  totals_.memory_used_mib += Add(used.memory, usage.memory, sign);
  totals_.cores_used += Add(used.cores, usage.cores, sign);
  used.alone += usage.alone * sign;
  TANGRAM_CHECK(used.alone >= 0);
}

}  // namespace tangram::model
