// Shapes of nodes that NVIDIA's own stack runs, and of cards in MIG mode (see node_shape.h).
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "api/dialects/nvidia/keys.h"
#include "api/standalone/node_shape.h"
#include "model/mig/products.h"
#include "model/mig/profile_name.h"
#include "model/mig/profile_spelling.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::standalone {
namespace {

using model::ToAbsl;

constexpr int64_t kInstancesMax = 14;  // of one profile on one card

absl::Status Wrong(std::string_view field, std::string_view value, std::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(field), ": ", model::Shown(value),
                                                 " is not allowed; give ", ToAbsl(allowed)));
}

bool IsOneOf(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

// Instances of one profile, as many as each card has.
struct Instances {
  int64_t count = 0;
  model::mig::ProfileName profile;
};

absl::StatusOr<std::vector<Instances>> ParseMig(std::string_view text) {
  constexpr std::string_view kAllowed =
      "on-demand, or \"<count>x <profile>, ...\" of each card, such as \"2x 3g.40gb, 1x 1g.10gb\"";
  std::vector<Instances> layout;
  for (absl::string_view part : absl::StrSplit(ToAbsl(text), ',')) {
    part = absl::StripAsciiWhitespace(part);
    const size_t times = part.find('x');
    Instances instances;
    if (times == absl::string_view::npos ||
        !absl::SimpleAtoi(part.substr(0, times), &instances.count) || instances.count < 1 ||
        instances.count > kInstancesMax) {
      return Wrong("mig", text, kAllowed);
    }
    const absl::string_view name = absl::StripAsciiWhitespace(part.substr(times + 1));
    const auto profile =
        model::mig::ParseProfileName(model::mig::DriverSpelling(model::ToStd(name)));
    if (!profile.ok()) return Wrong("mig", text, kAllowed);
    instances.profile = *profile;
    layout.push_back(instances);
  }
  return layout;
}

// As names of resources and labels spell a profile.
std::string Spelled(const model::mig::ProfileName& profile) {
  std::string text = profile.text();
  std::replace(text.begin(), text.end(), '+', '.');
  return text;
}

void AddInstances(const NodeShape& shape, nvidia::NodeFacts* facts) {
  const auto layout = ParseMig(shape.mig);
  if (!layout.ok()) return;  // was refused when it was read
  facts->labels["mig.strategy"] = "mixed";
  for (const Instances& instances : *layout) {
    const std::string group = absl::StrCat("mig-", Spelled(instances.profile));
    const int64_t count = instances.count * shape.cards;
    facts->labels[group + ".count"] = absl::StrCat(count);
    facts->labels[group + ".replicas"] = absl::StrCat(shape.replicas);
    facts->labels[group + ".sharing-strategy"] = shape.sharing;
    facts->labels[group + ".memory"] = absl::StrCat(instances.profile.gigabytes * 1024);
    facts->allocatable[absl::StrCat(ToAbsl(nvidia::kDomain), group)] =
        absl::StrCat(count * shape.replicas);
  }
}

}  // namespace

absl::Status ReadStack(std::string_view text, NodeShape& shape) {
  if (!IsOneOf(text, {"hami", "nvidia"})) return Wrong("stack", text, "hami or nvidia");
  shape.counts_only = text == "nvidia";
  return absl::OkStatus();
}

absl::Status ReadReplicas(std::string_view text, NodeShape& shape) {
  int64_t replicas = 0;
  if (!absl::SimpleAtoi(ToAbsl(text), &replicas) || replicas < 1 || replicas > kSplitMax) {
    return Wrong("replicas", text, absl::StrCat("a whole number from 1 to ", kSplitMax));
  }
  shape.replicas = replicas;
  return absl::OkStatus();
}

absl::Status ReadSharing(std::string_view text, NodeShape& shape) {
  if (!IsOneOf(text, {"time-slicing", "mps"})) {
    return Wrong("sharing", text, "time-slicing or mps");
  }
  shape.sharing = std::string(text);
  return absl::OkStatus();
}

absl::Status ReadMig(std::string_view text, NodeShape& shape) {
  if (text != kMigOnDemand) {
    if (const auto layout = ParseMig(text); !layout.ok()) return layout.status();
  }
  shape.mig = std::string(text);
  return absl::OkStatus();
}

absl::Status ReadMigState(std::string_view text, NodeShape& shape) {
  if (!IsOneOf(text, {"success", "pending", "rebooting", "failed"})) {
    return Wrong("state", text, "success, pending, rebooting or failed");
  }
  shape.mig_state = std::string(text);
  return absl::OkStatus();
}

absl::Status CheckShape(const NodeShape& shape) {
  const bool on_demand = shape.mig == kMigOnDemand;
  const bool stock = shape.replicas != 1 || !shape.sharing.empty() ||
                     (!shape.mig.empty() && !on_demand) || !shape.mig_state.empty();
  if (stock && !shape.counts_only) {
    return absl::InvalidArgumentError(
        "replicas, sharing, mig and state are for nodes with stack: nvidia, but for mig: "
        "on-demand");
  }
  if (on_demand && shape.counts_only) {
    return absl::InvalidArgumentError(
        "mig: on-demand is for nodes with stack: hami; NVIDIA's own cuts its cards in advance");
  }
  if (on_demand && !model::mig::ProductOfType(shape.type).has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("mig: how cards of ", model::Shown(shape.type), " can be cut is not known"));
  }
  if (!shape.mig.empty() && shape.sharing == "mps") {
    return absl::InvalidArgumentError("sharing: mps is not for MIG instances; give time-slicing");
  }
  return absl::OkStatus();
}

std::vector<model::MigProfile> MigProfilesOf(const NodeShape& shape) {
  std::vector<model::MigProfile> profiles;
  if (shape.mig != kMigOnDemand) return profiles;
  const auto product = model::mig::ProductOfType(shape.type);
  if (!product.has_value()) return profiles;  // was refused when it was checked
  int32_t compute = 1;
  for (const model::mig::Profile& profile : product->profiles()) {
    compute = std::max(compute, profile.name.compute);
  }
  for (const model::mig::Profile& profile : product->profiles()) {
    model::MigProfile told;
    told.name = profile.name.text();
    told.memory = model::Mebibytes::Checked(shape.memory_mib * profile.length / product->slices());
    told.cores = model::CorePercent((100 * profile.name.compute + compute - 1) / compute);
    told.slices = profile.name.compute;
    for (const int32_t start : profile.starts) told.placements.push_back({start, profile.length});
    profiles.push_back(std::move(told));
  }
  return profiles;
}

nvidia::NodeFacts FactsOf(const NodeShape& shape) {
  nvidia::NodeFacts facts;
  std::string product = shape.type;
  std::replace(product.begin(), product.end(), ' ', '-');
  const bool cut = !shape.mig.empty();
  const bool shared = shape.replicas > 1 && !cut;
  facts.labels["gpu.product"] = shared ? absl::StrCat(product, "-SHARED") : product;
  facts.labels["gpu.memory"] = absl::StrCat(shape.memory_mib);
  facts.labels["gpu.count"] = absl::StrCat(shape.cards);
  // 0 is what cards in MIG mode have.
  facts.labels["gpu.replicas"] = absl::StrCat(cut ? 0 : shape.replicas);
  if (shared) {
    facts.labels["gpu.sharing-strategy"] = shape.sharing.empty() ? "time-slicing" : shape.sharing;
  }
  if (!shape.mig_state.empty()) facts.labels["mig.config.state"] = shape.mig_state;
  if (cut) {
    AddInstances(shape, &facts);
  } else {
    facts.allocatable[std::string(model::kGpuResource)] =
        absl::StrCat(shape.cards * shape.replicas);
  }
  return facts;
}

}  // namespace tangram::api::standalone
