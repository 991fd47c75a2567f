#include "model/node_state.h"

#include <algorithm>
#include <cstring>
#include <type_traits>
#include <utility>

#include "model/check.h"

namespace tangram::model {
namespace {

// Cards are compared as bytes.
static_assert(std::has_unique_object_representations_v<Card>);

template <typename T>
void Append(T value, std::string* key) {
  static_assert(std::is_integral_v<T>);
  char bytes[sizeof(value)];
  std::memcpy(bytes, &value, sizeof(value));
  key->append(bytes, sizeof(bytes));
}

void AppendText(const std::string& text, std::string* key) {
  Append(text.size(), key);
  key->append(text);
}

void AppendPools(const Node& node, std::string* key) {
  Append(static_cast<uint8_t>(node.spec().pool_block), key);
  Append(static_cast<uint8_t>(node.spec().cardless), key);
  AppendText(node.spec().blocked_prefix, key);
  const std::vector<Pool>& pools = node.spec().pools;
  Append(pools.size(), key);
  for (size_t i = 0; i < pools.size(); ++i) {
    const Pool& pool = pools[i];
    AppendText(pool.resource, key);
    AppendText(pool.product, key);
    AppendText(pool.profile, key);
    Append(static_cast<uint8_t>(pool.kind), key);
    Append(pool.memory.value(), key);
    Append(pool.replicas, key);
    Append(pool.count, key);
    Append(node.pool_used()[i], key);
  }
}

}  // namespace

CanonicalCards SortedCards(const Node& node) {
  CanonicalCards cards(node.cards().begin(), node.cards().end());
  std::sort(cards.begin(), cards.end());
  return cards;
}

std::string StateKey(const Node& node, const HostBuckets& buckets) {
  const CanonicalCards cards = SortedCards(node);
  std::string key;
  key.reserve(48 + cards.size() * sizeof(Card));
  Append(static_cast<uint8_t>(node.known()), &key);
  Append(static_cast<uint8_t>(node.unaccounted_pods() > 0), &key);
  Append(static_cast<uint8_t>(node.allocatable_gpus().has_value()), &key);
  Append(node.allocatable_gpus().value_or(0), &key);
  Append(node.kubelet_gpus(), &key);
  const HostResources left = node.HostLeft(buckets);
  Append(left.cpu_milli, &key);
  Append(left.memory_mib, &key);
  AppendPools(node, &key);
  key.append(reinterpret_cast<const char*>(cards.data()), cards.size() * sizeof(Card));
  return key;
}

namespace internal {

StateRef StateTable::Enter(const std::string& key, bool* added) {
  const auto [found, is_new] = numbers_.try_emplace(key, 0u);
  if (added != nullptr) *added = is_new;
  if (is_new) {
    if (unused_.empty()) {
      unused_.push_back(static_cast<uint32_t>(states_.size()));
      states_.emplace_back();
    }
    found->second = unused_.back();
    unused_.pop_back();
    if (++last_age_ == 0) ++last_age_;
    states_[found->second] = {&found->first, last_age_, 0};
  }
  State& state = states_[found->second];
  ++state.nodes;
  return {found->second, state.age};
}

void StateTable::Leave(StateRef ref) {
  TANGRAM_CHECK(At(ref).nodes > 0);
  State& state = states_[ref.number];
  if (--state.nodes > 0) return;
  numbers_.erase(numbers_.find(*state.key));
  state = State();
  unused_.push_back(ref.number);
}

const StateTable::State& StateTable::At(StateRef ref) const {
  TANGRAM_CHECK(ref.number < states_.size());
  const State& state = states_[ref.number];
  TANGRAM_CHECK(state.key != nullptr && state.age == ref.age);
  return state;
}

const std::string& StateTable::KeyOf(StateRef state) const { return *At(state).key; }

uint32_t StateTable::NodesIn(StateRef state) const { return At(state).nodes; }

}  // namespace internal
}  // namespace tangram::model
