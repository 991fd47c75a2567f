#include "api/cli/simulate/replay_report.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/chart.h"
#include "api/cli/simulate/page.h"
#include "api/cli/simulate/run_report.h"
#include "api/cli/simulate/sheet.h"
#include "api/manifests/digest.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::recording::Findings;
using scheduler::recording::Gauge;
using scheduler::recording::RerunReport;
using scheduler::recording::Side;
using scheduler::recording::Tally;
using scheduler::simulation::kPodClasses;
using scheduler::simulation::PodClass;
using scheduler::simulation::PodClassName;

constexpr size_t kStep = 10;  // of curves, where people read

struct NamedTally {
  const char* name;
  const Tally& tally;
};

std::vector<NamedTally> Tallies(const Findings& findings) {
  return {{"events of the books", findings.events},
          {"filters", findings.filters},
          {"prioritizes", findings.prioritizes},
          {"binds", findings.binds},
          {"versions of the policy", findings.policies}};
}

json RecordingJson(const Replayed& replayed) {
  return {{"tangram", replayed.header.tangram},   {"began_unix", replayed.header.began_unix},
          {"seconds", replayed.recorded_seconds}, {"lines", replayed.lines},
          {"whole", replayed.warning.empty()},    {"settings", replayed.header.settings}};
}

json BaseJson(const Replayed& replayed, const char* mode) {
  return {{"schema", "tangram.dev/simulation-replay/v1"}, {"mode", mode},
          {"recording", RecordingJson(replayed)},         {"policy", replayed.policy},
          {"card_policy", replayed.card_policy},          {"mig_policy", replayed.mig_policy},
          {"elapsed_seconds", replayed.seconds}};
}

json JsonOf(const Replayed& replayed, const Findings& findings) {
  const auto tally = [](const Tally& counts) {
    return json{{"recorded", counts.recorded}, {"different", counts.different}};
  };
  json differences = json::array();
  for (const auto& difference : findings.first) {
    differences.push_back({{"line", difference.line}, {"what", difference.what}});
  }
  json object = BaseJson(replayed, "same");
  object["checked"] = {{"events", tally(findings.events)},
                       {"filters", tally(findings.filters)},
                       {"prioritizes", tally(findings.prioritizes)},
                       {"binds", tally(findings.binds)},
                       {"policy_versions", tally(findings.policies)}};
  object["different"] = findings.different();
  object["first_differences"] = std::move(differences);
  return object;
}

json SideJson(const Side& side) {
  std::vector<double> allocated;
  std::vector<double> fragmentation;
  for (const Gauge& gauge : side.curve) {
    allocated.push_back(gauge.allocated);
    fragmentation.push_back(gauge.fragmentation);
  }
  json classes = json::object();
  json served = json::object();
  for (size_t i = 0; i < kPodClasses; ++i) {
    const std::string name(PodClassName(static_cast<PodClass>(i)));
    classes[name] = {{"placed", side.classes[i].placed}, {"failed", side.classes[i].failed}};
    served[name] = side.classes[i].served_percent();
  }
  return {{"allocated_percent", CurveJson(allocated)},
          {"fragmentation_amount_percent", CurveJson(fragmentation)},
          {"pods_by_class", std::move(classes)},
          {"served_percent_by_class", std::move(served)},
          {"cards_free", side.cards_free},
          {"cards_touched", side.cards_touched}};
}

std::string PlacementLines(const RerunReport& report) {
  std::string lines;
  for (size_t i = 0; i < report.placements.size(); ++i) {
    const RerunReport::Placed& placed = report.placements[i];
    absl::StrAppend(&lines, i, ",", placed.pod.name_space, "/", placed.pod.name, ",",
                    placed.node.empty() ? "-" : placed.node, ",", absl::StrJoin(placed.cards, "+"),
                    "\n");
  }
  return lines;
}

uint64_t FailedOf(const Side& side) {
  uint64_t failed = 0;
  for (const auto& counts : side.classes) failed += counts.failed;
  return failed;
}

json JsonOf(const Replayed& replayed, const RerunReport& report) {
  json object = BaseJson(replayed, "other");
  object["nodes"] = report.nodes;
  object["pods"] = report.pods;
  object["recorded"] = SideJson(report.recorded);
  object["replayed"] = SideJson(report.tried);
  object["placed_late"] = report.placed_late;
  object["failed_pods"] = FailedOf(report.tried);
  object["failed_by_reason"] = report.failed_by_reason;
  object["policy_versions"] = report.policy_versions;
  object["placements_sha256"] = manifests::Sha256Hex(PlacementLines(report));
  return object;
}

std::string Number(double value) { return absl::StrFormat("%.2f", value); }

Sheet TallySheet(const Findings& findings) {
  Sheet sheet{{"Judged anew", "Recorded", "Different"}, {}};
  for (const NamedTally& named : Tallies(findings)) {
    sheet.rows.push_back(
        {named.name, Thousands(named.tally.recorded), Thousands(named.tally.different)});
  }
  return sheet;
}

Sheet DifferenceSheet(const Findings& findings) {
  Sheet sheet{{"Line", "What came out otherwise"}, {}};
  for (const auto& difference : findings.first) {
    sheet.rows.push_back({absl::StrCat(difference.line), difference.what});
  }
  return sheet;
}

Sheet CurveSheet(const RerunReport& report, size_t step, bool exact) {
  Sheet sheet{{"Pods come %", "Allocated recorded %", "Allocated replayed %",
               "Fragments recorded %", "Fragments replayed %"},
              {}};
  const auto text = [exact](double value) {
    return exact ? absl::StrFormat("%.9g", value) : Number(value);
  };
  for (size_t x = 0; x < report.tried.curve.size(); x += step) {
    const Gauge& was = report.recorded.curve[x];
    const Gauge& is = report.tried.curve[x];
    sheet.rows.push_back({absl::StrCat(x), text(was.allocated), text(is.allocated),
                          text(was.fragmentation), text(is.fragmentation)});
  }
  return sheet;
}

Sheet ClassSheet(const RerunReport& report) {
  Sheet sheet{{"Class", "Pods", "Placed recorded", "Placed replayed"}, {}};
  for (size_t i = 0; i < kPodClasses; ++i) {
    const auto& was = report.recorded.classes[i];
    const auto& is = report.tried.classes[i];
    sheet.rows.push_back({std::string(PodClassName(static_cast<PodClass>(i))),
                          Thousands(is.placed + is.failed), Thousands(was.placed),
                          Thousands(is.placed)});
  }
  return sheet;
}

Sheet ReasonSheet(const RerunReport& report) {
  Sheet sheet{{"Never placed because of", "Pods"}, {}};
  for (const auto& [reason, count] : report.failed_by_reason) {
    sheet.rows.push_back({reason, Thousands(count)});
  }
  return sheet;
}

std::string Source(const Replayed& replayed) {
  const auto setting = [&replayed](const char* name) {
    const auto found = replayed.header.settings.find(name);
    return found == replayed.header.settings.end() ? std::string("?") : found->second;
  };
  return absl::StrFormat("recorded by tangram %s under %s (cards %s): %s lines in %.1f s",
                         replayed.header.tangram, setting("node-policy"), setting("card-policy"),
                         Thousands(replayed.lines), replayed.recorded_seconds);
}

std::string Verdict(const Findings& findings) {
  if (findings.different() == 0) return "Everything came out the same.";
  return absl::StrCat(Thousands(findings.different()), " came out otherwise, first of all:");
}

std::string RerunSentence(const Replayed& replayed, const RerunReport& report) {
  return absl::StrFormat(
      "%s (cards %s, MIG %s) in the place of what was recorded: %s nodes, %s pods; %s never "
      "placed, %s had "
      "to wait",
      replayed.policy, replayed.card_policy, replayed.mig_policy, Thousands(report.nodes),
      Thousands(report.pods), Thousands(FailedOf(report.tried)), Thousands(report.placed_late));
}

std::string CardSentence(const RerunReport& report) {
  return absl::StrCat("at the end ", Thousands(static_cast<uint64_t>(report.tried.cards_free)),
                      " cards free, recorded ",
                      Thousands(static_cast<uint64_t>(report.recorded.cards_free)));
}

std::string RerunHtml(const Replayed& replayed, const RerunReport& report) {
  ChartLine recorded{"recorded", {}};
  ChartLine tried{replayed.policy, {}};
  for (const Gauge& gauge : report.recorded.curve) recorded.values.push_back(gauge.allocated);
  for (const Gauge& gauge : report.tried.curve) tried.values.push_back(gauge.allocated);
  std::string body = Section("While pods come", "",
                             LineChart({"Allocated, percent of all GPU",
                                        "against the percent of pods that came",
                                        {recorded, tried}}));
  absl::StrAppend(&body, Section("In numbers", "", AsHtml(CurveSheet(report, kStep, false))));
  absl::StrAppend(&body, Section("Who was served", "", AsHtml(ClassSheet(report))));
  if (!report.failed_by_reason.empty()) {
    absl::StrAppend(&body, Section("Why pods were never placed", "", AsHtml(ReasonSheet(report))));
  }
  return Page(
      "Tangram replay", absl::StrCat("Recorded, and under ", replayed.policy),
      absl::StrCat("<p>", HtmlText(RerunSentence(replayed, report)), ". ",
                   HtmlText(Source(replayed)), "; ", HtmlText(CardSentence(report)), ".</p>"),
      body);
}

}  // namespace

std::string ReplayText(const Replayed& replayed, const Findings& findings, Form form) {
  const bool same = findings.different() == 0;
  switch (form) {
    case Form::kJson:
      return JsonText(JsonOf(replayed, findings));
    case Form::kYaml:
      return YamlText(JsonOf(replayed, findings));
    case Form::kCsv:
      return AsCsv(TallySheet(findings));
    case Form::kMarkdown:
      return absl::StrCat("Replay, ", Source(replayed), ".\n\n", AsMarkdown(TallySheet(findings)),
                          "\n", Verdict(findings), "\n",
                          same ? "" : "\n" + AsMarkdown(DifferenceSheet(findings)));
    case Form::kHtml:
      return Page(
          "Tangram replay", "Was every answer the same?",
          absl::StrCat("<p>", HtmlText(Source(replayed)), ". ", HtmlText(Verdict(findings)),
                       "</p>"),
          Section("Judged anew", "", AsHtml(TallySheet(findings))) +
              (same ? std::string()
                    : Section("The first differences", "", AsHtml(DifferenceSheet(findings)))));
    case Form::kTable:
      break;
  }
  std::string text = absl::StrCat(Source(replayed), "\n\n", AsText(TallySheet(findings)), "\n",
                                  Verdict(findings), "\n");
  for (const auto& difference : findings.first) {
    absl::StrAppend(&text, "line ", difference.line, ": ", difference.what, "\n");
  }
  return text;
}

std::string RerunText(const Replayed& replayed, const RerunReport& report, Form form) {
  switch (form) {
    case Form::kJson:
      return JsonText(JsonOf(replayed, report));
    case Form::kYaml:
      return YamlText(JsonOf(replayed, report));
    case Form::kCsv:
      return AsCsv(CurveSheet(report, 1, /*exact=*/true));
    case Form::kMarkdown:
      return absl::StrCat(RerunSentence(replayed, report), ".\n", Source(replayed), ".\n\n",
                          AsMarkdown(CurveSheet(report, kStep, false)), "\n",
                          AsMarkdown(ClassSheet(report)),
                          report.failed_by_reason.empty() ? "" : "\n",
                          report.failed_by_reason.empty() ? "" : AsMarkdown(ReasonSheet(report)));
    case Form::kHtml:
      return RerunHtml(replayed, report);
    case Form::kTable:
      break;
  }
  std::string text =
      absl::StrCat(RerunSentence(replayed, report), "\n", Source(replayed), "\n\n",
                   AsText(CurveSheet(report, kStep, false)), "\n", AsText(ClassSheet(report)));
  if (!report.failed_by_reason.empty()) {
    absl::StrAppend(&text, "\n", AsText(ReasonSheet(report)));
  }
  return absl::StrCat(text, "\n", CardSentence(report), "\n");
}

}  // namespace tangram::api::cli::simulate
