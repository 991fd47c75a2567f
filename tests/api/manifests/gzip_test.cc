// Packed files: unpacked as gzip does, refused where they are broken, cut or too long.
#include "api/manifests/gzip.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/manifests/packed.h"

namespace tangram::api::manifests {
namespace {

using ::testing::HasSubstr;

TEST(GzipTest, WhatWasPackedComesBack) {
  std::string text;
  for (int i = 0; i < 50'000; ++i) text += std::to_string(i * i) + "\n";
  const std::string packed = Packed(text);
  ASSERT_TRUE(IsGzip(packed));
  EXPECT_FALSE(IsGzip(text));
  const auto back = Unpack(packed, "f.gz", text.size());
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, text);
}

TEST(GzipTest, SeveralMembersAreOneText) {
  const auto back = Unpack(Packed("one ") + Packed("two"), "f.gz", 100);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(*back, "one two");
}

TEST(GzipTest, BrokenAndCutFilesAreRefusedByName) {
  const std::string packed = Packed(std::string(10'000, 'x') + "end");
  for (const std::string& bad : {packed.substr(0, packed.size() - 1), packed.substr(0, 12),
                                 packed + "tail", packed.substr(0, 10) + std::string(50, '\x55')}) {
    const auto back = Unpack(bad, "dump.gz", 1 << 20);
    ASSERT_FALSE(back.ok());
    EXPECT_THAT(std::string(back.status().message()), HasSubstr("dump.gz"));
  }
}

TEST(GzipTest, TheLengthIsBoundedWhileUnpacking) {
  const auto back = Unpack(Packed(std::string(1 << 20, 'x')), "bomb.gz", 1000);
  ASSERT_FALSE(back.ok());
  EXPECT_TRUE(absl::IsResourceExhausted(back.status()));
}

}  // namespace
}  // namespace tangram::api::manifests
