// The subcommand `diff`: what differs between two reports.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/answer.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/report_diff.h"
#include "api/cli/simulate/sheet.h"
#include "api/cli/simulate/subcommands.h"
#include "api/cli/simulate/table.h"
#include "api/manifests/files.h"
#include "api/manifests/json_scan.h"

namespace tangram::api::cli::simulate {
namespace {

using nlohmann::json;

constexpr std::string_view kAbout = "Show what differs between two reports.";

constexpr std::string_view kFooter =
    R"(Compares two JSON reports of "run", or two of "compare" or "merge": numbers with their
difference, the digest of the placements, and of a curve the place where it differs most. Times and
memory are left out.

Exit codes:
  0  the reports say the same
  1  they differ
  2  wrong usage, or a file that is no such report

Example:
  tangram simulate diff before.json after.json)";

constexpr size_t kReportBytesMax = size_t{1} << 30;

struct Options {
  std::string left, right;  // files
  OutputOptions output;
};

absl::StatusOr<json> ReadReport(const std::string& file) {
  const auto text = manifests::ReadFile(file, kReportBytesMax);
  if (!text.ok()) return text.status();
  json report = manifests::IsBoundedJson(*text)
                    ? json::parse(*text, nullptr, /*allow_exceptions=*/false)
                    : json(json::value_t::discarded);
  if (report.is_discarded()) return absl::InvalidArgumentError(absl::StrCat(file, ": is no JSON"));
  return report;
}

json Difference(const ReportChange& change) {
  if (!change.left.is_number() || !change.right.is_number()) return nullptr;
  if (change.left.is_number_float() || change.right.is_number_float()) {
    return change.right.get<double>() - change.left.get<double>();
  }
  return change.right.get<int64_t>() - change.left.get<int64_t>();
}

std::string Shown(const json& value) {
  constexpr size_t kLongest = 20;
  if (value.is_null()) return "-";
  if (value.is_number_float()) return absl::StrFormat("%.6g", value.get<double>());
  std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  if (text.size() > kLongest) text = absl::StrCat(text.substr(0, kLongest - 3), "...");
  return text;
}

Sheet ChangesSheet(const std::vector<ReportChange>& changes) {
  Sheet sheet{.head = {"WHAT", "FIRST", "SECOND", "DIFFERENCE"}, .rows = {}};
  for (const ReportChange& change : changes) {
    const json difference = Difference(change);
    sheet.rows.push_back(
        {change.path, Shown(change.left), Shown(change.right),
         difference.is_null() ? "" : absl::StrFormat("%+.6g", difference.get<double>())});
  }
  return sheet;
}

constexpr char kSame[] = "The reports say the same.";

std::string DiffTable(const std::vector<ReportChange>& changes) {
  return changes.empty() ? absl::StrCat(kSame, "\n") : AsText(ChangesSheet(changes));
}

// Texts as they are, all else as JSON has it.
Sheet DiffSheet(const std::vector<ReportChange>& changes) {
  Sheet sheet{.head = {"path", "first", "second", "difference"}, .rows = {}};
  const auto text = [](const json& value) {
    if (value.is_null()) return std::string();
    return value.is_string() ? value.get<std::string>() : value.dump();
  };
  for (const ReportChange& change : changes) {
    sheet.rows.push_back(
        {change.path, text(change.left), text(change.right), text(Difference(change))});
  }
  return sheet;
}

Article DiffArticle(const Options& options, const std::vector<ReportChange>& changes) {
  Article article{
      .kicker = "Tangram simulate diff",
      .title = "What differs between two reports",
      .lede = absl::StrCat("The first is ", options.left, ", the second ", options.right, "."),
      .figures = {},
      .parts = {}};
  if (changes.empty()) absl::StrAppend(&article.lede, " ", kSame);
  if (!changes.empty()) {
    article.parts.push_back(
        {Counted(static_cast<int64_t>(changes.size()), "difference", "differences"),
         "The difference is the second less the first. Of a curve it is told where it differs "
         "most.",
         ChangesSheet(changes)});
  }
  return article;
}

json DiffJson(const std::vector<ReportChange>& changes) {
  json rows = json::array();
  for (const ReportChange& change : changes) {
    rows.push_back({{"path", change.path},
                    {"first", change.left},
                    {"second", change.right},
                    {"difference", Difference(change)}});
  }
  return {{"schema", "tangram.dev/simulation-diff/v1"},
          {"same", changes.empty()},
          {"changes", std::move(rows)}};
}

int Run(const Options& options) {
  if (const absl::Status status = CheckWritable(options.output.file); !status.ok()) {
    return Fail(status);
  }
  const auto left = ReadReport(options.left);
  if (!left.ok()) return Fail(left.status());
  const auto right = ReadReport(options.right);
  if (!right.ok()) return Fail(right.status());
  const auto changes = DiffReports(*left, *right);
  if (!changes.ok()) return Fail(changes.status());
  const Answer answer{.json = [&] { return DiffJson(*changes); },
                      .table = [&] { return DiffTable(*changes); },
                      .csv = [&] { return DiffSheet(*changes); },
                      .article = [&] { return DiffArticle(options, *changes); }};
  if (const absl::Status status = PrintAnswer(options.output, answer); !status.ok()) {
    return Fail(status);
  }
  return changes->empty() ? kExitOk : kExitNo;
}

}  // namespace

Subcommand DefineDiff(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "diff", kAbout, kFooter);
  app->add_option("first", options->left, "a report, JSON")->option_text("FILE")->required();
  app->add_option("second", options->right, "another")->option_text("FILE")->required();
  AddOutputOptions(app, &options->output);
  return {app, [options] { return Run(*options); }};
}

}  // namespace tangram::api::cli::simulate
