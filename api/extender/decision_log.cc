// See decision_log.h.
#include "api/extender/decision_log.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/string_map.h"

namespace tangram::api::extender {
namespace {

using model::ToAbsl;
using scheduler::Reason;
using telemetry::LogLevel;

// So many nodes are named in a line.
constexpr size_t kNamed = 5;

using Counts = std::array<size_t, scheduler::kReasonCount>;

// How many nodes each reason holds for; only of those that could take the pod, or of all.
Counts CountReasons(const scheduler::FilterOutcome& outcome, bool resolvable_only) {
  Counts counts{};
  for (const scheduler::FilterOutcome::Refusal& refusal : outcome.refused) {
    if (resolvable_only && !refusal.resolvable) continue;
    for (size_t i = 0; i < counts.size(); ++i) {
      if (refusal.reasons.Has(static_cast<Reason>(i))) ++counts[i];
    }
  }
  return counts;
}

// "CardInsufficientMemory=3 NodeUnknown=1", the most frequent first.
std::string ReasonsText(const scheduler::FilterOutcome& outcome) {
  const Counts counts = CountReasons(outcome, /*resolvable_only=*/false);
  std::vector<std::pair<size_t, Reason>> found;
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] > 0) found.emplace_back(counts[i], static_cast<Reason>(i));
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  return absl::StrJoin(found, " ", [](std::string* out, const auto& entry) {
    absl::StrAppend(out, ToAbsl(scheduler::ReasonWord(entry.second)), "=", entry.first);
  });
}

std::string NameOf(const model::PodId& pod) { return absl::StrCat(pod.name_space, "/", pod.name); }

}  // namespace

std::optional<Reason> MainReason(const scheduler::FilterOutcome& outcome) {
  for (const bool resolvable_only : {true, false}) {
    const Counts counts = CountReasons(outcome, resolvable_only);
    const auto most = std::max_element(counts.begin(), counts.end());
    if (*most > 0) return static_cast<Reason>(most - counts.begin());
  }
  return std::nullopt;
}

void DecisionLog::Filtered(const scheduler::FilterCall& call,
                           const scheduler::FilterReply& reply) const {
  const scheduler::FilterOutcome& outcome = reply.outcome;
  if (outcome.fitting.empty()) {
    if (const auto reason = MainReason(outcome)) metrics_.CountUnfit(*reason);
  }
  if (!log_.Enabled(LogLevel::kDebug)) return;
  const bool fits = !outcome.fitting.empty();
  log_.Debug("filter", {{"pod", NameOf(call.pod.id)},
                        {"uid", call.pod.id.uid},
                        {"offered", call.names.size()},
                        {"fitting", outcome.fitting_total},
                        {"node", fits ? call.names[outcome.fitting.front()] : std::string_view()},
                        {"cards", absl::StrJoin(outcome.best_placement.cards, ",")},
                        {"refused", outcome.refused.size()},
                        {"reasons", ReasonsText(outcome)}});
}

void DecisionLog::Prioritized(const scheduler::FilterCall& call,
                              const scheduler::PrioritizeReply& reply) const {
  if (!log_.Enabled(LogLevel::kDebug)) return;
  std::vector<size_t> order(std::min(call.names.size(), reply.scores.size()));
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  const size_t named = std::min(kNamed, order.size());
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(named), order.end(),
                    [&reply](size_t a, size_t b) {
                      return std::pair(-reply.scores[a], a) < std::pair(-reply.scores[b], b);
                    });
  order.resize(named);
  const std::string scores = absl::StrJoin(order, " ", [&](std::string* out, size_t i) {
    absl::StrAppend(out, ToAbsl(call.names[i]), "=", reply.scores[i]);
  });
  log_.Debug("prioritize", {{"pod", NameOf(call.pod.id)},
                            {"uid", call.pod.id.uid},
                            {"nodes", call.names.size()},
                            {"scores", scores}});
}

void DecisionLog::Bound(const scheduler::BindCall& call, const std::string& error) const {
  const LogLevel level = error.empty() ? LogLevel::kDebug : LogLevel::kInfo;
  if (!log_.Enabled(level)) return;
  if (error.empty()) {
    log_.Debug("bind", {{"pod", NameOf(call.pod)}, {"uid", call.pod.uid}, {"node", call.node}});
  } else {
    log_.Info(
        "bind refused",
        {{"pod", NameOf(call.pod)}, {"uid", call.pod.uid}, {"node", call.node}, {"why", error}});
  }
}

}  // namespace tangram::api::extender
