// The subcommand `replay`: a recording of the live server, run again.
#include <chrono>
#include <cstdio>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "api/cli/exit_code.h"
#include "api/cli/recording.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/replay_report.h"
#include "api/cli/simulate/subcommands.h"
#include "api/recording/reader.h"
#include "scheduler/recording/rerun.h"
#include "scheduler/recording/survey.h"
#include "scheduler/recording/verifier.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::recording::Record;
using scheduler::recording::Rerun;
using scheduler::recording::Survey;
using scheduler::recording::Verifier;

constexpr std::string_view kAbout = "A recording of the live server, run again.";

constexpr std::string_view kFooter =
    R"(FILE is what tangram serve --record FILE wrote, packed or not.

Without a policy, or with those of the recording, every decision is made anew by the code of the
live server, on the books and holds of its moment: who fits, in which order and why not, every
score, and every card, on the nodes that the recording chose. All must come out as recorded.

With another policy the pods come in the order of their first filters, go to the node with the
highest score (of equals the first by name) among those they were offered then, and leave when the
recording says so; pods that fit nowhere wait. Printed are how much of the GPU is allocated and how
much is fragmented (FGD's measure), beside what was recorded. Pods that were bound before the
recording began stay where they are.

Exit codes:
  0  everything came out the same; or the recording was run under another policy
  1  something came out otherwise (the first differences are printed)
  2  wrong usage, or a file that is no recording (the message names file, line and field)

Examples:
  tangram serve --cluster examples/cluster.yaml --record day.jsonl.gz
  tangram simulate replay day.jsonl.gz
  tangram simulate replay day.jsonl.gz --policy tangram -o html --out day.html)";

struct Options {
  std::string file;
  std::string policy;       // empty: the recording's
  std::string card_policy;  // likewise
  std::string mig_policy;
  OutputOptions output;
};

// Reads the whole file; `take` gets every entry with its line.
absl::Status ReadAll(const std::string& file,
                     const std::function<absl::Status(const Record&, uint64_t)>& take,
                     Replayed* replayed) {
  auto reader = recording::Reader::Open(file);
  if (!reader.ok()) return reader.status();
  Record record;
  while (true) {
    const absl::StatusOr<bool> there = (*reader)->Next(&record);
    if (!there.ok()) return there.status();
    if (!*there) break;
    const absl::Status taken = take(record, (*reader)->line());
    if (!taken.ok()) return (*reader)->AtLine(taken);
    replayed->recorded_seconds = std::chrono::duration<double>(record.at).count();
  }
  replayed->lines = (*reader)->line();
  replayed->warning = (*reader)->warning();
  return absl::OkStatus();
}

absl::StatusOr<std::string> Same(const Options& options, const scheduler::SchedulerOptions& rules,
                                 Replayed& replayed, int* code) {
  const auto began = std::chrono::steady_clock::now();
  Verifier verifier(rules);
  const absl::Status read = ReadAll(
      options.file,
      [&](const Record& record, uint64_t line) { return verifier.Take(record, line); }, &replayed);
  if (!read.ok()) return read;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  replayed.seconds = took.count();
  *code = verifier.findings().different() == 0 ? kExitOk : kExitNo;
  return ReplayText(replayed, verifier.findings(), options.output.form);
}

absl::StatusOr<std::string> Other(const Options& options, const scheduler::SchedulerOptions& rules,
                                  Replayed& replayed) {
  const auto began = std::chrono::steady_clock::now();
  Survey survey(rules.card_policy);
  absl::Status read = ReadAll(
      options.file, [&](const Record& record, uint64_t) { return survey.Take(record); }, &replayed);
  if (!read.ok()) return read;
  Rerun rerun(rules, survey.pods());
  read = ReadAll(
      options.file, [&](const Record& record, uint64_t) { return rerun.Take(record); }, &replayed);
  if (!read.ok()) return read;
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  replayed.seconds = took.count();
  return RerunText(replayed, rerun.Report(), options.output.form);
}

int Replay(const Options& options) {
  if (const absl::Status status = CheckWritable(options.output.file); !status.ok()) {
    return Fail(status);
  }
  Replayed replayed;
  {
    const auto reader = recording::Reader::Open(options.file);
    if (!reader.ok()) return Fail(reader.status());
    replayed.header = (*reader)->header();
  }
  std::map<std::string, std::string> changes;
  bool other = false;
  const auto choose = [&](const char* name, const std::string& given, std::string* chosen) {
    const auto recorded = replayed.header.settings.find(name);
    *chosen = recorded == replayed.header.settings.end() ? "" : recorded->second;
    if (given.empty() || given == *chosen) return;
    other = true;
    changes[name] = *chosen = given;
  };
  choose("node-policy", options.policy, &replayed.policy);
  choose("card-policy", options.card_policy, &replayed.card_policy);
  choose("mig-policy", options.mig_policy, &replayed.mig_policy);
  const auto rules = OptionsOfRecording(replayed.header.settings, changes);
  if (!rules.ok()) {
    return Fail(
        absl::InvalidArgumentError(absl::StrCat(options.file, ":1: ", rules.status().message())));
  }
  int code = kExitOk;
  const auto text =
      other ? Other(options, *rules, replayed) : Same(options, *rules, replayed, &code);
  if (!text.ok()) return Fail(text.status());
  if (!replayed.warning.empty()) {
    std::fprintf(stderr, "tangram simulate: warning: %s\n", replayed.warning.c_str());
  }
  if (const absl::Status status = Emit(*text, options.output.file); !status.ok()) {
    return Fail(status);
  }
  return code;
}

}  // namespace

Subcommand DefineReplay(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "replay", kAbout, kFooter);
  app->add_option("recording", options->file, "what serve --record wrote")
      ->option_text("FILE")
      ->required();
  app->add_option("--policy", options->policy,
                  "how nodes are chosen: binpack, spread, or one of those of run (default: as "
                  "recorded)")
      ->option_text("NAME");
  app->add_option("--card-policy", options->card_policy,
                  "how the cards of a node rank, as serve has it (default: as recorded)")
      ->option_text("POLICY");
  app->add_option("--mig-policy", options->mig_policy,
                  "where MIG instances are made, as serve has it (default: as recorded)")
      ->option_text("NAME");
  AddOutputOptions(app, &options->output);
  return {app, [options] { return Replay(*options); }};
}

}  // namespace tangram::api::cli::simulate
