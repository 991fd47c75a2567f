// Selectors of labels: what they select, as kubectl has it, and what cannot be read.
#include "api/kubernetes/label_selector.h"

#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::kubernetes {
namespace {

using ::testing::HasSubstr;

TEST(LabelSelectorTest, EveryRequirementHolds) {
  const Labels labels = {{"pool", "a"}, {"example.com/tier", "web"}, {"spot", ""}};
  const std::vector<std::pair<const char*, bool>> cases = {
      {"pool=a", true},
      {"pool==a", true},
      {"pool = a", true},
      {"pool=b", false},
      {"pool!=b", true},
      {"pool!=a", false},
      {"other=a", false},
      // As in Kubernetes, what is not there is not equal.
      {"other!=a", true},
      {"other notin (a)", true},
      {"other in (a)", false},
      {"spot", true},
      {"!spot", false},
      {"! other", true},
      {"other", false},
      {"spot=", true},
      {"pool=", false},
      {"example.com/tier in (db, web)", true},
      {"example.com/tier in (db)", false},
      {"example.com/tier notin (db,web)", false},
      {"pool in (a),spot,!other,example.com/tier!=db", true},
      {"pool in (a),spot,other", false},
      // Words of the language are keys, too.
      {"in", false},
      {"notin notin (notin)", true},
      {"in!=in", true},
  };
  for (const auto& [text, expected] : cases) {
    const auto selector = LabelSelector::Parse(text);
    ASSERT_TRUE(selector.ok()) << text << ": " << selector.status();
    EXPECT_EQ(selector->Matches(labels), expected) << text;
  }
}

// Each value of three labels, against a plain reading of the requirement.
TEST(LabelSelectorTest, InAndNotinAreEachOthersOpposite) {
  for (const char* list : {"(a)", "(a,b)", "(b, c)", "()"}) {
    const auto in = LabelSelector::Parse(std::string("k in ") + list);
    const auto notin = LabelSelector::Parse(std::string("k notin ") + list);
    ASSERT_TRUE(in.ok() && notin.ok()) << list;
    for (const Labels& labels :
         {Labels{}, Labels{{"k", "a"}}, Labels{{"k", "b"}}, Labels{{"k", ""}}}) {
      const bool listed = labels.contains("k") && !labels.at("k").empty() &&
                          std::string(list).find(labels.at("k")) != std::string::npos;
      const bool empty = labels.contains("k") && labels.at("k").empty();
      const bool expected = listed || (empty && std::string(list) == "()");
      EXPECT_EQ(in->Matches(labels), expected) << list;
      EXPECT_EQ(notin->Matches(labels), !expected) << list;
    }
  }
}

TEST(LabelSelectorTest, WhatCannotBeReadIsShownWithItsPlace) {
  const std::vector<std::pair<std::string, const char*>> cases = {
      {"", "at its end: must be the key of a label"},
      {"pool=a,", "at its end: must be the key of a label"},
      {",pool", "at \",pool\": must be the key of a label"},
      {"pool~a", "at \"~a\": must be =, ==, !=, in, notin, \",\" or the end"},
      {"pool>5", "at \">5\": must be =, ==, !=, in, notin"},
      {"pool=a b", "at \"b\": must be \",\" or the end"},
      {"pool in a", "at \"a\": must be a list of values in brackets"},
      {"pool in (a", "at its end: must be \",\" or \")\""},
      {"pool in (a b)", "at \"b)\": must be \",\" or \")\""},
      {"!pool=a", "at \"=a\": must be \",\" or the end"},
      {"-pool", "at \"-pool\": must be the key of a label"},
      {"a/b/c", "at \"a/b/c\": must be the key of a label"},
      {"pool=a/b", "at \"a/b\": must be the value of a label"},
      {"pool=a-", "at \"a-\": must be the value of a label"},
      {std::string(64, 'a'), "must be the key of a label"},
      {"pool=" + std::string(64, 'a'), "must be the value of a label"},
      {"po\xc3\xb6l=a", "must be"},
  };
  for (const auto& [text, expected] : cases) {
    const auto selector = LabelSelector::Parse(text);
    ASSERT_FALSE(selector.ok()) << text;
    EXPECT_THAT(std::string(selector.status().message()), HasSubstr(expected)) << text;
  }
  EXPECT_TRUE(LabelSelector::Parse(std::string(63, 'a') + "=" + std::string(63, 'b')).ok());
}

}  // namespace
}  // namespace tangram::api::kubernetes
