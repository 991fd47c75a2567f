#include "api/cli/simulate/verdict_text.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/table.h"
#include "scheduler/reason.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::CardVerdict;
using scheduler::Reason;

// The unit of the reason's amounts; null where it has none.
const char* UnitOf(Reason reason) {
  switch (reason) {
    case Reason::kCardInsufficientMemory:
      return " MiB";
    case Reason::kCardInsufficientCore:
    case Reason::kExclusiveDeviceAllocateConflict:
      return "% cores";
    case Reason::kCardComputeUnitsExhausted:
      return " compute units";
    case Reason::kCardTimeSlicingExhausted:
      return " slots";
    default:
      return nullptr;
  }
}

// How many cards there are and how many a container wants, where that is what is wrong.
std::string CardsNote(const scheduler::ReasonSet& reasons, const model::Node& node,
                      const model::PodRequest& request) {
  if (reasons.Has(Reason::kNodeTooManyCards)) {
    return absl::StrCat("has ", node.cards().size(), " cards, allowed are at most ",
                        model::kMostCards);
  }
  if (!reasons.Has(Reason::kNodeInsufficientDevice)) return "";
  for (const model::ContainerRequest& container : request.containers) {
    const auto& gpus = node.spec().gpus;
    const auto have = std::count_if(gpus.begin(), gpus.end(), [&](const model::Gpu& gpu) {
      return gpu.vendor == container.vendor;
    });
    if (container.count > have) {
      return absl::StrCat("has ", Counted(have, "card", "cards"), ", wants ", container.count);
    }
  }
  return "";
}

}  // namespace

std::vector<std::string> ReasonWords(const scheduler::whatif::Verdict& verdict) {
  std::vector<std::string> words;
  for (const std::string_view word : scheduler::whatif::Words(verdict.lacks)) {
    words.emplace_back(word);
  }
  for (int i = 0; i < scheduler::kReasonCount; ++i) {
    const auto reason = static_cast<Reason>(i);
    if (verdict.cards.reasons.Has(reason)) words.emplace_back(scheduler::ReasonWord(reason));
  }
  return words;
}

std::string HaveAndWant(const CardVerdict& card) {
  const char* const unit = UnitOf(card.reason);
  if (unit == nullptr) return "";
  return absl::StrCat("has ", Grouped(card.have), unit, ", wants ", Grouped(card.want), unit);
}

std::string ComputeText(const model::Gpu& gpu, int32_t compute) {
  const bool units = model::CoresAreShareOfCard(gpu.vendor);
  return absl::StrCat(Grouped(compute), units ? " compute units" : "% cores");
}

const char* ComputeField(const model::Gpu& gpu) {
  return model::CoresAreShareOfCard(gpu.vendor) ? "compute_units" : "cores_percent";
}

std::string CardName(const model::Node& node, size_t card) {
  return absl::StrCat("card ", node.spec().gpus[card].index);
}

std::string WhyNot(const Refused& refused, const model::Node& node,
                   const scheduler::whatif::Ask& ask) {
  std::string text = absl::StrJoin(ReasonWords(refused.verdict), ", ");
  std::vector<std::string> notes;
  if (!refused.bar.empty()) notes.push_back(refused.bar);
  if (std::string cards = CardsNote(refused.verdict.cards.reasons, node, ask.request);
      !cards.empty()) {
    notes.push_back(std::move(cards));
  }
  if (refused.host_left.has_value() && refused.verdict.lacks.cpu) {
    notes.push_back(absl::StrCat("has ", Grouped(refused.host_left->cpu_milli),
                                 " milli-CPU, wants ", Grouped(ask.host.cpu_milli)));
  }
  if (refused.host_left.has_value() && refused.verdict.lacks.memory) {
    notes.push_back(absl::StrCat("has ", Grouped(refused.host_left->memory_mib),
                                 " MiB of host memory, wants ", Grouped(ask.host.memory_mib)));
  }
  if (refused.nearest.has_value()) {
    const std::string amounts = HaveAndWant(*refused.nearest);
    if (!amounts.empty()) {
      notes.push_back(absl::StrCat(CardName(node, refused.nearest->card), " ", amounts));
    }
  }
  if (!notes.empty()) absl::StrAppend(&text, ": ", absl::StrJoin(notes, "; "));
  return text;
}

json PodJson(const NamedAsk& pod) {
  return {{"name", pod.name},
          {"wants", Describe(pod.ask)},
          {"cpu_milli", pod.ask.host.cpu_milli},
          {"memory_mib", pod.ask.host.memory_mib}};
}

json HostJson(const std::optional<model::HostResources>& host) {
  if (!host.has_value()) return nullptr;
  return {{"cpu_milli", host->cpu_milli}, {"memory_mib", host->memory_mib}};
}

json CardJson(const model::Node& node, const CardVerdict& card) {
  const model::Gpu& gpu = node.spec().gpus[card.card];
  return {{"index", gpu.index},
          {"uuid", gpu.uuid},
          {"reason", std::string(scheduler::ReasonWord(card.reason))},
          {"have", card.have},
          {"want", card.want}};
}

}  // namespace tangram::api::cli::simulate
