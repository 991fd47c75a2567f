// See cluster_profile.h.
#include "bench/cluster_profile.h"

#include <algorithm>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"

namespace tangram::bench {
namespace {

constexpr int kPodsPerAgedNode = 4;
// In a full cluster no card has this much memory left; every shape asks for more of any card.
constexpr int kLeftOverMib = 400;

constexpr CardModel kA100 = {"NVIDIA A100-SXM4-80GB", 81920};
constexpr CardModel kH100 = {"NVIDIA H100 80GB HBM3", 81559};
constexpr CardModel kL40s = {"NVIDIA L40S", 46068};

CardModel ModelOf(int node) {
  const int tenth = node % 10;
  return tenth < 7 ? kA100 : tenth < 9 ? kH100 : kL40s;
}

std::string NameOf(int node, bool long_names) {
  if (!long_names) return absl::StrFormat("node-%05d", node);
  return absl::StrFormat("ip-10-%03d-%03d.eu-central-1.compute.internal", node / 250, node % 250);
}

bool TypeAllowed(const PodAsk& ask, std::string_view model) {
  const bool use = ask.annotation == "nvidia.com/use-gputype";
  const bool avoid = ask.annotation == "nvidia.com/nouse-gputype";
  if (!use && !avoid) return true;
  bool named = false;
  for (const absl::string_view word :
       absl::StrSplit(absl::string_view(ask.value.data(), ask.value.size()), ',')) {
    named =
        named || model.find(std::string_view(word.data(), word.size())) != std::string_view::npos;
  }
  return named == use;
}

int MemoryOf(const ContainerAsk& ask, const CardModel& model) {
  if (ask.memory_mib > 0) return ask.memory_mib;
  return ask.percent > 0 ? model.memory_mib * ask.percent / 100 : model.memory_mib;
}

bool Takes(const CardBooks& used, const CardModel& model, int memory_mib, int cores) {
  if (used.slots >= kSlotsPerCard || used.cores >= 100) return false;
  if (cores == 100 && used.slots > 0) return false;
  return used.memory_mib + memory_mib <= model.memory_mib && used.cores + cores <= 100;
}

void Add(std::vector<std::vector<ProfileShare>>& slots, ProfileNode& node, int sign) {
  for (const std::vector<ProfileShare>& slot : slots) {
    for (const ProfileShare& share : slot) {
      CardBooks& used = node.used.at(static_cast<size_t>(share.card));
      used.memory_mib += sign * share.memory_mib;
      used.cores += sign * share.cores;
      used.slots += sign;
    }
  }
}

// Cards for every container, the first ones that take it counted from `first`; nothing is booked.
std::optional<std::vector<std::vector<ProfileShare>>> FindCards(const PodAsk& ask,
                                                                const ProfileNode& node,
                                                                int first) {
  if (!TypeAllowed(ask, node.model.name)) return std::nullopt;
  ProfileNode trial = node;
  std::vector<std::vector<ProfileShare>> slots;
  for (const ContainerAsk& container : ask.containers) {
    const int memory_mib = MemoryOf(container, node.model);
    std::vector<std::vector<ProfileShare>> found(1);
    for (int i = 0; i < kCardsPerNode && std::ssize(found[0]) < container.cards; ++i) {
      const int card = (first + i) % kCardsPerNode;
      if (!Takes(trial.used.at(static_cast<size_t>(card)), node.model, memory_mib,
                 container.cores)) {
        continue;
      }
      found[0].push_back({.card = card, .memory_mib = memory_mib, .cores = container.cores});
    }
    if (std::ssize(found[0]) < container.cards) return std::nullopt;
    Add(found, trial, 1);
    slots.push_back(std::move(found[0]));
  }
  return slots;
}

int UsedSlots(const ProfileNode& node) {
  int slots = 0;
  for (const CardBooks& used : node.used) slots += used.slots;
  return slots;
}

// Puts a pod onto the fuller of two random nodes that take it, which makes some nodes full and some
// nearly empty, as years of packing do.
void Arrive(Profile& profile, Random& random, int serial) {
  size_t shape = 0;
  do {
    shape = random() % ShapeCount();
  } while (!Ages(shape));
  const PodAsk ask = DrawPod(shape, random);
  const int first = Between(random, 0, kCardsPerNode - 1);
  std::optional<size_t> best;
  std::optional<std::vector<std::vector<ProfileShare>>> slots;
  for (int tries = 0; tries < 2; ++tries) {
    const size_t candidate = random() % profile.nodes.size();
    auto found = FindCards(ask, profile.nodes[candidate], first);
    if (!found) continue;
    if (best && UsedSlots(profile.nodes[*best]) >= UsedSlots(profile.nodes[candidate])) continue;
    best = candidate;
    slots = std::move(found);
  }
  if (!best) return;
  Add(*slots, profile.nodes[*best], 1);
  profile.pods.push_back({.name = absl::StrCat("aged-", serial),
                          .node = *best,
                          .ask = ask,
                          .slots = *std::move(slots)});
}

void Leave(Profile& profile, Random& random) {
  const size_t leaver = random() % profile.pods.size();
  std::swap(profile.pods[leaver], profile.pods.back());
  ProfilePod& pod = profile.pods.back();
  Add(pod.slots, profile.nodes[pod.node], -1);
  profile.pods.pop_back();
}

void Age(Profile& profile, Random& random) {
  const size_t wanted = profile.nodes.size() * kPodsPerAgedNode;
  int serial = 0;
  // The whole population is exchanged twice on the way.
  for (size_t departed = 0; departed < 2 * wanted || profile.pods.size() < wanted;) {
    Arrive(profile, random, serial++);
    if (profile.pods.size() > wanted || (profile.pods.size() > wanted / 2 && random() % 3 == 0)) {
      if (departed >= 2 * wanted && profile.pods.size() <= wanted) continue;
      Leave(profile, random);
      ++departed;
    }
  }
}

// Two pods a node, four cards each. A card has all of its cores taken, or nearly all of its memory.
void FillUp(Profile& profile, Random& random) {
  constexpr int kCardsPerPod = kCardsPerNode / 2;
  for (size_t node = 0; node < profile.nodes.size(); ++node) {
    const int memory_mib = profile.nodes[node].model.memory_mib;
    for (int half = 0; half < 2; ++half) {
      ProfilePod pod{.name = absl::StrCat("full-", node, "-", half),
                     .node = node,
                     .ask = {.containers = {{.cards = kCardsPerPod}}},
                     .slots = std::vector<std::vector<ProfileShare>>(1)};
      for (int i = 0; i < kCardsPerPod; ++i) {
        ProfileShare share{.card = half * kCardsPerPod + i};
        const bool by_cores = random() % 2 == 0;
        share.cores = by_cores ? 100 : Between(random, 0, 60);
        share.memory_mib = by_cores ? Between(random, 1000, memory_mib)
                                    : memory_mib - Between(random, 0, kLeftOverMib);
        pod.slots[0].push_back(share);
      }
      Add(pod.slots, profile.nodes[node], 1);
      profile.pods.push_back(std::move(pod));
    }
  }
}

// Adds nodes, with their pods, that are like the ones there are.
void Repeat(const ProfileOptions& options, Profile& profile) {
  std::vector<std::vector<ProfilePod>> pods_of(profile.nodes.size());
  for (const ProfilePod& pod : profile.pods) pods_of[pod.node].push_back(pod);
  const size_t different = profile.nodes.size();
  for (size_t i = different; std::ssize(profile.nodes) < options.nodes; ++i) {
    ProfileNode node = profile.nodes[i % different];
    node.name = NameOf(static_cast<int>(i), options.long_names);
    for (ProfilePod pod : pods_of[i % different]) {
      absl::StrAppend(&pod.name, "-like-", i);
      pod.node = i;
      profile.pods.push_back(std::move(pod));
    }
    profile.nodes.push_back(std::move(node));
  }
}

}  // namespace

std::string_view ToText(Fill fill) {
  switch (fill) {
    case Fill::kEmpty:
      return "empty";
    case Fill::kAged:
      return "aged";
    case Fill::kFull:
      break;
  }
  return "full";
}

absl::StatusOr<Fill> ParseFill(std::string_view text) {
  for (const Fill fill : {Fill::kEmpty, Fill::kAged, Fill::kFull}) {
    if (text == ToText(fill)) return fill;
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "state \"", absl::string_view(text.data(), text.size()), "\": allowed: empty, aged, full"));
}

Profile MakeProfile(const ProfileOptions& options) {
  Profile profile;
  const bool repeated = options.different_nodes > 0 && options.different_nodes < options.nodes;
  const int made = repeated ? options.different_nodes : options.nodes;
  for (int i = 0; i < made; ++i) {
    profile.nodes.push_back(
        {.name = NameOf(i, options.long_names), .model = ModelOf(i), .used = {}});
  }
  Random random(options.seed);
  if (options.fill == Fill::kAged) Age(profile, random);
  if (options.fill == Fill::kFull) FillUp(profile, random);
  if (repeated) Repeat(options, profile);
  return profile;
}

size_t CountStates(const Profile& profile) {
  using Card = std::tuple<int, int, int>;
  std::set<std::pair<std::string_view, std::vector<Card>>> states;
  for (const ProfileNode& node : profile.nodes) {
    std::vector<Card> cards;
    for (const CardBooks& used : node.used) {
      cards.emplace_back(used.memory_mib, used.cores, used.slots);
    }
    std::sort(cards.begin(), cards.end());
    states.emplace(node.model.name, std::move(cards));
  }
  return states.size();
}

}  // namespace tangram::bench
