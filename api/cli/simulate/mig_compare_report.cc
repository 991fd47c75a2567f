// The comparisons of mig_report.h.
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/cli/simulate/contest_text.h"
#include "api/cli/simulate/mig_report.h"
#include "api/cli/simulate/page.h"
#include "api/cli/simulate/sheet.h"
#include "scheduler/simulation/comparison.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::Contest;
using scheduler::simulation::Judge;

constexpr const char* kAccepted = "accepted_percent";
constexpr const char* kUtilisation = "utilisation_percent";

Contest ContestOf(const MigComparison& comparison, size_t scene, const char* measure,
                  std::vector<double> MigRuns::*values) {
  std::vector<std::vector<double>> by_policy;
  for (const MigRuns& runs : comparison.runs[scene]) by_policy.push_back(runs.*values);
  return Judge(measure, /*more_is_better=*/true, by_policy);
}

// The measures of one scene.
struct Contests {
  Contest accepted, utilisation;
};

Contests ContestsOf(const MigComparison& comparison, size_t scene) {
  return {ContestOf(comparison, scene, kAccepted, &MigRuns::accepted),
          ContestOf(comparison, scene, kUtilisation, &MigRuns::utilisation)};
}

std::string Title(const MigComparison& comparison, size_t scene) {
  const MigScene& of = comparison.scenes[scene];
  return absl::StrFormat("%s, load %.2f", of.name, of.load);
}

std::string Lede(const MigComparison& comparison) {
  return absl::StrFormat("%s, %d runs of each policy on the same requests.",
                         CardsText(comparison.setup.cards), comparison.setup.runs);
}

std::string Winner(const MigComparison& comparison, const Contest& contest) {
  return WinnerSentence(comparison.policies, contest, "requests accepted", "run");
}

Sheet Standings(const MigComparison& comparison, const Contests& contests) {
  Sheet sheet{.head = {"policy", "accepted %"}, .rows = {}};
  sheet.head.insert(sheet.head.end(), std::begin(kStandingHead), std::end(kStandingHead));
  sheet.head.emplace_back("slices in use %");
  for (size_t i = 0; i < comparison.policies.size(); ++i) {
    std::vector<std::string>& row = sheet.rows.emplace_back();
    row = {comparison.policies[i], MeanText(contests.accepted, i, 2)};
    for (std::string& text : StandingText(contests.accepted.standings[i]))
      row.push_back(std::move(text));
    row.push_back(MeanText(contests.utilisation, i, 2));
  }
  return sheet;
}

Sheet Long(const MigComparison& comparison) {
  Sheet sheet{.head = {"mix", "load", "measure", "policy"}, .rows = {}};
  sheet.head.insert(sheet.head.end(), std::begin(kLongHead), std::end(kLongHead));
  for (size_t scene = 0; scene < comparison.scenes.size(); ++scene) {
    const Contests contests = ContestsOf(comparison, scene);
    for (const Contest* contest : {&contests.accepted, &contests.utilisation}) {
      for (size_t i = 0; i < comparison.policies.size(); ++i) {
        std::vector<std::string>& row = sheet.rows.emplace_back();
        row = {comparison.scenes[scene].name, json(comparison.scenes[scene].load).dump(),
               contest->measure, comparison.policies[i]};
        for (std::string& text : LongText(contest->standings[i])) row.push_back(std::move(text));
      }
    }
  }
  return sheet;
}

json SceneJson(const MigComparison& comparison, size_t scene) {
  const MigScene& of = comparison.scenes[scene];
  json mix = json::object();
  for (size_t i = 0; i < of.mix.shares.size(); ++i) mix[of.mix.names[i]] = of.mix.shares[i];
  json runs = json::object();
  for (size_t i = 0; i < comparison.policies.size(); ++i) {
    runs[comparison.policies[i]] = comparison.runs[scene][i].accepted;
  }
  const Contests contests = ContestsOf(comparison, scene);
  json scene_json = {{"mix", std::move(mix)},
                     {"load", of.load},
                     {"measures",
                      {{kAccepted, ContestJson(comparison.policies, contests.accepted)},
                       {kUtilisation, ContestJson(comparison.policies, contests.utilisation)}}},
                     {"accepted_percent_runs", std::move(runs)}};
  const std::vector<MigKind>& kinds = comparison.setup.cards.kinds;
  if (comparison.setup.cards.cluster.empty()) return scene_json;
  json by_kind = json::object();
  for (size_t i = 0; i < comparison.policies.size(); ++i) {
    for (size_t k = 0; k < kinds.size(); ++k) {
      by_kind[comparison.policies[i]][kinds[k].name] =
          comparison.runs[scene][i].utilisation_by_kind[k];
    }
  }
  scene_json["utilisation_percent_by_kind"] = std::move(by_kind);
  return scene_json;
}

json Json(const MigComparison& comparison) {
  json scenes = json::array();
  for (size_t i = 0; i < comparison.scenes.size(); ++i) scenes.push_back(SceneJson(comparison, i));
  json root = CardsJson(comparison.setup.cards);
  root.update({{"schema", "tangram.dev/simulation-mig-compare/v1"},
               {"workload", comparison.setup.workload},
               {"seed", comparison.setup.seed},
               {"runs", comparison.setup.runs},
               {"policies", comparison.policies},
               {"scenes", std::move(scenes)}});
  return root;
}

std::string Tables(const MigComparison& comparison, bool markdown) {
  std::string text = absl::StrCat(Lede(comparison), "\n");
  for (size_t i = 0; i < comparison.scenes.size(); ++i) {
    const Contests contests = ContestsOf(comparison, i);
    const Sheet sheet = Standings(comparison, contests);
    absl::StrAppend(&text, "\n", markdown ? "## " : "", Title(comparison, i), "\n\n",
                    Winner(comparison, contests.accepted), "\n\n",
                    markdown ? AsMarkdown(sheet) : AsText(sheet));
  }
  return absl::StrCat(text, "\n", SignsSentence(), "\n");
}

std::string Html(const MigComparison& comparison) {
  std::string body = KeyFigures({{Thousands(comparison.policies.size()), "", "policies"},
                                 {Thousands(comparison.scenes.size()), "", "mixes and loads"},
                                 {Thousands(comparison.setup.runs), "", "runs of each"}});
  for (size_t i = 0; i < comparison.scenes.size(); ++i) {
    const Contests contests = ContestsOf(comparison, i);
    absl::StrAppend(&body, Section(Title(comparison, i), Winner(comparison, contests.accepted),
                                   absl::StrCat(RankingHtml(comparison.policies, contests.accepted),
                                                "<h3>Accepted, and slices in use</h3>\n<p><small>",
                                                HtmlText(SignsSentence()), "</small></p>\n",
                                                AsHtml(Standings(comparison, contests)))));
  }
  return Page("Tangram simulation", "MIG policies, side by side", HtmlText(Lede(comparison)), body);
}

}  // namespace

std::string MigCompareText(const MigComparison& comparison, Form form) {
  switch (form) {
    case Form::kJson:
      return JsonText(Json(comparison));
    case Form::kYaml:
      return YamlText(Json(comparison));
    case Form::kCsv:
      return AsCsv(Long(comparison));
    case Form::kMarkdown:
      return Tables(comparison, /*markdown=*/true);
    case Form::kHtml:
      return Html(comparison);
    case Form::kTable:
      return Tables(comparison, /*markdown=*/false);
  }
  return "";
}

}  // namespace tangram::api::cli::simulate
