// The subcommand `merge`: the shards of a comparison put together.
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/compare_report.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/shard.h"
#include "api/cli/simulate/subcommands.h"
#include "api/manifests/files.h"

namespace tangram::api::cli::simulate {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAbout = "Make one comparison of its shards.";

constexpr std::string_view kFooter =
    R"(Prints what "tangram simulate compare" would have printed for the whole grid, to the byte. All
shards must be there, each once, in any order. Of a folder all files *.json are taken.

Exit codes:
  0  merged
  2  wrong usage, or a shard that is missing, doubled, of another comparison, or cannot be read

Examples:
  tangram simulate merge shards/
  tangram simulate merge shard-0-of-2.json shard-1-of-2.json -o html --out compare.html)";

constexpr size_t kShardBytesMax = size_t{1} << 30;

struct Options {
  std::vector<std::string> paths;
  OutputOptions output;
};

// Folders replaced by their JSON files, in the order of their names.
absl::StatusOr<std::vector<std::string>> FilesOf(const std::vector<std::string>& paths) {
  std::vector<std::string> files;
  for (const std::string& path : paths) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
      files.push_back(path);
      continue;
    }
    std::vector<std::string> found;
    for (fs::directory_iterator entry(path, error), end; !error && entry != end;
         entry.increment(error)) {
      if (entry->path().extension() == ".json") found.push_back(entry->path().string());
    }
    if (error) {
      return absl::UnavailableError(absl::StrCat("cannot read ", path, ": ", error.message()));
    }
    if (found.empty()) return absl::NotFoundError(absl::StrCat(path, " has no file *.json"));
    std::sort(found.begin(), found.end());
    files.insert(files.end(), found.begin(), found.end());
  }
  return files;
}

absl::StatusOr<Comparison> Merge(const std::vector<std::string>& paths) {
  const auto names = FilesOf(paths);
  if (!names.ok()) return names.status();
  std::vector<ShardFile> files;
  for (const std::string& name : *names) {
    auto text = manifests::ReadFile(name, kShardBytesMax);
    if (!text.ok()) return text.status();
    files.push_back({name, *std::move(text)});
  }
  auto merged = MergeShards(files);
  if (!merged.ok()) return merged.status();
  return Compare(std::move(merged->grid), std::move(merged->results));
}

int Run(const Options& options) {
  const auto comparison = Merge(options.paths);
  if (!comparison.ok()) return Fail(comparison.status());
  const absl::Status status =
      Emit(CompareText(*comparison, options.output.form), options.output.file);
  return status.ok() ? kExitOk : Fail(status);
}

}  // namespace

Subcommand DefineMerge(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "merge", kAbout, kFooter);
  app->add_option("shards", options->paths, "what compare --shard wrote, or folders with that")
      ->option_text("FILE|FOLDER...")
      ->required();
  AddOutputOptions(app, &options->output);
  return {app, [options] { return Run(*options); }};
}

}  // namespace tangram::api::cli::simulate
