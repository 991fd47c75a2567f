// Texts of any form and in any state as documents: none is lost, none is made up.
#include "api/manifests/documents.h"

#include <string>
#include <vector>

#include "api/manifests/json_scan.h"
#include "api/manifests/utf8.h"
#include "api/manifests/yaml_json.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::manifests {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The documents as JSON.
std::vector<std::string> Read(const std::string& text,
                              std::vector<std::string>* warnings = nullptr) {
  std::vector<std::string> all;
  const auto add = [&all](const Document& document) {
    all.emplace_back(document.json);
    return absl::OkStatus();
  };
  const absl::Status status = ForEachDocument(text, "f", {{}, warnings}, add);
  EXPECT_TRUE(status.ok()) << status;
  return all;
}

std::string Error(const std::string& text) {
  const auto documents = ParseDocuments(text, "f");
  EXPECT_FALSE(documents.ok()) << text;
  return std::string(documents.status().message());
}

TEST(DocumentsTest, JsonValuesFollowOneAnotherWithAndWithoutSeparators) {
  EXPECT_THAT(Read("{\"a\":1}\n{\"b\":[2]}"), ElementsAre("{\"a\":1}", "{\"b\":[2]}"));
  EXPECT_THAT(Read("{}{}\n---\n[1]\n...\n{\"c\":3} # end\n"),
              ElementsAre("{}", "{}", "[1]", "{\"c\":3}"));
}

TEST(DocumentsTest, YamlOfBothStylesStandsBetweenSeparators) {
  EXPECT_THAT(Read("%YAML 1.2\n---\na: 1\n---\n{b: x}\n--- # nothing\n---\n{\"c\": 3}\n"),
              ElementsAre("{\"a\":1}", "{\"b\":\"x\"}", "{\"c\": 3}"));
  EXPECT_THAT(Read("# only a remark\n---\n\n"), IsEmpty());
  EXPECT_THAT(Read("a: |\n  ---\n  {x\nb: '---'\n"),
              ElementsAre("{\"a\":\"---\\n{x\\n\",\"b\":\"---\"}"));
}

TEST(DocumentsTest, FlowStyleThatBeginsLikeJsonIsYaml) {
  EXPECT_THAT(Read("{\"kind\": Pod, name: it's}"),
              ElementsAre("{\"kind\":\"Pod\",\"name\":\"it's\"}"));
}

TEST(DocumentsTest, LogsBetweenJsonValuesArePassedOverWithAWarning) {
  std::vector<std::string> warnings;
  EXPECT_THAT(Read("{}\n==== START logs for container c of pod a/b ====\n{ \"no json\n---\n"
                   "==== END logs ====\n[]\nCluster info dumped to standard output\n",
                   &warnings),
              ElementsAre("{}", "[]"));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("1 containers")));
  EXPECT_THAT(Error("{}\n==== START logs for container c of pod a/b ====\nx\n"),
              HasSubstr("f:2: the text ends early"));
}

TEST(DocumentsTest, TextAroundDocumentsIsNamedWithItsLine) {
  EXPECT_THAT(Error("{\"a\": 1}\nE1130 memcache.go: no group list\n"),
              HasSubstr("f:2: text follows where a document is over: \"E1130 memcache"));
  EXPECT_THAT(Error("W0301 10:00:00.1 1 x.go:2] cannot list: refused\n{\n\"a\": 1\n}\n"),
              HasSubstr("f:1: \"W0301 10:00:00.1 1 x.go:2] cannot list: refused\" is neither"));
  EXPECT_THAT(Error("a: 1\nb:\n  c: 2\nE0301 10:00:00.1 1 x.go:2] lost: x\nd: e: f\n"),
              HasSubstr("f:4: \"E0301"));
  EXPECT_THAT(Error("error: refused: by peer\n{\n\"a\": 1\n}\n"),
              HasSubstr("JSON begins in line 2"));
}

TEST(DocumentsTest, BrokenJsonIsNamedWithLineAndWhatIsWrong) {
  EXPECT_THAT(
      Error("{\n\"a\": [1,\n2\n"),
      HasSubstr("f:4: the text ends early, in the middle of an array that begins in line 2"));
  EXPECT_THAT(Error("{\"a\": \"x"), HasSubstr("in the middle of a string"));
  EXPECT_THAT(Error("{}\n{\"a\":\n \"x\n\"}"), HasSubstr("f:3: a string that begins in this line"));
  EXPECT_THAT(Error("{\"a\":\n1]"), HasSubstr("f:2: \"]\" closes nothing"));
  EXPECT_THAT(Error("{\"a\": 1,\n\"b\" 2}"), HasSubstr("f:2: "));
}

TEST(DocumentsTest, BrokenYamlIsNamedWithLineAndWhatIsWrong) {
  EXPECT_THAT(Error("a: 1\nb: \"x\n"), HasSubstr("f:"));
  EXPECT_THAT(Error("a: 1\n---\nb: 2\nb: 3\n"), HasSubstr("f:4: key \"b\" again"));
  EXPECT_THAT(
      Error("kind: List\nitems: []\nkind: List\n"),
      HasSubstr("f:3: key \"kind\" again: a second list or object begins here, and the line "
                "\"---\" is missing"));
  EXPECT_THAT(Error(std::string("a: 1\nb: x\0y\n", 12)), HasSubstr("f:2: control characters"));
  EXPECT_THAT(Error("a: *b\n"), HasSubstr("alias \"b\" of nothing"));
  EXPECT_THAT(Error("a: &a [*a]\n"), HasSubstr("alias \"a\" of nothing"));
}

TEST(DocumentsTest, NestingIsBoundedInEveryForm) {
  const std::string open(100'000, '[');
  EXPECT_THAT(Error(open + std::string(100'000, ']')), HasSubstr("more than 500"));
  EXPECT_THAT(Error("a: " + open), HasSubstr("more than 500"));
  std::string block;
  for (size_t i = 0; i < 600; ++i) block += std::string(i, ' ') + "a:\n";
  EXPECT_THAT(Error(block), HasSubstr("more than 500"));
  std::string aliases = "a0: &a0 [x]\n";
  for (int i = 1; i < 600; ++i) {
    const std::string now = std::to_string(i);
    aliases += "a" + now + ": &a" + now + " [*a" + std::to_string(i - 1) + "]\n";
  }
  EXPECT_THAT(Error(aliases), HasSubstr("more than 500"));
}

TEST(DocumentsTest, ManyKeysAreReadInTimeAndAreStillToldApart) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) text += "k" + std::to_string(i) + ": 1\n";
  EXPECT_TRUE(ParseDocuments(text, "f").ok());
  EXPECT_THAT(Error(text + "k77777: 2\n"), HasSubstr("f:100001: key \"k77777\" again"));
}

TEST(DocumentsTest, BytesThatAreNoUtf8AreReplacedWithAWarningThatNamesTheLine) {
  std::vector<std::string> warnings;
  EXPECT_THAT(Read("a: 1\nb: \"caf\xe9\"\n", &warnings),
              ElementsAre("{\"a\":1,\"b\":\"caf\xef\xbf\xbd\"}"));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("f:2: bytes that are no UTF-8")));
  const auto documents = ParseDocuments("{\"a\": \"\xff\xc0\x80\"}", "f");
  ASSERT_TRUE(documents.ok()) << documents.status();
  EXPECT_EQ(documents->at(0).dump(), "{\"a\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"}");
}

TEST(DocumentsTest, MarksAndUtf16AreRead) {
  EXPECT_THAT(Read("\xef\xbb\xbf{\"a\": 1}"), ElementsAre("{\"a\": 1}"));
  const std::string little("\xff\xfe{\0\"\0a\0\"\0:\0\"\0\xe9\0\"\0}\0", 20);
  EXPECT_THAT(Read(little), ElementsAre("{\"a\":\"\xc3\xa9\"}"));
  const std::string big("\xfe\xff\0a\0:\0 \xd8\x3d\xde\x00\0\n", 14);
  EXPECT_THAT(Read(big), ElementsAre("{\"a\":\"\xf0\x9f\x98\x80\"}"));
}

TEST(Utf8Test, EveryCharacterSurvivesAndEveryOtherByteIsReplaced) {
  std::string good =
      "a\xc2\x80\xdf\xbf\xe0\xa0\x80\xed\x9f\xbf\xef\xbf\xbf\xf0\x90\x80\x80\xf4\x8f\xbf\xbf";
  const std::string before = good;
  EXPECT_TRUE(IsPlainUtf8(good));
  EXPECT_EQ(MakeUtf8(good), 0u);
  EXPECT_EQ(good, before);
  for (const std::string bad : {"\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80",
                                "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xe2\x82", "\xff"}) {
    std::string text = "x\n" + bad + "y";
    EXPECT_EQ(MakeUtf8(text), 2u) << testing::PrintToString(bad);
    EXPECT_TRUE(IsPlainUtf8(text));
    EXPECT_TRUE(text.starts_with("x\n\xef\xbf\xbd") && text.ends_with("y"));
  }
}

TEST(JsonScanTest, WhatATreeMayBeMadeOfIsBounded) {
  EXPECT_TRUE(IsBoundedJson(" \n{\"a\": [1]}"));
  for (const std::string& text :
       {std::string(), std::string("7"), std::string("{\"a\": ["), std::string(100'000, '['),
        std::string(501, '[') + std::string(501, ']')}) {
    EXPECT_FALSE(IsBoundedJson(text)) << text.substr(0, 20);
  }
}

TEST(JsonScanTest, AValueEndsWithItsLastBracket) {
  const std::string text = R"({"a": "}\"]", "b": [{}, "\\"]} tail)";
  const JsonScan scan = ScanJson(text);
  EXPECT_FALSE(scan.mistake.has_value());
  EXPECT_EQ(text.substr(0, scan.length), R"({"a": "}\"]", "b": [{}, "\\"]})");
  for (size_t size = 0; size < scan.length; ++size) {
    EXPECT_TRUE(ScanJson(text.substr(0, size)).mistake.has_value()) << size;
  }
}

}  // namespace
}  // namespace tangram::api::manifests
