// Every seed of the fuzzers, and what a few changes make of it: bytes that once ended the program
// are kept there.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "gtest/gtest.h"
#include "tests/fuzz/readers.h"
#include "tests/support/build_paths.h"

namespace tangram::fuzz {
namespace {

TEST(FuzzSeedsTest, EverySeedAndItsChangesAreAnswered) {
  const std::filesystem::path seeds = SourceDir() / "tests/fuzz/seeds";
  for (const auto& [name, read] : kReaders) {
    size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(seeds / name)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file),
                             std::istreambuf_iterator<char>()};
      SCOPED_TRACE(entry.path().string());
      read(text);
      for (size_t at = 0; at < text.size(); at += 1 + text.size() / 200) {
        read(text.substr(0, at));
        std::string changed = text;
        changed[at] = static_cast<char>(changed[at] ^ static_cast<char>(1 << at % 8));
        read(changed);
      }
      ++files;
    }
    EXPECT_GT(files, 0u) << name;
  }
}

}  // namespace
}  // namespace tangram::fuzz
