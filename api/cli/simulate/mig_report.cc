#include "api/cli/simulate/mig_report.h"

#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "api/cli/simulate/page.h"
#include "api/cli/simulate/sheet.h"
#include "scheduler/mig/fleet.h"
#include "scheduler/simulation/statistics.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;
using scheduler::simulation::Sample;
using scheduler::simulation::Summarise;

double StandardError(const std::vector<double>& values) {
  return Summarise(values).deviation / std::sqrt(static_cast<double>(values.size()));
}

std::string Placements(const MigKind& kind) {
  return std::string(SourceName(kind.geometry.source()));
}

std::string Title(const MigReport& report) {
  return absl::StrFormat("%s on %s, load %.2f, %d runs", report.policy,
                         CardsText(report.setup.cards), report.scene.load, report.setup.runs);
}

Sheet ProfileSheet(const MigReport& report) {
  Sheet sheet{.head = {"profile", "share %", "accepted %"}, .rows = {}};
  const auto percent = [](double part) { return absl::StrFormat("%.2f", 100 * part); };
  const MigMix& mix = report.scene.mix;
  for (size_t i = 0; i < mix.shares.size(); ++i) {
    if (mix.shares[i] <= 0) continue;
    sheet.rows.push_back(
        {mix.names[i], percent(mix.shares[i]), percent(report.runs.by_request[i].accepted_part())});
  }
  const Sample all = Summarise(report.runs.accepted);
  sheet.rows.push_back({"all", "100.00", absl::StrFormat("%.2f", all.mean)});
  return sheet;
}

// What each kind does of the work; of one kind there is nothing to say.
struct KindWork {
  double could_percent = 0;  // of the requests, what it could serve
  double took_percent = 0;   // of those accepted
};

KindWork WorkOf(const MigReport& report, size_t kind) {
  uint64_t accepted = 0;
  for (const uint64_t count : report.runs.accepted_by_kind) accepted += count;
  const auto took = static_cast<double>(report.runs.accepted_by_kind[kind]);
  return {100 * scheduler::mig::MixOf(*report.scene.mix.fleet, kind, report.scene.mix.shares).part,
          accepted == 0 ? 0 : 100 * took / static_cast<double>(accepted)};
}

Sheet KindSheet(const MigReport& report) {
  Sheet sheet{.head = {"kind", "cards", "could serve %", "of accepted %", "slices in use %"},
              .rows = {}};
  for (size_t k = 0; k < report.setup.cards.kinds.size(); ++k) {
    const MigKind& kind = report.setup.cards.kinds[k];
    const KindWork work = WorkOf(report, k);
    sheet.rows.push_back({kind.name, absl::StrCat(kind.cards.size()),
                          absl::StrFormat("%.2f", work.could_percent),
                          absl::StrFormat("%.2f", work.took_percent),
                          absl::StrFormat("%.2f", report.runs.utilisation_by_kind[k])});
  }
  return sheet;
}

bool SeveralKinds(const MigReport& report) { return report.setup.cards.kinds.size() > 1; }

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
  for (size_t i = 0; i < mix.shares.size(); ++i) {
    shares[mix.names[i]] = mix.shares[i];
    if (mix.shares[i] <= 0) continue;
    by_profile[mix.names[i]] = 100 * report.runs.by_request[i].accepted_part();
  }
  json root = CardsJson(report.setup.cards);
  for (size_t k = 0; root.contains("kinds") && k < root["kinds"].size(); ++k) {
    const KindWork work = WorkOf(report, k);
    root["kinds"][k].update({{"could_serve_percent", work.could_percent},
                             {"of_accepted_percent", work.took_percent},
                             {"utilisation_percent", report.runs.utilisation_by_kind[k]}});
  }
  root.update({{"schema", "tangram.dev/simulation-mig/v1"},
               {"policy", report.policy},
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
               {"elapsed_seconds", report.seconds}});
  return root;
}

std::string Html(const MigReport& report) {
  const std::string figures =
      KeyFigures({{absl::StrFormat("%.2f", Summarise(report.runs.accepted).mean), "%",
                   "of the requests accepted"},
                  {absl::StrFormat("%.2f", Summarise(report.runs.utilisation).mean), "%",
                   "of the slices in use"},
                  {Thousands(report.setup.runs), "", "runs"}});
  std::string body = figures + Section("By profile", Ending(report), AsHtml(ProfileSheet(report)));
  if (SeveralKinds(report)) body += Section("By kind of card", "", AsHtml(KindSheet(report)));
  return Page("Tangram simulation", absl::StrCat("MIG instances under ", report.policy),
              HtmlText(Title(report)), body);
}

}  // namespace

std::string CardsText(const MigCards& cards) {
  std::vector<std::string> parts;
  for (const MigKind& kind : cards.kinds) {
    parts.push_back(
        absl::StrFormat("%d x %s (placements %s)", kind.cards.size(), kind.name, Placements(kind)));
  }
  std::string text = absl::StrJoin(parts, ", ");
  if (cards.kinds.size() == 1) return text;
  return absl::StrFormat("%d cards of %d kinds: %s", cards.count(), cards.kinds.size(), text);
}

json CardsJson(const MigCards& cards) {
  std::vector<std::string> products;
  std::set<std::string> placements;
  json kinds = json::array();
  for (const MigKind& kind : cards.kinds) {
    products.push_back(kind.name);
    placements.insert(Placements(kind));
    kinds.push_back({{"product", kind.name},
                     {"placements", Placements(kind)},
                     {"gpus", kind.cards.size()},
                     {"slices", kind.geometry.slices()}});
  }
  json root = {{"product", absl::StrJoin(products, ", ")},
               {"placements", absl::StrJoin(placements, ", ")},
               {"gpus", cards.count()}};
  if (!cards.cluster.empty()) {
    root["cluster"] = cards.cluster;
    root["kinds"] = std::move(kinds);
  }
  return root;
}

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
                          SeveralKinds(report) ? AsMarkdown(KindSheet(report)) + "\n" : "",
                          Ending(report), "\n");
    case Form::kHtml:
      return Html(report);
    case Form::kTable:
      return absl::StrCat(Title(report), "\n\n", AsText(ProfileSheet(report)), "\n",
                          SeveralKinds(report) ? AsText(KindSheet(report)) + "\n" : "",
                          Ending(report), "\n");
  }
  return "";
}

}  // namespace tangram::api::cli::simulate
