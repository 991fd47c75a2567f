#include "scheduler/row_fit.h"

#include <bit>
#include <cstring>
#include <optional>

#include "scheduler/card_rules.h"
#include "scheduler/pod_demand.h"
#include "scheduler/view_node_policy.h"

namespace tangram::scheduler {
namespace {

using model::KindRow;
using model::kRowCards;
using model::StateRow;

// The row's flags are those of the checks, so that they need no translation.
static_assert(static_cast<uint32_t>(KindRow::kUnhealthy) == kFailsHealth);
static_assert(static_cast<uint32_t>(KindRow::kCordoned) == kFailsCordon);

// Eight cards side by side, in the vectors that both compilers know. A comparison gives all bits
// where it holds and none elsewhere.
typedef int32_t HalfWide __attribute__((vector_size(16)));  // four cards
typedef int16_t HalfNarrow __attribute__((vector_size(8)));
typedef int16_t Cards __attribute__((vector_size(16)));
typedef uint8_t Bytes __attribute__((vector_size(8)));
static_assert(kRowCards == 8);
// The checks fit into 16 bits.
static_assert(kFailsMig <= INT16_MAX);

template <typename Vector, typename T>
Vector Load(const T* from) {
  Vector vector;
  std::memcpy(&vector, from, sizeof(vector));
  return vector;
}

Cards Load(const std::array<uint16_t, kRowCards>& from) { return Load<Cards>(from.data()); }

Cards All(uint32_t value) {
  const auto v = static_cast<int16_t>(value);
  return Cards{v, v, v, v, v, v, v, v};
}

// Where `left` is below `wanted`.
Cards Below(const int32_t* left, const int32_t* wanted) {
  const HalfWide low = Load<HalfWide>(left) < Load<HalfWide>(wanted);
  const HalfWide high = Load<HalfWide>(left + 4) < Load<HalfWide>(wanted + 4);
  const HalfNarrow halves[2] = {__builtin_convertvector(low, HalfNarrow),
                                __builtin_convertvector(high, HalfNarrow)};
  return Load<Cards>(halves);
}

using Halves = std::array<uint64_t, 2>;
Halves HalvesOf(Cards cards) { return std::bit_cast<Halves>(cards); }

// In how many places all bits are set; in the others none may be.
int CountSet(Cards cards) {
  const Halves halves = HalvesOf(cards);
  return (std::popcount(halves[0]) + std::popcount(halves[1])) / 16;
}

// The bits that are set in any place.
uint32_t AnyOf(Cards cards) {
  const Halves halves = HalvesOf(cards);
  uint64_t bits = halves[0] | halves[1];
  bits |= bits >> 32;
  bits |= bits >> 16;
  return static_cast<uint32_t>(bits & UINT16_MAX);
}

uint16_t If(bool condition, uint32_t bits) {
  return condition ? static_cast<uint16_t>(bits) : uint16_t{0};
}

}  // namespace

RowFit::RowFit(const CompiledRequest& request, const NodePolicy& policy,
               const model::Snapshot& snapshot)
    : request_(request), policy_(policy), snapshot_(snapshot) {
  if (request.wants().empty() || request.names_uuids() || !request.dra_asked().empty()) return;
  if (request.invalid()) return;
  if (request.needs_pool()) return;
  want_ = request.wants()[0];
  usable_ = want_.count == 1 || !request.NumaBind(want_);
  scores_ = usable_ && request.wants().size() == 1 &&
            (!policy.needs_cards() || policy.AsViews() != nullptr);
  if (usable_) plans_.resize(snapshot.kind_rows().size());
}

bool RowFit::IsCandidate(const KindRow& kind, size_t card) const {
  return (request_.types()[kind.type[card]] & want_.vendor) != 0;
}

void RowFit::NoteNames(const KindRow& kind, Plan* plan) const {
  if (!request_.wishes_types()) return;
  bool any = false;
  for (size_t i = 0; i < kind.cards; ++i) {
    const TypeFails type = request_.types()[kind.type[i]];
    if (!IsCandidate(kind, i) || (type & kFailsType) != 0) continue;
    const bool part = (type & kPartOfWord) != 0;
    plan->unlike_named |= any && part != plan->part_of_word;
    plan->part_of_word = part;
    any = true;
  }
}

RowFit::Plan RowFit::MakePlan(const KindRow& kind) const {
  Plan plan;
  plan.made = true;
  std::optional<model::Mebibytes> each;
  if (kind.memory_of_each >= 0) each = model::Mebibytes(kind.memory_of_each);
  const std::optional<PodAmounts> taken = request_.AmountsOn(each);
  // With more cards wanted than there are, what to say is for the fit to say.
  int candidates = 0;
  for (size_t i = 0; i < kind.cards; ++i) candidates += IsCandidate(kind, i) ? 1 : 0;
  plan.tells = kind.complete && kind.known && candidates > 0 && want_.count <= candidates;
  if (!plan.tells) return plan;
  plan.cards = kind.cards;
  plan.taken = taken;
  plan.totals = kind.totals;
  plan.beyond_allocatable =
      kind.allocatable_gpus >= 0 && request_.request().kubelet_gpus > kind.allocatable_gpus;
  NoteNames(kind, &plan);
  for (size_t i = 0; i < kind.cards; ++i) {
    const uint32_t flags = kind.card_flags[i];
    const TypeFails type = request_.types()[kind.type[i]];
    plan.valid[i] = If(IsCandidate(kind, i), UINT16_MAX);
    plan.always[i] = static_cast<uint16_t>((flags & (kFailsHealth | kFailsCordon)) |
                                           (type & (kFailsType | kFailsMigOutdated | kFailsMig))) |
                     If(want_.by_profile, kFailsMigProfile);
    plan.in_use[i] = If(request_.card_policy().unused_only(), kFailsMutex) |
                     If(want_.exclusive() && (flags & KindRow::kFullCores) != 0, kFailsExclusive);
    plan.no_cores[i] =
        If(want_.cores == 0 && (flags & KindRow::kHasCores) != 0, kFailsComputeUnits);
    plan.memory[i] = want_.MemoryOn(kind.memory[i]);
    plan.cores[i] = static_cast<uint16_t>(want_.CoresOn(kind.cores[i]));
    plan.slots[i] = kind.slots[i];
    LiveCard& live = plan.live[i];
    live.memory = kind.memory[i];
    live.cores = (flags & KindRow::kFullCores) != 0 ? 100 : 0;
    live.milli_wanted = MilliTaken(plan.memory[i], plan.cores[i], live.memory, live.cores);
    live.open =
        (flags & (KindRow::kUnhealthy | KindRow::kCordoned)) == 0 && (type & kInMigMode) == 0;
    // Views weigh shares of the cores, which the row does not tell of other cards.
    const bool odd_cores = (flags & KindRow::kHasCores) != 0 && live.cores == 0;
    if (policy_.AsViews() != nullptr && odd_cores) plan.tells = false;
  }
  plan.type = kind.type[0];
  return plan;
}

int RowFit::Check(const Plan& plan, const StateRow& row, uint32_t* first_fails,
                  uint32_t* passing) const {
  const Cards slots_left = __builtin_convertvector(Load<Bytes>(row.slots_left), Cards);
  const Cards cores_left = Load<Cards>(row.cores_left);
  Cards failed = Load(plan.always);
  failed |= (slots_left == All(0)) & All(kFailsSlots);
  failed |= (slots_left != Load(plan.slots)) & Load(plan.in_use);
  failed |= Below(row.memory_left, plan.memory.data()) & All(kFailsMemory);
  failed |= (cores_left < Load(plan.cores)) & All(kFailsCores);
  failed |= (cores_left == All(0)) & Load(plan.no_cores);
  for (uint32_t over = row.overcommitted; over != 0; over &= over - 1) {
    failed[std::countr_zero(over)] |= static_cast<int16_t>(kFailsOvercommitted);
  }
  failed &= Load(plan.valid);
  *first_fails = AnyOf(failed & -failed);
  const Cards passes = (failed == All(0)) & Load(plan.valid);
  *passing = 0;
  for (int i = 0; i < plan.cards; ++i) *passing |= passes[i] != 0 ? 1u << i : 0u;
  return CountSet(passes);
}

int64_t RowFit::Score(const Plan& plan, const StateRow& row) {
  int64_t slots = 0, memory = 0, cores = 0;
  for (size_t i = 0; i < kRowCards; ++i) {
    slots += row.slots_left[i];
    memory += row.memory_left[i];
    cores += row.cores_left[i];
  }
  model::NodeTotals totals = plan.totals;
  totals.slots_used = totals.slots - slots;
  totals.memory_used_mib = totals.memory_mib - memory;
  totals.cores_used = totals.cores - cores;
  return policy_.ScoreAmounts(totals, *plan.taken, &scratch_);
}

int64_t RowFit::ScoreView(const Plan& plan, const StateRow& row, model::StateRef state,
                          uint32_t passing) const {
  std::array<LiveCard, kRowCards> cards = plan.live;
  const auto count = static_cast<size_t>(plan.cards);
  for (size_t i = 0; i < count; ++i) {
    LiveCard& card = cards[i];
    card.memory_left = row.memory_left[i];
    card.cores_left = row.cores_left[i];
    card.open = card.open && row.slots_left[i] > 0 && (row.overcommitted >> i & 1) == 0;
    card.passes = (passing >> i & 1) != 0;
  }
  return policy_.AsViews()->ScoreOf(Hypothesis({cards.data(), count}, plan.type, want_.count,
                                               request_.host(), snapshot_.HostLeft(state)));
}

RowFit::Answer RowFit::Judge(model::StateRef state) {
  const StateRow& row = snapshot_.RowOf(state);
  Answer answer;
  if (!row.complete) return answer;
  Plan& plan = plans_[row.kind];
  if (!plan.made) plan = MakePlan(snapshot_.kind_rows()[row.kind]);
  if (!plan.tells) return answer;
  uint32_t first_fails = 0;
  uint32_t passes = 0;
  const int passing = Check(plan, row, &first_fails, &passes);
  const bool cards_do = passing >= want_.count;
  const bool views = policy_.AsViews() != nullptr;
  const bool scores = scores_ && !plan.unlike_named;
  answer.told = !cards_do || (scores && (views || plan.taken.has_value()));
  if (!answer.told) return answer;
  if (!cards_do) {
    answer.reasons = ReasonsOf(first_fails);
    if (passing > 0) answer.reasons.Add(Reason::kAllocatedCardsInsufficientRequest);
  }
  if (row.unaccounted) answer.reasons.Add(Reason::kUnaccountedPod);
  const bool exhausted = request_.request().kubelet_gpus > row.kubelet_gpus_left;
  if (plan.beyond_allocatable || (cards_do && exhausted)) {
    answer.reasons.Add(Reason::kNodeAllocatableExhausted);
  }
  if (answer.reasons.empty()) {
    answer.score = views ? ScoreView(plan, row, state, passes) : Score(plan, row);
    answer.part_of_word = plan.part_of_word;
  }
  return answer;
}

}  // namespace tangram::scheduler
