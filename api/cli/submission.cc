// See submission.h.
#include "api/cli/submission.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

using nlohmann::json;

constexpr size_t kScoresShown = 8;

void CountReasons(const std::map<std::string, std::string>& by_node, bool resolvable,
                  std::vector<Refusal>& refusals) {
  std::map<std::string, size_t> counts;
  for (const auto& [node, reason] : by_node) ++counts[reason];
  for (const auto& [reason, count] : counts) refusals.push_back({reason, count, resolvable});
}

// The error's text; a lost connection is noted as well.
std::string Note(const absl::Status& status, absl::Status& connection) {
  if (absl::IsUnavailable(status)) connection = status;
  return std::string(status.message());
}

void Prioritize(ExtenderClient& extender, const PodManifest& pod, Submission& result,
                absl::Status& connection) {
  if (result.fitting.size() < 2) return;
  result.prioritized = true;
  auto scores = extender.Prioritize(pod, result.fitting);
  if (!scores.ok()) {
    result.prioritize_error = Note(scores.status(), connection);
    return;
  }
  result.scores = *std::move(scores);
  std::sort(result.scores.begin(), result.scores.end(), [](const auto& a, const auto& b) {
    return std::tie(b.score, a.host) < std::tie(a.score, b.host);
  });
}

std::string ScoresText(const Submission& submission) {
  std::string text;
  const size_t shown = std::min(submission.scores.size(), kScoresShown);
  for (size_t i = 0; i < shown; ++i) {
    absl::StrAppend(&text, i > 0 ? ", " : "", submission.scores[i].host, " ",
                    submission.scores[i].score);
  }
  if (shown < submission.scores.size()) {
    absl::StrAppend(&text, " and ", submission.scores.size() - shown, " more");
  }
  return text;
}

// Answers come from another process: no control character of theirs reaches the terminal.
std::string Clean(std::string text) {
  for (char& c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\n') || byte == 0x7f) c = '?';
  }
  return text;
}

}  // namespace

namespace {

bool IsGated(const nlohmann::json& pod) {
  const auto spec = pod.find("spec");
  if (spec == pod.end() || !spec->is_object()) return false;
  const auto gates = spec->find("schedulingGates");
  return gates != spec->end() && gates->is_array() && !gates->empty();
}

}  // namespace

Submission SubmitPod(ExtenderClient& extender, const PodManifest& pod,
                     const std::vector<std::string>& nodes, absl::Status& connection) {
  Submission result;
  result.name_space = pod.name_space;
  result.name = pod.name;
  result.uid = pod.uid;
  if (IsGated(pod.object)) {
    result.filter_error =
        "not asked: no scheduler places a pod as long as it has spec.schedulingGates";
    return result;
  }
  auto filter = extender.Filter(pod, nodes);
  if (!filter.ok()) {
    result.filter_error = Note(filter.status(), connection);
    return result;
  }
  CountReasons(filter->failed, /*resolvable=*/true, result.refusals);
  CountReasons(filter->unresolvable, /*resolvable=*/false, result.refusals);
  std::stable_sort(result.refusals.begin(), result.refusals.end(),
                   [](const Refusal& a, const Refusal& b) { return a.nodes > b.nodes; });
  result.fitting = std::move(filter->fitting);
  if (result.fitting.empty()) return result;

  Prioritize(extender, pod, result, connection);
  if (!connection.ok()) return result;
  result.node = ChooseNode(result.fitting, result.scores);
  const absl::Status bind = extender.Bind(pod, result.node);
  result.bound = bind.ok();
  if (!bind.ok()) result.bind_error = Note(bind, connection);
  return result;
}

std::string SubmissionToText(const Submission& s) {
  std::string text = absl::StrCat(s.name_space, "/", s.name);
  absl::StrAppend(&text, s.bound ? absl::StrCat("  bound to ", s.node) : "  NOT BOUND", "\n");
  if (!s.filter_error.empty()) {
    absl::StrAppend(&text, "  filter      error: ", s.filter_error, "\n");
    return Clean(std::move(text));
  }
  size_t refused = 0;
  for (const Refusal& refusal : s.refusals) refused += refusal.nodes;
  absl::StrAppend(&text, "  filter      ", s.fitting.size(), " fit, ", refused, " do not\n");
  for (const Refusal& refusal : s.refusals) {
    absl::StrAppend(&text, "              ", refusal.nodes, " x ", refusal.reason,
                    refusal.resolvable ? "" : " [not even on an empty node]", "\n");
  }
  if (s.prioritized) {
    absl::StrAppend(
        &text, "  prioritize  ",
        s.prioritize_error.empty() ? ScoresText(s) : absl::StrCat("error: ", s.prioritize_error),
        "\n");
  }
  if (!s.node.empty()) {
    absl::StrAppend(&text, "  bind        ", s.node,
                    s.bind_error.empty() ? "" : absl::StrCat(" error: ", s.bind_error), "\n");
  }
  return Clean(std::move(text));
}

json SubmissionToJson(const Submission& s) {
  json refusals = json::array();
  for (const Refusal& refusal : s.refusals) {
    refusals.push_back(
        {{"reason", refusal.reason}, {"nodes", refusal.nodes}, {"resolvable", refusal.resolvable}});
  }
  json result = {
      {"namespace", s.name_space},
      {"name", s.name},
      {"uid", s.uid},
      {"bound", s.bound},
      {"filter", {{"fitting", s.fitting}, {"refused", refusals}, {"error", s.filter_error}}}};
  result["prioritize"] = nullptr;
  if (s.prioritized) {
    json scores = json::array();
    for (const HostScore& score : s.scores) {
      scores.push_back({{"node", score.host}, {"score", score.score}});
    }
    result["prioritize"] = {{"scores", scores}, {"error", s.prioritize_error}};
  }
  result["bind"] = nullptr;
  if (!s.node.empty()) result["bind"] = {{"node", s.node}, {"error", s.bind_error}};
  return result;
}

}  // namespace tangram::api::cli
