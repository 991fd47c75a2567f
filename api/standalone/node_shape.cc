#include "api/standalone/node_shape.h"

#include <algorithm>
#include <regex>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "model/gpu.h"
#include "model/quantity.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::standalone {
namespace {

constexpr int64_t kCardsMax = 64;
constexpr int64_t kGigabytesMax = 100'000;
constexpr int64_t kMebibytesPerGigabyte = 1024;
constexpr int64_t kBytesPerMebibyte = int64_t{1} << 20;

absl::Status Wrong(std::string_view field, std::string_view value, std::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat(model::ToAbsl(field), ": ", model::Shown(value),
                                                 " is not allowed; give ", model::ToAbsl(allowed)));
}

}  // namespace

absl::Status ReadGpus(std::string_view text, NodeShape& shape) {
  static const std::regex form(
      R"(([0-9]{1,3})\s*x\s*([A-Za-z0-9][A-Za-z0-9 ._-]*)-([0-9]{1,6})GB)");
  std::smatch match;
  const std::string copy(text);
  if (copy.size() > 128 || !std::regex_match(copy, match, form)) {
    return Wrong("gpus", text, "\"<cards>x <model>-<memory>GB\", such as \"8x A100-SXM4-80GB\"");
  }
  int64_t gigabytes = 0;
  if (!absl::SimpleAtoi(match[1].str(), &shape.cards) || shape.cards < 1 ||
      shape.cards > kCardsMax) {
    return Wrong("gpus", text, absl::StrCat("1 to ", kCardsMax, " cards a node"));
  }
  if (!absl::SimpleAtoi(match[3].str(), &gigabytes) || gigabytes < 1 || gigabytes > kGigabytesMax) {
    return Wrong("gpus", text, absl::StrCat("1 to ", kGigabytesMax, " GB a card"));
  }
  shape.memory_mib = gigabytes * kMebibytesPerGigabyte;
  const std::string model = absl::StrCat(match[2].str(), "-", match[3].str(), "GB");
  shape.type = model.rfind("NVIDIA", 0) == 0 ? model : absl::StrCat("NVIDIA ", model);
  return absl::OkStatus();
}

absl::Status ReadCpu(std::string_view text, NodeShape& shape) {
  const auto milli = model::ParseMilliQuantity(model::ToAbsl(text));
  if (!milli.ok() || *milli < 1 || *milli > model::kHostMost) {
    return Wrong("cpu", text, "CPU cores such as 96 or \"500m\"");
  }
  shape.cpu_milli = *milli;
  return absl::OkStatus();
}

absl::Status ReadMemory(std::string_view text, NodeShape& shape) {
  const auto bytes = model::ParseQuantity(model::ToAbsl(text));
  if (!bytes.ok() || bytes->value < kBytesPerMebibyte) {
    return Wrong("memory", text, "at least 1Mi, such as 512Gi or 1Ti");
  }
  shape.host_memory_mib = bytes->value / kBytesPerMebibyte;
  return absl::OkStatus();
}

absl::Status ReadSplit(std::string_view text, NodeShape& shape) {
  int64_t split = 0;
  if (!absl::SimpleAtoi(model::ToAbsl(text), &split) || split < 1 || split > kSplitMax) {
    return Wrong("split", text, absl::StrCat("a whole number from 1 to ", kSplitMax));
  }
  shape.split = split;
  return absl::OkStatus();
}

namespace {

absl::Status ReadWord(std::string_view key, std::string_view value, NodeShape& shape) {
  using Read = absl::Status (*)(std::string_view, NodeShape&);
  constexpr std::pair<std::string_view, Read> kWords[] = {
      {"cpu", ReadCpu},     {"memory", ReadMemory},     {"split", ReadSplit},
      {"stack", ReadStack}, {"replicas", ReadReplicas}, {"sharing", ReadSharing},
      {"mig", ReadMig},     {"state", ReadMigState},
  };
  for (const auto& [word, read] : kWords) {
    if (key == word) return read(value, shape);
  }
  return Wrong(key, value, "cpu, memory, split, stack, replicas, sharing, mig or state");
}

}  // namespace

absl::StatusOr<NodeShape> ParseNodeShape(std::string_view text) {
  NodeShape shape;
  std::vector<absl::string_view> cards;  // the words without "="
  for (const absl::string_view word : absl::StrSplit(model::ToAbsl(text), ' ', absl::SkipEmpty())) {
    const size_t equals = word.find('=');
    if (equals == absl::string_view::npos) {
      cards.push_back(word);
      continue;
    }
    const std::string_view key = model::ToStd(word.substr(0, equals));
    const std::string_view value = model::ToStd(word.substr(equals + 1));
    const absl::Status status = ReadWord(key, value, shape);
    if (!status.ok()) return status;
  }
  if (absl::Status status = ReadGpus(absl::StrJoin(cards, " "), shape); !status.ok()) return status;
  if (absl::Status status = CheckShape(shape); !status.ok()) return status;
  return shape;
}

scheduler::NodeObservation MakeNode(const NodeShape& shape, const std::string& name) {
  scheduler::NodeObservation node;
  node.spec.name = name;
  node.has_agent = !shape.counts_only;
  if (shape.counts_only) {
    nvidia::Offer offer = nvidia::OfferOf(FactsOf(shape));
    node.spec.pools = std::move(offer.pools);
    node.spec.pool_block = offer.block;
    node.spec.blocked_prefix = offer.blocked_prefix;
    node.notes = std::move(offer.notes);
  } else {
    node.spec.allocatable_gpus = shape.cards * shape.split;
  }
  const std::vector<model::MigProfile> profiles = MigProfilesOf(shape);
  for (int32_t i = 0; i < shape.cards && !shape.counts_only; ++i) {
    model::Gpu gpu;
    gpu.uuid = absl::StrCat("GPU-", name, "-", i);
    gpu.index = i;
    gpu.slots = model::Slots::Checked(shape.split);
    gpu.memory = model::Mebibytes::Checked(shape.memory_mib);
    gpu.cores = model::CorePercent(100);
    gpu.type = shape.type;
    gpu.mode = profiles.empty() ? "hami-core" : std::string(model::kMigMode);
    gpu.mig_profiles = profiles;
    gpu.numa = i < (shape.cards + 1) / 2 ? 0 : 1;
    gpu.healthy = true;
    node.spec.gpus.push_back(std::move(gpu));
  }
  if (shape.cpu_milli.has_value() || shape.host_memory_mib.has_value()) {
    node.host = {shape.cpu_milli.value_or(model::kHostMost),
                 shape.host_memory_mib.value_or(model::kHostMost)};
  }
  return node;
}

}  // namespace tangram::api::standalone
