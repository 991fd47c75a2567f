#include "api/cli/simulate/mig_report.h"

#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/cli/simulate/page.h"
#include "api/cli/simulate/sheet.h"
#include "scheduler/simulation/statistics.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::Sample;
using scheduler::simulation::Summarise;

double StandardError(const std::vector<double>& values) {
  return Summarise(values).deviation / std::sqrt(static_cast<double>(values.size()));
}

std::string NameOf(const MigReport& report, size_t profile) {
  return report.scene.mix.geometry.profiles()[profile].name.text();
}

std::string Title(const MigReport& report) {
  const auto& geometry = report.scene.mix.geometry;
  return absl::StrFormat("%s on %d x %s (placements %s), load %.2f, %d runs", report.policy,
                         report.setup.gpus, geometry.product(),
                         std::string(SourceName(geometry.source())), report.scene.load,
                         report.setup.runs);
}

Sheet ProfileSheet(const MigReport& report) {
  Sheet sheet{.head = {"profile", "share %", "accepted %"}, .rows = {}};
  const auto percent = [](double part) { return absl::StrFormat("%.2f", 100 * part); };
  for (size_t i = 0; i < report.scene.mix.mix.size(); ++i) {
    if (report.scene.mix.mix[i] <= 0) continue;
    sheet.rows.push_back({NameOf(report, i), percent(report.scene.mix.mix[i]),
                          percent(report.runs.by_profile[i].accepted_part())});
  }
  const Sample all = Summarise(report.runs.accepted);
  sheet.rows.push_back({"all", "100.00", absl::StrFormat("%.2f", all.mean)});
  return sheet;
}

std::string Ending(const MigReport& report) {
  std::string text = absl::StrFormat("standard error %.2f points; slices in use %.2f %%; %.1f s",
                                     StandardError(report.runs.accepted),
                                     Summarise(report.runs.utilisation).mean, report.seconds);
  if (report.runs.tuning_seconds > 0) {
    absl::StrAppendFormat(&text, ", of which %.1f s tuned", report.runs.tuning_seconds);
  }
  return text;
}

json Json(const MigReport& report) {
  json shares = json::object();
  json by_profile = json::object();
  const MigMix& mix = report.scene.mix;
  for (size_t i = 0; i < mix.mix.size(); ++i) {
    shares[NameOf(report, i)] = mix.mix[i];
    if (mix.mix[i] <= 0) continue;
    by_profile[NameOf(report, i)] = 100 * report.runs.by_profile[i].accepted_part();
  }
  return {{"schema", "tangram.dev/simulation-mig/v1"},
          {"policy", report.policy},
          {"product", mix.geometry.product()},
          {"placements", std::string(SourceName(mix.geometry.source()))},
          {"gpus", report.setup.gpus},
          {"load", report.scene.load},
          {"mix", std::move(shares)},
          {"workload", report.setup.workload},
          {"seed", report.setup.seed},
          {"runs", report.setup.runs},
          {"accepted_percent", Summarise(report.runs.accepted).mean},
          {"accepted_percent_runs", report.runs.accepted},
          {"accepted_percent_standard_error", StandardError(report.runs.accepted)},
          {"accepted_percent_by_profile", std::move(by_profile)},
          {"utilisation_percent", Summarise(report.runs.utilisation).mean},
          {"tuning_seconds", report.runs.tuning_seconds},
          {"elapsed_seconds", report.seconds}};
}

std::string Html(const MigReport& report) {
  const std::string figures =
      KeyFigures({{absl::StrFormat("%.2f", Summarise(report.runs.accepted).mean), "%",
                   "of the requests accepted"},
                  {absl::StrFormat("%.2f", Summarise(report.runs.utilisation).mean), "%",
                   "of the slices in use"},
                  {Thousands(report.setup.runs), "", "runs"}});
  return Page("Tangram simulation", absl::StrCat("MIG instances under ", report.policy),
              HtmlText(Title(report)),
              figures + Section("By profile", Ending(report), AsHtml(ProfileSheet(report))));
}

}  // namespace

std::string MigText(const MigReport& report, Form form) {
  switch (form) {
    case Form::kJson:
      return JsonText(Json(report));
    case Form::kYaml:
      return YamlText(Json(report));
    case Form::kCsv:
      return AsCsv(ProfileSheet(report));
    case Form::kMarkdown:
      return absl::StrCat("## ", Title(report), "\n\n", AsMarkdown(ProfileSheet(report)), "\n",
                          Ending(report), "\n");
    case Form::kHtml:
      return Html(report);
    case Form::kTable:
      return absl::StrCat(Title(report), "\n\n", AsText(ProfileSheet(report)), "\n", Ending(report),
                          "\n");
  }
  return "";
}

}  // namespace tangram::api::cli::simulate
