// Indexes, drafts and publication of the cluster's nodes.
#include "model/cluster_state.h"

#include <algorithm>
#include <utility>

#include "model/check.h"

namespace tangram::model::internal {

std::string KindKey(const Node& node) {
  Node empty = node;
  empty.ClearBooks();
  return StateKey(empty);
}

NodeIndex ClusterState::Find(std::string_view name) const {
  const auto found = names.find(name);
  return found == names.end() ? kNoNode : found->second;
}

NodeIndex ClusterState::FindOrAdd(const std::string& name) {
  if (const NodeIndex index = Find(name); index != kNoNode) return index;
  if (vacant.empty()) {
    vacant.insert(static_cast<NodeIndex>(entries.size()));
    entries.emplace_back();
    is_dirty.push_back(false);
  }
  const NodeIndex index = *vacant.begin();
  vacant.erase(vacant.begin());
  entries[index] = std::make_unique<NodeEntry>();
  entries[index]->draft = std::make_shared<Node>(name);
  names.emplace(name, index);
  names_changed = true;
  MarkDirty(index);
  return index;
}

void ClusterState::DropIfIdle(NodeIndex index) {
  const NodeEntry& entry = At(index);
  if (entry.node().known() || !entry.pods.empty()) return;
  names.erase(entry.node().name());
  names_changed = true;
  entries[index] = nullptr;
  vacant.insert(index);
  MarkDirty(index);
}

Node& ClusterState::Edit(NodeIndex index) {
  NodeEntry& entry = *entries[index];
  if (entry.draft == nullptr) entry.draft = std::make_shared<Node>(*entry.published);
  MarkDirty(index);
  return *entry.draft;
}

void ClusterState::Describe(NodeIndex index, NodeSpec spec) {
  Node& node = Edit(index);
  // The new products first: a product that stays keeps its number.
  const std::vector<CardTypeId> ids = types.Acquire(spec.gpus);
  ReleaseTypes(node);
  CountExtended(node.spec().extended_resources, spec.extended_resources);
  node.Describe(std::make_shared<const NodeSpec>(std::move(spec)), ids, types.types());
  BookPods(index);
}

void ClusterState::Forget(NodeIndex index) {
  Node& node = Edit(index);
  ReleaseTypes(node);
  CountExtended(node.spec().extended_resources, {});
  node.Forget();
  BookPods(index);
}

void ClusterState::CountExtended(const std::vector<std::string>& before,
                                 const std::vector<std::string>& after) {
  if (before == after) return;
  bool names_differ = false;
  for (const std::string& name : after) names_differ |= ++extended_uses[name] == 1;
  for (const std::string& name : before) {
    const auto use = extended_uses.find(name);
    TANGRAM_CHECK(use != extended_uses.end());
    if (--use->second > 0) continue;
    extended_uses.erase(use);
    names_differ = true;
  }
  if (!names_differ) return;
  std::vector<std::string> names_now;
  names_now.reserve(extended_uses.size());
  for (const auto& [name, uses] : extended_uses) names_now.push_back(name);
  extended_resources = std::make_shared<const std::vector<std::string>>(std::move(names_now));
}

void ClusterState::Attach(NodeIndex index, const std::string& uid, Booking booking) {
  NodeEntry& entry = *entries[index];
  Node& node = Edit(index);
  node.Book(booking.demand, booking.kubelet_gpus, booking.counted);
  node.TakeHost(booking.host);
  if (IsUnaccounted(booking, node)) node.AddUnaccounted(1, booking.ignored);
  const auto place = std::lower_bound(entry.pods.begin(), entry.pods.end(), uid);
  entry.pods.insert(place, uid);
  const bool added = bookings.emplace(uid, std::move(booking)).second;
  TANGRAM_CHECK(added);
}

void ClusterState::Detach(const std::string& uid) {
  const auto found = bookings.find(uid);
  TANGRAM_CHECK(found != bookings.end());
  const Booking booking = std::move(found->second);
  bookings.erase(found);
  const NodeIndex index = Find(booking.node);
  TANGRAM_CHECK(index != kNoNode);
  NodeEntry& entry = *entries[index];
  const auto place = std::lower_bound(entry.pods.begin(), entry.pods.end(), uid);
  TANGRAM_CHECK(place != entry.pods.end() && *place == uid);
  entry.pods.erase(place);

  Node& node = Edit(index);
  if (node.MustRebook(booking.demand)) {
    node.ClearBooks();
    BookPods(index);
    return;
  }
  node.Release(booking.demand, booking.kubelet_gpus, booking.counted);
  node.GiveBackHost(booking.host);
  if (IsUnaccounted(booking, node)) node.AddUnaccounted(-1, booking.ignored);
}

void ClusterState::Publish(uint64_t version) {
  const size_t chunks = (entries.size() + Snapshot::kChunk - 1) / Snapshot::kChunk;
  published.chunks_.resize(chunks);
  std::sort(dirty.begin(), dirty.end());
  for (auto first = dirty.begin(); first != dirty.end();) {
    const size_t chunk = *first / Snapshot::kChunk;
    std::shared_ptr<const Snapshot::Chunk>& shared = published.chunks_[chunk];
    auto fresh = shared != nullptr ? std::make_shared<Snapshot::Chunk>(*shared)
                                   : std::make_shared<Snapshot::Chunk>();
    for (; first != dirty.end() && *first / Snapshot::kChunk == chunk; ++first) {
      PublishNode(*first, fresh.get());
      is_dirty[*first] = false;
    }
    shared = std::move(fresh);
  }
  dirty.clear();
  if (names_changed) published.names_ = std::make_shared<const NameTable>(TableOfNames());
  names_changed = false;
  if (published.types_revision_ != types.revision()) {
    published.card_types_ = std::make_shared<const std::vector<CardType>>(types.types());
    published.types_revision_ = types.revision();
  }
  PublishRows();
  published.dra_resources_ = dra_resources;
  published.extended_resources_ = extended_resources;
  published.host_buckets_ = buckets;
  published.version_ = version;
}

void ClusterState::PublishNode(NodeIndex index, Snapshot::Chunk* chunk) {
  NodeEntry* entry = entries[index].get();
  if (entry != nullptr && entry->draft != nullptr) entry->published = std::move(entry->draft);
  const size_t at = index % Snapshot::kChunk;
  const std::shared_ptr<const Node> before = std::move(chunk->nodes[at]);
  const StateRef state_before = chunk->states[at];
  const StateRef kind_before = chunk->kinds[at];
  chunk->nodes[at] = entry != nullptr ? entry->published : nullptr;
  const Node* after = chunk->nodes[at].get();
  // In before out, so that a state that stays keeps its number.
  if (before == nullptr || after == nullptr || !after->SameDescription(*before)) {
    bool added = false;
    chunk->kinds[at] = after != nullptr ? kinds.Enter(KindKey(*after), &added) : StateRef();
    if (before != nullptr) kinds.Leave(kind_before);
    if (added) new_kinds.insert_or_assign(chunk->kinds[at].number, KindRow::Of(*after));
  }
  bool added = false;
  chunk->states[at] =
      after != nullptr ? states.Enter(StateKey(*after, buckets), &added) : StateRef();
  if (before != nullptr) states.Leave(state_before);
  if (added) {
    const Snapshot::StateRows row = {StateRow::Of(*after, chunk->kinds[at].number),
                                     HostRow::Of(*after, buckets)};
    new_rows.insert_or_assign(chunk->states[at].number, row);
  }
}

void ClusterState::PublishRows() {
  published.state_capacity_ = states.capacity();
  published.rows_.resize((states.capacity() + Snapshot::kChunk - 1) / Snapshot::kChunk);
  for (auto next = new_rows.begin(); next != new_rows.end();) {
    const size_t chunk = next->first / Snapshot::kChunk;
    std::shared_ptr<const Snapshot::Rows>& shared = published.rows_[chunk];
    auto fresh = shared != nullptr ? std::make_shared<Snapshot::Rows>(*shared)
                                   : std::make_shared<Snapshot::Rows>();
    for (; next != new_rows.end() && next->first / Snapshot::kChunk == chunk; ++next) {
      const size_t at = next->first % Snapshot::kChunk;
      fresh->states[at] = next->second.state;
      fresh->hosts[at] = next->second.host;
    }
    shared = std::move(fresh);
  }
  new_rows.clear();
  if (new_kinds.empty()) return;
  auto rows = published.kind_rows_ != nullptr
                  ? std::make_shared<std::vector<KindRow>>(*published.kind_rows_)
                  : std::make_shared<std::vector<KindRow>>();
  rows->resize(kinds.capacity());
  for (const auto& [number, row] : new_kinds) (*rows)[number] = row;
  published.kind_rows_ = std::move(rows);
  new_kinds.clear();
}

NameTable ClusterState::TableOfNames() const {
  std::vector<std::string_view> by_position(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    if (entries[i] != nullptr) by_position[i] = entries[i]->node().name();
  }
  return NameTable(by_position);
}

void ClusterState::MarkDirty(NodeIndex index) {
  if (is_dirty[index]) return;
  is_dirty[index] = true;
  dirty.push_back(index);
}

void ClusterState::ReleaseTypes(const Node& node) {
  for (const Card& card : node.cards()) types.Release(card.type);
}

void ClusterState::BookPods(NodeIndex index) {
  Node& node = Edit(index);
  for (const std::string& uid : At(index).pods) {
    const Booking& booking = bookings.find(uid)->second;
    node.Book(booking.demand, booking.kubelet_gpus, booking.counted);
    node.TakeHost(booking.host);
    if (IsUnaccounted(booking, node)) node.AddUnaccounted(1, booking.ignored);
  }
}

}  // namespace tangram::model::internal
