// See command_line.h.
#include "api/cli/command_line.h"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "api/cli/choice.h"
#include "api/cli/exit_code.h"
#include "api/cli/help_texts.h"
#include "api/cli/serve_options.h"
#include "api/cli/simulate/subcommands.h"
#include "api/cli/values.h"
#include "model/string_map.h"

namespace tangram::api::cli {
namespace {

using model::ToAbsl;
using simulate::AddCommand;

constexpr size_t kHelpColumn = 32;
constexpr char kContextHelp[] =
    "context of the kubeconfig (without --kubeconfig: of kubectl's own)";

// Everything that CLI11 writes into, and the commands that it knows.
struct Words {
  CLI::App app{std::string(kAbout), "tangram"};
  CLI::App* serve_app = nullptr;
  CLI::App* submit_app = nullptr;
  CLI::App* top_app = nullptr;
  CLI::App* explain_app = nullptr;
  CLI::App* simulate_app = nullptr;
  CLI::App* config_app = nullptr;
  CLI::App* scheduler_config_app = nullptr;
  CLI::App* version_app = nullptr;
  bool version_flag = false;
  std::map<std::string, std::string> serve_values;
  ServeCommand serve;
  SubmitCommand submit;
  TopCommand top;
  ExplainCommand explain;
  bool explain_mig = false;
  std::vector<simulate::Subcommand> simulations;
  SchedulerConfigCommand scheduler_config;
  VersionCommand version;
};

// Marks what a command cannot do without, also where an option says what it takes.
class HelpFormatter final : public CLI::Formatter {
 public:
  std::string make_option_opts(const CLI::Option* option) const override {
    std::string text = CLI::Formatter::make_option_opts(option);
    const bool said = text.find(get_label("REQUIRED")) != std::string::npos;
    if (option->get_required() && !said) absl::StrAppend(&text, " ", get_label("REQUIRED"));
    return text;
  }
};

void AddOutput(CLI::App* command, OutputForm& output) {
  AddChoice<OutputForm>(command, "-o,--output", output,
                        {{"table", OutputForm::kTable}, {"json", OutputForm::kJson}},
                        "table or json (default: table)")
      ->option_text("FORM");
}

void DefineServe(Words& words) {
  words.serve_app = AddCommand(words.app, "serve", kServeAbout, kServeFooter);
  for (const OptionRow& row : ServeOptionTable()) {
    std::string help(row.help);
    if (!row.default_value.empty() && !row.value.empty()) {
      absl::StrAppend(&help, " (default: ", ToAbsl(row.default_value), ")");
    }
    const std::string flag = absl::StrCat("--", ToAbsl(row.name));
    std::string& value = words.serve_values[std::string(row.name)];
    if (row.value.empty()) {
      words.serve_app->add_flag(flag, value, help)->option_text("");
    } else {
      words.serve_app->add_option(flag, value, help)->option_text(std::string(row.value));
    }
  }
  words.serve_app->add_flag("--print-config", words.serve.print_config,
                            "print the resulting configuration with the source of each value");
  words.serve_app->add_flag("--check-config", words.serve.check_config,
                            "check the configuration and stop");
}

void DefineSubmit(Words& words) {
  SubmitCommand& submit = words.submit;
  submit.url = kDefaultUrl;
  words.submit_app = AddCommand(words.app, "submit", kSubmitAbout, kSubmitFooter);
  words.submit_app
      ->add_option("--url", submit.url, absl::StrCat("extender (default: ", submit.url, ")"))
      ->option_text("URL");
  words.submit_app
      ->add_option("-f,--file", submit.files, "pods to place, YAML or JSON; - is stdin; repeatable")
      ->option_text("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  words.submit_app
      ->add_option("--nodes", submit.nodes, "nodes to offer, with commas (default: all of URL/top)")
      ->option_text("NAME,...")
      ->delimiter(',');
  words.submit_app
      ->add_option("--delete", submit.deletions,
                   "free a pod first (serve --cluster only); repeatable")
      ->option_text("NAMESPACE/NAME")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  AddOutput(words.submit_app, submit.output);
}

void DefineTop(Words& words) {
  TopCommand& top = words.top;
  words.top_app = AddCommand(words.app, "top", kTopAbout, kTopFooter);
  const std::string url_help =
      absl::StrCat("a running server (default: ", ToAbsl(kDefaultUrl), ")");
  auto* url = words.top_app->add_option("--url", top.url, url_help)->option_text("URL");
  auto* cluster =
      words.top_app
          ->add_option("--cluster", top.cluster, "a file and its journal, without a server")
          ->option_text("FILE");
  auto* kubeconfig =
      words.top_app->add_option("--kubeconfig", top.kubeconfig, "an API server, asked once")
          ->option_text("FILE");
  auto* context =
      words.top_app->add_option("--context", top.context, kContextHelp)->option_text("NAME");
  url->excludes(cluster)->excludes(kubeconfig)->excludes(context);
  cluster->excludes(kubeconfig)->excludes(context);
  AddOutput(words.top_app, top.output);
}

void DefineExplain(Words& words) {
  ExplainCommand& explain = words.explain;
  explain.url = kDefaultUrl;
  words.explain_app = AddCommand(words.app, "explain", kExplainAbout, kExplainFooter);
  words.explain_app->add_flag("--mig", words.explain_mig,
                              "how to cut MIG cards for the pods that wait");
  words.explain_app
      ->add_option("--url", explain.url,
                   absl::StrCat("a running server (default: ", explain.url, ")"))
      ->option_text("URL");
  AddChoice<OutputForm>(
      words.explain_app, "-o,--output", explain.output,
      {{"table", OutputForm::kTable}, {"json", OutputForm::kJson}, {"yaml", OutputForm::kYaml}},
      "table, json, or yaml for a configuration of mig-parted (default: table)")
      ->option_text("FORM");
}

void DefineSimulate(Words& words) {
  words.simulate_app = AddCommand(words.app, "simulate", kSimulateAbout, kSimulateFooter);
  words.simulate_app->require_subcommand(0, 1);
  words.simulations = simulate::DefineSubcommands(*words.simulate_app);
}

void DefineConfig(Words& words) {
  SchedulerConfigCommand& config = words.scheduler_config;
  words.config_app = AddCommand(words.app, "config", kConfigAbout, "");
  words.config_app->require_subcommand(0, 1);
  words.scheduler_config_app = AddCommand(*words.config_app, "kube-scheduler",
                                          kSchedulerConfigAbout, kSchedulerConfigFooter);
  CLI::App& app = *words.scheduler_config_app;
  AddChoice<bool>(&app, "--layout", config.second_scheduler, {{"default", false}, {"second", true}},
                  "default: the cluster's own scheduler; second: one beside it (default: default)")
      ->option_text("WORD");
  auto* cluster =
      app.add_option("--cluster", config.cluster, "names found in a file, as simulate reads it")
          ->option_text("FILE");
  auto* kubeconfig =
      app.add_option("--kubeconfig", config.kubeconfig, "names found in an API server, asked once")
          ->option_text("FILE");
  auto* context = app.add_option("--context", config.context, kContextHelp)->option_text("NAME");
  cluster->excludes(kubeconfig)->excludes(context);
}

std::unique_ptr<Words> DefineWords() {
  auto words = std::make_unique<Words>();
  words->app.require_subcommand(0, 1);
  words->app.footer(std::string(kMainFooter));
  words->app.formatter(std::make_shared<HelpFormatter>());
  words->app.get_formatter()->column_width(kHelpColumn);
  words->app.add_flag("--version", words->version_flag, "print the version and stop");
  DefineServe(*words);
  DefineSubmit(*words);
  DefineTop(*words);
  DefineExplain(*words);
  DefineSimulate(*words);
  DefineConfig(*words);
  words->version_app = AddCommand(words->app, "version", "Print the version.", "");
  words->version_app
      ->add_option("--url", words->version.url,
                   "ask a running server: answers as long as it lives, also as a liveness probe")
      ->option_text("URL");
  AddOutput(words->version_app, words->version.output);
  return words;
}

// The command that was named, else the program itself.
CLI::App& Named(Words& words) {
  CLI::App* named = &words.app;
  while (!named->get_subcommands().empty()) named = named->get_subcommands().front();
  return *named;
}

// What to say to a word that nobody knows: the nearest that somebody does.
std::string Suggestion(Words& words, const std::vector<std::string>& unknown) {
  if (unknown.empty()) return "";
  const std::string word = unknown.front().substr(0, unknown.front().find('='));
  std::vector<std::string> names;
  if (word.starts_with('-')) {
    for (const CLI::Option* option : Named(words).get_options()) {
      for (const std::string& name : option->get_lnames()) {
        names.push_back(absl::StrCat("--", name));
      }
    }
  } else {
    for (const CLI::App* command : Named(words).get_subcommands({})) {
      names.push_back(command->get_name());
    }
  }
  const std::vector<std::string_view> views(names.begin(), names.end());
  const std::string nearest = DidYouMean(word, views);
  const bool command = !word.starts_with('-') && !names.empty();
  return absl::StrCat("unknown: ", word,
                      nearest.empty() && command ? "; there are " + JoinWords(views) : nearest);
}

Leave Refuse(Words& words, const std::string& what) {
  std::string command;
  for (const CLI::App* app = &Named(words); app != &words.app; app = app->get_parent()) {
    command = absl::StrCat(app->get_name(), " ", command);
  }
  return {kExitUsage, absl::StrCat("tangram: ", what, "\nSee: tangram ", command, "--help\n")};
}

// The serve options that were given, in the table's spelling.
void CollectServeFlags(Words& words) {
  for (const auto& [name, value] : words.serve_values) {
    if (words.serve_app->count(absl::StrCat("--", name)) > 0) words.serve.flags[name] = value;
  }
}

Command Chosen(Words& words) {
  if (words.version_flag) return words.version;
  if (words.serve_app->parsed()) {
    CollectServeFlags(words);
    return words.serve;
  }
  if (words.submit_app->parsed()) {
    if (words.submit.files.empty() && words.submit.deletions.empty()) {
      return Refuse(words, "submit needs -f FILE or --delete NAMESPACE/NAME");
    }
    return words.submit;
  }
  if (words.top_app->parsed()) {
    TopCommand& top = words.top;
    const bool elsewhere = !top.cluster.empty() || !top.kubeconfig.empty() || !top.context.empty();
    if (top.url.empty() && !elsewhere) top.url = kDefaultUrl;
    return top;
  }
  if (words.explain_app->parsed()) {
    if (!words.explain_mig) return Refuse(words, "explain needs --mig");
    return words.explain;
  }
  for (const simulate::Subcommand& simulation : words.simulations) {
    if (simulation.app->parsed()) return SimulateCommand{simulation.run};
  }
  if (words.simulate_app->parsed()) return Leave{kExitUsage, words.simulate_app->help()};
  if (words.scheduler_config_app->parsed()) return words.scheduler_config;
  if (words.config_app->parsed()) return Leave{kExitUsage, words.config_app->help()};
  if (words.version_app->parsed()) return words.version;
  return Leave{kExitUsage, words.app.help()};
}

}  // namespace

Command ParseCommandLine(std::vector<std::string> arguments) {
  const std::unique_ptr<Words> words = DefineWords();
  // CLI11 takes them from the back.
  std::reverse(arguments.begin(), arguments.end());
  try {
    words->app.parse(std::move(arguments));
    return Chosen(*words);
  } catch (const CLI::CallForHelp&) {
    // A chosen command writes its own help here.
    return Leave{kExitOk, words->app.help()};
  } catch (const CLI::ExtrasError&) {
    return Refuse(*words, Suggestion(*words, words->app.remaining(true)));
  } catch (const CLI::Error& error) {
    return Refuse(*words, error.what());
  }
}

}  // namespace tangram::api::cli
