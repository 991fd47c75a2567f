// The subcommand `run`: one workload, one order of arrival, one policy.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/cli/exit_code.h"
#include "api/cli/simulate/assertion.h"
#include "api/cli/simulate/events.h"
#include "api/cli/simulate/input.h"
#include "api/cli/simulate/interrupt.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/progress.h"
#include "api/cli/simulate/run_page.h"
#include "api/cli/simulate/run_report.h"
#include "api/cli/simulate/run_sheets.h"
#include "api/cli/simulate/subcommands.h"
#include "scheduler/simulation/run.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::Arrivals;
using scheduler::simulation::RunReport;
using scheduler::simulation::Workload;

constexpr std::string_view kAbout = "One workload, one order of arrival, one policy.";

constexpr std::string_view kFooter =
    R"(Pods arrive one after the other, are placed where the policy likes best or dropped, and never
leave. Printed are the pods placed and failed by class, and how much of the cluster's GPU is
allocated and how much is fragmented (FGD's measure) after every percent of GPU that arrived.

With --cluster or --kubeconfig the nodes are a dump, a scenario or a live cluster as it is: what its pods
leave of cards, CPU and memory is the cluster's GPU then. The pods may be manifests.

The trace is OpenB's: nodes sn,cpu_milli,memory_mib,gpu,model and pods
name,cpu_milli,memory_mib,num_gpu,gpu_milli[,gpu_spec].

Forms: table for people; json and yaml with everything; csv of the curves; md for an issue or a
merge request; html for a browser, one file with curves and a map of all cards.

An assertion is MEASURE COMPARISON NUMBER, with one of >= <= == != > <:
  allocated@X, fragmentation_ratio@X, fragmentation_amount@X
                                      percent when X percent of the GPU had arrived; X may be "last"
  served@CLASS, served_at_100@CLASS   percent; classes are cpu, share, 1, 2-4, 8
  placed_pods, failed_pods, cards_free, cards_touched

Ctrl-C ends the run and reports what arrived until then; a second one ends the program.

Exit codes:
  0    the run was made, and every assertion holds
  1    the run was made, and some assertion does not hold (stderr names it, with the value)
  2    wrong usage, or a file that cannot be read (the message names file, line and column)
  130  ended by Ctrl-C; the report says that it is partial

Examples:
  tangram simulate run --nodes nodes.csv --pods pods.csv --policy fgd --seed 7 --inflate 1.3
  tangram simulate run --cluster dump.json.gz --pods deployment.yaml --policy best-fit
  tangram simulate run --nodes nodes.csv --pods pods.csv --policy tangram -o html --out run.html
  tangram simulate run --nodes nodes.csv --pods pods.csv --inflate 1.3 \
      --assert "allocated@100>=96" --assert "served@8>=95")";

struct Options {
  InputOptions input;
  OutputOptions output;
  uint64_t seed = 1;
  std::string policy = "fgd";
  std::string events;  // file; empty: none
  std::vector<std::string> assertions;
};

// What a run is of, and what came out.
struct Done {
  const Workload& workload;
  const Arrivals& arrivals;
  const RunReport& report;
  double seconds = 0;
};

std::string Text(const Done& done, const Options& options) {
  const auto json = [&] {
    return RunJson(done.workload, done.arrivals, done.report, done.seconds, options.input.workload);
  };
  switch (options.output.form) {
    case Form::kJson:
      return JsonText(json());
    case Form::kYaml:
      return YamlText(json());
    case Form::kCsv:
      return AsCsv(CurveSheet(done.report, 1, /*exact=*/true));
    case Form::kMarkdown:
      return RunMarkdown(done.workload, done.arrivals, done.report);
    case Form::kHtml:
      return RunPage(done.workload, done.arrivals, done.report);
    case Form::kTable:
      return RunTable(done.report, done.seconds);
  }
  return "";
}

absl::StatusOr<std::vector<Assertion>> ParseAll(const std::vector<std::string>& texts) {
  std::vector<Assertion> assertions;
  for (const std::string& text : texts) {
    auto assertion = ParseAssertion(text);
    if (!assertion.ok()) return assertion.status();
    assertions.push_back(*std::move(assertion));
  }
  return assertions;
}

// Writes report and events, and says how it went.
int Report(const Done& done, const Options& options, const std::vector<Assertion>& assertions) {
  if (!options.events.empty()) {
    const absl::Status status =
        Emit(EventLines(done.workload, done.arrivals, done.report), options.events);
    if (!status.ok()) return Fail(status);
  }
  if (const absl::Status status = Emit(Text(done, options), options.output.file); !status.ok()) {
    return Fail(status);
  }
  if (done.report.partial) {
    std::fprintf(stderr, "tangram simulate: interrupted. %s%s\n",
                 PartialSentence(done.arrivals, done.report).c_str(),
                 assertions.empty() ? "" : " No assertion was checked.");
    return kExitInterrupted;
  }
  int code = kExitOk;
  for (const Assertion& assertion : assertions) {
    const absl::Status status = CheckAssertion(assertion, done.report);
    if (status.ok()) continue;
    Fail(status);
    code = kExitNo;
  }
  return code;
}

int Run(const Options& options) {
  const auto assertions = ParseAll(options.assertions);
  if (!assertions.ok()) return Fail(assertions.status());
  for (const std::string& file : {options.output.file, options.events}) {
    if (const absl::Status status = CheckWritable(file); !status.ok()) return Fail(status);
  }
  const auto workload = ReadWorkload(options.input);
  if (!workload.ok()) return Fail(workload.status());
  const auto arrivals = ReadOrder(options.input, options.seed, *workload);
  if (!arrivals.ok()) return Fail(arrivals.status());
  const auto known = ReadKnowledge(options.input, *workload);
  if (!known.ok()) return Fail(known.status());
  Interrupt interrupt;
  const auto began = std::chrono::steady_clock::now();
  const auto report = [&] {
    Progress progress(arrivals->pods.size());
    return scheduler::simulation::Simulate(*workload, *arrivals, options.policy, *known,
                                           ForesightOf(options.input), [&](size_t arrived) {
                                             if (arrived > 0) progress.Add(1);
                                             return !interrupt.came();
                                           });
  }();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  if (!report.ok()) return Fail(report.status());
  return Report({*workload, *arrivals, *report, took.count()}, options, *assertions);
}

}  // namespace

Subcommand DefineRun(CLI::App& simulate) {
  const auto options = std::make_shared<Options>();
  CLI::App* app = AddCommand(simulate, "run", kAbout, kFooter);
  AddInputOptions(app, &options->input);
  app->add_option("--seed,--seeds", options->seed,
                  "which order of the file, or of our own (default: 1)")
      ->option_text("N");
  app->add_option("--policy,--policies", options->policy, PolicyHelp() + " (default: fgd)")
      ->option_text("NAME");
  AddOutputOptions(app, &options->output);
  app->add_option("--events", options->events, "write every decision there, JSON lines")
      ->option_text("FILE");
  app->add_option("--assert", options->assertions,
                  "what the run must come to, as \"allocated@100>=96\"; repeatable")
      ->option_text("WORDS")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  return {app, [options] { return Run(*options); }};
}

}  // namespace tangram::api::cli::simulate
