// The words of the command line: what each command gets, and what wrong words get.
#include "api/cli/command_line.h"

#include <string>
#include <variant>
#include <vector>

#include "api/cli/serve_options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

template <typename T>
T Parsed(const std::vector<std::string>& words) {
  Command command = ParseCommandLine(words);
  if (const auto* leave = std::get_if<Leave>(&command); leave != nullptr) {
    if constexpr (!std::is_same_v<T, Leave>) ADD_FAILURE() << leave->text;
  }
  if (!std::holds_alternative<T>(command)) {
    ADD_FAILURE() << "another command: " << command.index();
    return T();
  }
  return std::get<T>(command);
}

TEST(CommandLineTest, ServeGetsOnlyTheFlagsGiven) {
  const auto serve = Parsed<ServeCommand>(
      {"serve", "--node-policy", "spread", "--hold-ttl=3s", "--allow-old-server", "--cluster", ""});
  EXPECT_EQ(serve.flags,
            (std::map<std::string, std::string, std::less<>>{{"node-policy", "spread"},
                                                             {"hold-ttl", "3s"},
                                                             {"allow-old-server", "true"},
                                                             {"cluster", ""}}));
  EXPECT_FALSE(serve.check_config);
  EXPECT_TRUE(Parsed<ServeCommand>({"serve"}).flags.empty());
  EXPECT_TRUE(Parsed<ServeCommand>({"serve", "--check-config"}).check_config);
  EXPECT_TRUE(Parsed<ServeCommand>({"serve", "--print-config"}).print_config);
}

TEST(CommandLineTest, EveryOptionIsAFlag) {
  for (const OptionRow& row : ServeOptionTable()) {
    const std::string flag = "--" + std::string(row.name) + (row.value.empty() ? "" : "=x");
    EXPECT_EQ(Parsed<ServeCommand>({"serve", flag}).flags.count(row.name), 1u) << flag;
  }
}

TEST(CommandLineTest, SubmitTakesFilesNodesAndDeletions) {
  const auto submit =
      Parsed<SubmitCommand>({"submit", "--url", "http://h:1", "-f", "a.yaml", "-f", "-", "--nodes",
                             "n1,n2", "--delete", "d/a", "--delete", "d/b", "-o", "json"});
  EXPECT_EQ(submit.url, "http://h:1");
  EXPECT_THAT(submit.files, ElementsAre("a.yaml", "-"));
  EXPECT_THAT(submit.nodes, ElementsAre("n1", "n2"));
  EXPECT_THAT(submit.deletions, ElementsAre("d/a", "d/b"));
  EXPECT_EQ(submit.output, OutputForm::kJson);
  EXPECT_EQ(Parsed<SubmitCommand>({"submit", "-f", "x"}).url, kDefaultUrl);
}

TEST(CommandLineTest, TopAsksTheDefaultServerUnlessTold) {
  EXPECT_EQ(Parsed<TopCommand>({"top"}).url, kDefaultUrl);
  const auto file = Parsed<TopCommand>({"top", "--cluster", "f", "--output", "json"});
  EXPECT_EQ(file.cluster, "f");
  EXPECT_EQ(file.url, "");
  EXPECT_EQ(file.output, OutputForm::kJson);
  EXPECT_EQ(Parsed<TopCommand>({"top", "--kubeconfig", "k", "--context", "c"}).context, "c");
}

TEST(CommandLineTest, VersionIsACommandAndAFlag) {
  EXPECT_EQ(Parsed<VersionCommand>({"version"}).output, OutputForm::kTable);
  EXPECT_EQ(Parsed<VersionCommand>({"--version"}).output, OutputForm::kTable);
  EXPECT_EQ(Parsed<VersionCommand>({"version", "-o", "json"}).output, OutputForm::kJson);
  EXPECT_EQ(Parsed<VersionCommand>({"version", "--url", "http://h:1"}).url, "http://h:1");
}

TEST(CommandLineTest, HelpIsForStdoutWithCodeZero) {
  struct Case {
    std::vector<std::string> words;
    std::vector<std::string> contains;
  };
  for (const Case& c :
       {Case{{"--help"}, {"serve", "submit", "top", "version", "Examples:"}},
        Case{{"serve", "--help"},
             {"tangram serve", "--node-policy POLICY", "Exit codes:", "TANGRAM_NODE_POLICY",
              "(default: 25s)"}},
        Case{{"submit", "-h"}, {"--delete NAMESPACE/NAME", "Exit codes:", "Examples:"}},
        Case{{"explain", "--help"}, {"--mig", "mig-parted", "Examples:"}},
        Case{{"top", "--help"}, {"--kubeconfig FILE", "NO_COLOR", "Examples:"}}}) {
    const auto leave = Parsed<Leave>(c.words);
    EXPECT_EQ(leave.code, 0);
    for (const std::string& text : c.contains) EXPECT_THAT(leave.text, HasSubstr(text));
  }
}

TEST(CommandLineTest, EveryServeOptionIsInTheHelp) {
  const auto leave = Parsed<Leave>({"serve", "--help"});
  for (const OptionRow& row : ServeOptionTable()) {
    EXPECT_THAT(leave.text, HasSubstr("--" + std::string(row.name)));
  }
}

TEST(CommandLineTest, WrongWordsAreCodeTwoAndNameTheNearest) {
  struct Case {
    std::vector<std::string> words;
    const char* error;
  };
  for (const Case& c :
       {Case{{"serve", "--node-polcy", "spread"},
             "unknown: --node-polcy; did you mean --node-policy?"},
        Case{{"serve", "--setle=1s"}, "unknown: --setle; did you mean --settle?"},
        Case{{"sreve"}, "unknown: sreve; did you mean serve?"},
        Case{{"submit", "--fiel", "x"}, "did you mean --file?"},
        Case{{"submit"}, "submit needs -f FILE or --delete NAMESPACE/NAME"},
        Case{{"serve", "--listen"}, "--listen"},
        Case{{"serve", "--listen", "a", "--listen", "b"}, "--listen"},
        Case{{"top", "--output", "xml"}, "--output: \"xml\" is none; there are table, json"},
        Case{{"explain"}, "explain needs --mig"},
        Case{{"simulate", "rum"}, "unknown: rum; did you mean run?"},
        Case{{"pending"}, "unknown: pending; there are serve, submit, top, explain, simulate, "},
        Case{{"top", "--frobnicate"}, "unknown: --frobnicate\n"},
        Case{{"explain", "--mig", "--output", "xml"}, "xml"},
        Case{{"top", "--url", "u", "--cluster", "f"}, "--cluster"},
        Case{{"top", "--context", "c", "--cluster", "f"}, "--context"},
        Case{{"simulate", "run", "--polcy", "x"}, "See: tangram simulate run --help"},
        Case{{}, "Usage:"}}) {
    const auto leave = Parsed<Leave>(c.words);
    EXPECT_EQ(leave.code, 2) << c.error;
    EXPECT_THAT(leave.text, HasSubstr(c.error));
  }
}

}  // namespace
}  // namespace tangram::api::cli
