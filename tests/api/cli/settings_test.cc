// The layers of the configuration: which value counts, and what is said about a wrong one.
#include <cstdio>
#include <string>
#include <vector>

#include "api/cli/config_file.h"
#include "api/cli/serve_options.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::string Message(const absl::Status& status) { return std::string(status.message()); }

class SettingsTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& text) { return folder_.Write("tangram.yaml", text); }

  const tangram::testing::TempDir folder_;
};

TEST_F(SettingsTest, FlagBeforeEnvironmentBeforeFileBeforeDefault) {
  struct Case {
    bool flag, environment, file;
    const char* value;
    const char* source;
  };
  const std::string file = Write("settle: 3s\n");
  for (const Case& c :
       {Case{true, true, true, "1s", "--settle"}, Case{true, false, true, "1s", "--settle"},
        Case{true, true, false, "1s", "--settle"},
        Case{false, true, true, "2500ms", "TANGRAM_SETTLE"},
        Case{false, true, false, "2500ms", "TANGRAM_SETTLE"},
        Case{false, false, true, "3s", "FILE:1"}, Case{false, false, false, "60s", "default"}}) {
    Layers layers;
    if (c.flag) layers.flags["settle"] = "1s";
    if (c.environment) layers.environment.emplace_back("TANGRAM_SETTLE", "2500ms");
    if (c.file) layers.flags["config"] = file;
    const auto resolved = ResolveSettings(layers);
    ASSERT_TRUE(resolved.ok()) << resolved.status();
    const Setting& setting = resolved->settings.find("settle")->second;
    EXPECT_EQ(setting.value, c.value);
    EXPECT_EQ(setting.source, std::string(c.source) == "FILE:1" ? file + ":1" : c.source);
  }
}

TEST_F(SettingsTest, EveryOptionCanBeGivenInEveryLayer) {
  for (const OptionRow& row : ServeOptionTable()) {
    Layers by_environment;
    by_environment.environment.emplace_back(EnvironmentName(row.name), "x");
    if (row.name == "config") continue;
    const auto environment = ResolveSettings(by_environment);
    ASSERT_TRUE(environment.ok()) << row.name;
    EXPECT_EQ(environment->settings.find(row.name)->second.value, "x");
    Layers by_file;
    by_file.flags["config"] = Write(std::string(row.name) + ": x\n");
    const auto file = ResolveSettings(by_file);
    ASSERT_TRUE(file.ok()) << row.name;
    EXPECT_EQ(file->settings.find(row.name)->second.value, "x");
  }
}

TEST_F(SettingsTest, FileCanBeNamedByTheEnvironment) {
  Layers layers;
  layers.environment.emplace_back("TANGRAM_CONFIG", Write("node-policy: spread\n"));
  const auto resolved = ResolveSettings(layers);
  ASSERT_TRUE(resolved.ok());
  EXPECT_EQ(resolved->settings.find("node-policy")->second.value, "spread");
}

TEST_F(SettingsTest, UnknownKeyNamesTheNearest) {
  Layers layers;
  layers.flags["config"] = Write("listen: 127.0.0.1:1\nnode-polcy: spread\n");
  const auto resolved = ResolveSettings(layers);
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(
      Message(resolved.status()),
      folder_.File("tangram.yaml") + ":2: unknown key \"node-polcy\"; did you mean node-policy?");
}

TEST_F(SettingsTest, MisspeltVariableIsAnError) {
  Layers layers;
  layers.environment.emplace_back("TANGRAM_NODE_POLCY", "spread");
  const auto resolved = ResolveSettings(layers);
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(Message(resolved.status()),
            "unknown environment variable TANGRAM_NODE_POLCY; did you mean TANGRAM_NODE_POLICY?");
}

TEST_F(SettingsTest, OtherVariablesWarnOrPass) {
  Layers layers;
  layers.environment = {{"TANGRAM_SERVICE_HOST", "10.0.0.1"},
                        {"TANGRAM_SERVICE_PORT", "9440"},
                        {"TANGRAM_SERVICE_PORT_HTTP", "9440"},
                        {"TANGRAM_PORT", "tcp://10.0.0.1:9440"},
                        {"TANGRAM_PORT_9440_TCP", "tcp://10.0.0.1:9440"},
                        {"TANGRAM_PORT_9440_TCP_ADDR", "10.0.0.1"},
                        {"TANGRAM_DATA_DIR", "/data"},
                        {"PATH", "/bin"},
                        {"TANGRAM_COLOUR_OF_THE_SKY", "blue"}};
  const auto resolved = ResolveSettings(layers);
  ASSERT_TRUE(resolved.ok()) << resolved.status();
  EXPECT_THAT(resolved->warnings, ElementsAre(HasSubstr("TANGRAM_COLOUR_OF_THE_SKY")));
}

TEST_F(SettingsTest, EmptyVariableCountsAsNotSet) {
  Layers layers;
  layers.environment.emplace_back("TANGRAM_SETTLE", "");
  EXPECT_EQ(ResolveSettings(layers)->settings.find("settle")->second.source, "default");
}

TEST_F(SettingsTest, MissingFileIsNamed) {
  Layers layers;
  layers.flags["config"] = "/nowhere/tangram.yaml";
  const auto resolved = ResolveSettings(layers);
  ASSERT_FALSE(resolved.ok());
  EXPECT_EQ(Message(resolved.status()),
            "cannot read /nowhere/tangram.yaml: No such file or directory");
}

TEST_F(SettingsTest, PrintedConfigurationReadsBack) {
  Layers layers;
  layers.flags["node-policy"] = "spread";
  layers.environment.emplace_back("TANGRAM_KUBECONFIG", "/a \"b\"\\c");
  const auto resolved = ResolveSettings(layers);
  ASSERT_TRUE(resolved.ok());
  Layers again;
  again.flags["config"] = Write(PrintSettings(resolved->settings));
  const auto read = ResolveSettings(again);
  ASSERT_TRUE(read.ok()) << read.status();
  for (const auto& [name, setting] : resolved->settings) {
    if (name == "config") continue;
    EXPECT_EQ(read->settings.find(name)->second.value, setting.value) << name;
  }
}

struct BadFile {
  const char* name;
  const char* text;
  const char* error;
};

class BadFileTest : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadFileTest, IsRefusedWithLine) {
  const std::vector<std::string_view> known = {"listen", "settle"};
  const auto entries = ParseConfig(GetParam().text, "f.yaml", known);
  ASSERT_FALSE(entries.ok());
  EXPECT_THAT(Message(entries.status()), HasSubstr(GetParam().error));
}

INSTANTIATE_TEST_SUITE_P(
    SettingsTest, BadFileTest,
    ::testing::Values(BadFile{"List", "- listen\n", "f.yaml:1: is no mapping"},
                      BadFile{"Scalar", "listen\n", "f.yaml:1: is no mapping"},
                      BadFile{"Twice", "listen: a\nsettle: 1s\nlisten: b\n",
                              "f.yaml:3: key \"listen\" again, it is on line 1"},
                      BadFile{"NoValue", "listen:\n", "f.yaml:1: key \"listen\" needs one value"},
                      BadFile{"Nested", "listen:\n  address: a\n",
                              "f.yaml:1: key \"listen\" needs one value"},
                      BadFile{"ListValue", "listen: [a, b]\n", "key \"listen\" needs one value"},
                      BadFile{"Broken", "listen: [x\n", "f.yaml:2: end of sequence"},
                      BadFile{"TwoDocuments", "listen: a\n---\nsettle: 1s\n", "a second document"},
                      BadFile{"OddKey", "[a]: b\n", "a key must be a word"}),
    [](const auto& test) { return test.param.name; });

TEST(ConfigFileTest, ValuesStayAsWritten) {
  const std::vector<std::string_view> known = {"a", "b", "c", "d"};
  const auto entries = ParseConfig("a: no\nb: 010\nc: 'x y'\nd: 1e3 # why\n", "f", known);
  ASSERT_TRUE(entries.ok());
  ASSERT_EQ(entries->size(), 4u);
  EXPECT_EQ((*entries)[0].value, "no");
  EXPECT_EQ((*entries)[1].value, "010");
  EXPECT_EQ((*entries)[2].value, "x y");
  EXPECT_EQ((*entries)[3].value, "1e3");
  EXPECT_EQ((*entries)[3].line, 4);
}

TEST(ConfigFileTest, EmptyFileHasNoEntries) {
  for (const char* text : {"", "# nothing\n", "---\n"}) {
    const auto entries = ParseConfig(text, "f", {});
    ASSERT_TRUE(entries.ok()) << text;
    EXPECT_THAT(*entries, IsEmpty());
  }
}

}  // namespace
}  // namespace tangram::api::cli
