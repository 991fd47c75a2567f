#include "api/cli/simulate/pod_input.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/pod_manifests.h"
#include "api/cli/top_report.h"
#include "api/dialects/hami/pod.h"
#include "api/manifests/gzip.h"
#include "model/shown.h"
#include "scheduler/fit.h"
#include "scheduler/reason.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::whatif::Ask;

constexpr size_t kManifestBytesMax = size_t{64} << 20;

absl::StatusOr<Ask> AskOf(const PodManifest& pod) {
  const std::string text =
      pod.object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  const auto decoded = hami::DecodePodAndRefusal(text);
  if (!decoded.ok()) return decoded.status();
  if (!decoded->refusal.empty()) return absl::InvalidArgumentError(decoded->refusal);
  if (scheduler::IsInvalidEverywhere(decoded->pod.request)) {
    return absl::InvalidArgumentError(scheduler::FaultText(decoded->pod.request));
  }
  return Ask{decoded->pod.request, decoded->pod.host};
}

absl::Status AsksNothing(const NamedAsk& pod) {
  return absl::InvalidArgumentError(absl::StrCat(
      "pod ", pod.name,
      " asks for no card, no CPU and no memory, nor for anything else that is counted here; it "
      "fits everywhere"));
}

bool IsNamed(const NamedAsk& pod, const std::string& name) {
  return pod.name == name || pod.name.substr(pod.name.find('/') + 1) == name;
}

}  // namespace

void AddPodOptions(CLI::App* command, PodOptions* options) {
  command
      ->add_option("POD", options->file,
                   "the pod: a manifest, YAML or JSON (Pod, or Deployment, Job and the like); - is "
                   "stdin")
      ->option_text("FILE")
      ->required();
  AddNameOption(command, options);
  command
      ->add_option("--card-policy", options->card_policy,
                   "how cards are chosen where the pod does not say (default: spread)")
      ->option_text("POLICY");
}

CLI::Option* AddNameOption(CLI::App* command, PodOptions* options) {
  return command->add_option("--name", options->name, "of several pods in the file, this one")
      ->option_text("[NAMESPACE/]NAME");
}

absl::StatusOr<std::vector<NamedAsk>> ReadAsks(const std::string& file) {
  const auto text = manifests::ReadTextFile(file, kManifestBytesMax);
  if (!text.ok()) return text.status();
  return ParseAsks(*text, file);
}

absl::StatusOr<std::vector<NamedAsk>> ParseAsks(const std::string& text, const std::string& file) {
  const auto pods = ParseWorkloadManifests(text, file, RandomUuid);
  if (!pods.ok()) return pods.status();
  for (const std::string& warning : WarningsOf(*pods)) {
    std::fprintf(stderr, "tangram simulate: warning: %s\n", warning.c_str());
  }
  std::vector<NamedAsk> asks;
  for (const PodManifest& pod : *pods) {
    NamedAsk named{absl::StrCat(pod.name_space, "/", pod.name), {}};
    auto ask = AskOf(pod);
    if (!ask.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ": pod ", named.name, ": ", ask.status().message()));
    }
    named.ask = *std::move(ask);
    auto rules = core::NodeRules::Read(
        pod.object.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    if (!rules.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(file, ": pod ", named.name, ": ", rules.status().message()));
    }
    named.rules = *std::move(rules);
    asks.push_back(std::move(named));
  }
  return asks;
}

absl::StatusOr<NamedAsk> ReadAsk(const PodOptions& options) {
  auto asks = ReadAsks(options.file);
  if (!asks.ok()) return asks.status();
  std::vector<std::string> names;
  for (const NamedAsk& pod : *asks) names.push_back(pod.name);
  constexpr size_t kNamesShown = 20;
  if (names.size() > kNamesShown) {
    const size_t more = names.size() - kNamesShown;
    names.resize(kNamesShown);
    names.push_back(absl::StrCat("and ", more, " more"));
  }
  if (!options.name.empty()) {
    std::erase_if(*asks, [&](const NamedAsk& pod) { return !IsNamed(pod, options.name); });
    if (asks->empty()) {
      return absl::InvalidArgumentError(absl::StrCat(options.file, ": no pod is named ",
                                                     model::Shown(options.name), "; there are ",
                                                     absl::StrJoin(names, ", ")));
    }
  }
  if (asks->empty()) return absl::InvalidArgumentError(absl::StrCat(options.file, " has no pod"));
  const NamedAsk& first = asks->front();
  const bool alike = std::all_of(asks->begin(), asks->end(), [&first](const NamedAsk& pod) {
    return pod.ask == first.ask && pod.rules == first.rules;
  });
  if (!alike) {
    return absl::InvalidArgumentError(absl::StrCat(
        options.file, " has ", asks->size(),
        " pods that ask for different things; name one with --name: ", absl::StrJoin(names, ", ")));
  }
  if (first.ask.asks_nothing() && first.ask.request.faults.empty() &&
      !first.rules.OnUnknown().any()) {
    return AsksNothing(first);
  }
  return first;
}

absl::Status CheckOffered(const scheduler::whatif::World& world, NamedAsk* pod) {
  model::PodRequest& request = pod->ask.request;
  if (scheduler::IsInvalid(request, world.snapshot)) {
    return absl::InvalidArgumentError(
        absl::StrCat("pod ", pod->name, ": ", scheduler::FaultText(request)));
  }
  request.faults.clear();
  const bool nothing = pod->ask.asks_nothing() && !pod->rules.OnUnknown().any();
  return nothing ? AsksNothing(*pod) : absl::OkStatus();
}

absl::StatusOr<scheduler::CardPolicy> ReadCardPolicy(const PodOptions& options) {
  if (scheduler::CardPolicy::IsKnown(options.card_policy)) {
    return scheduler::CardPolicy::Parse(options.card_policy);
  }
  return absl::InvalidArgumentError(absl::StrCat(
      "--card-policy: ", model::Shown(options.card_policy),
      "; allowed: binpack, spread, mutex, numa, topology-aware, or several of them with commas"));
}

std::string Describe(const Ask& ask) {
  std::vector<std::string> parts;
  if (!ask.request.empty()) parts.push_back(DescribeRequest(ask.request));
  if (ask.host.cpu_milli > 0) parts.push_back(absl::StrCat(ask.host.cpu_milli, " milli-CPU"));
  if (ask.host.memory_mib > 0) {
    parts.push_back(absl::StrCat(ask.host.memory_mib, " MiB of host memory"));
  }
  return absl::StrJoin(parts, "; ");
}

}  // namespace tangram::api::cli::simulate
