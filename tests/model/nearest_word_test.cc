#include "model/nearest_word.h"

#include <array>
#include <string>
#include <string_view>

#include "gtest/gtest.h"

namespace tangram::model {
namespace {

constexpr std::array<std::string_view, 5> kWords = {"run", "merge", "explain", "gpumem-percentage",
                                                    "gpu"};

TEST(NearestWordTest, SlipsCaseAndSeparatorsAreForgiven) {
  EXPECT_EQ(NearestWord("rum", kWords), "run");
  EXPECT_EQ(NearestWord("mereg", kWords), "merge");
  EXPECT_EQ(NearestWord("EXPLIAN", kWords), "explain");
  EXPECT_EQ(NearestWord("gpu_mem.percentag", kWords), "gpumem-percentage");
  EXPECT_EQ(NearestWord("GPU", kWords), "gpu");
}

TEST(NearestWordTest, WhatResemblesNothingGetsNoSuggestion) {
  for (const char* word : {"", "x", "frobnicate", "ru", "r", "rn-x", "gpumem", "memory"}) {
    EXPECT_EQ(NearestWord(word, kWords), std::string_view(word) == "ru" ? "run" : "") << word;
  }
  EXPECT_EQ(NearestWord("run", {}), "");
  EXPECT_EQ(NearestWord(std::string(100'000, 'r'), kWords), "");
}

TEST(NearestWordTest, TheFirstOfEqualsWins) {
  constexpr std::array<std::string_view, 3> words = {"bat", "cat", "hat"};
  EXPECT_EQ(NearestWord("rat", words), "bat");
  EXPECT_EQ(NearestWord("cat", words), "cat");
}

TEST(EditDistanceTest, CountsInsertionsDeletionsReplacementsAndSwaps) {
  EXPECT_EQ(EditDistance("", ""), 0u);
  EXPECT_EQ(EditDistance("abc", ""), 3u);
  EXPECT_EQ(EditDistance("abcd", "abdc"), 1u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
}

}  // namespace
}  // namespace tangram::model
