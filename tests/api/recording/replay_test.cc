// Random lives of the scheduler, recorded to a file, read back and judged anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>

#include "api/recording/reader.h"
#include "api/recording/writer.h"
#include "scheduler/recording/verifier.h"
#include "tests/api/recording/random_life.h"

namespace tangram::api::recording {
namespace {

using scheduler::recording::Findings;
using scheduler::recording::Record;
using scheduler::recording::Verifier;
using testing::RandomLife;

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

class ReplayTest : public ::testing::TestWithParam<std::string_view> {
 protected:
  // Records a life in pieces, as a server does.
  std::string Recorded(int steps, const std::string& name = "life.jsonl") {
    const std::string path = (std::filesystem::path(::testing::TempDir()) / name).string();
    RandomLife life(GetParam(), 7);
    auto writer = Writer::Create(path, {.tangram = "test", .began_unix = 1, .settings = {}},
                                 life.queue(), {});
    EXPECT_TRUE(writer.ok()) << writer.status();
    for (int done = 0; done < steps; done += 250) {
      life.Live(250);
      EXPECT_TRUE((*writer)->Drain().ok());
    }
    EXPECT_TRUE((*writer)->Finish().ok());
    version_ = life.scheduler().snapshot().version();
    return path;
  }

  Findings Replay(const std::string& path) {
    auto reader = Reader::Open(path);
    EXPECT_TRUE(reader.ok()) << reader.status();
    Verifier verifier(RandomLife::Options(GetParam()));
    Record record;
    while (true) {
      const auto there = (*reader)->Next(&record);
      EXPECT_TRUE(there.ok()) << there.status();
      if (!there.ok() || !*there) break;
      const absl::Status taken = verifier.Take(record, (*reader)->line());
      EXPECT_TRUE(taken.ok()) << (*reader)->AtLine(taken);
      if (!taken.ok()) break;
    }
    EXPECT_EQ((*reader)->warning(), "");
    replayed_version_ = verifier.cluster().version();
    return verifier.findings();
  }

  uint64_t version_ = 0;
  uint64_t replayed_version_ = 0;
};

TEST_P(ReplayTest, EveryAnswerOfARandomLifeComesOutTheSame) {
  const Findings findings = Replay(Recorded(4000));
  for (const auto& difference : findings.first) {
    ADD_FAILURE() << "line " << difference.line << ": " << difference.what;
  }
  EXPECT_EQ(findings.different(), 0u);
  EXPECT_GT(findings.filters.recorded, 1000u);
  EXPECT_GT(findings.prioritizes.recorded, 500u);
  EXPECT_GT(findings.binds.recorded, 250u);
  EXPECT_GT(findings.events.recorded, 500u);
  if (GetParam() == "fgd" || GetParam() == "tangram") {
    EXPECT_GE(findings.policies.recorded, 4u);
  }
  EXPECT_EQ(replayed_version_, version_);
}

TEST_P(ReplayTest, APackedRecordingSaysTheSame) {
  const Findings findings = Replay(Recorded(750, "life.jsonl.gz"));
  EXPECT_EQ(findings.different(), 0u);
  EXPECT_GT(findings.filters.recorded, 150u);
}

TEST_P(ReplayTest, AnAnswerThatWasTamperedWithIsFound) {
  const std::string path = Recorded(750);
  const std::string text = TextOf(path);
  for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
           {"\"scores\":\"a", "\"scores\":\"9"},
           {"\"fits\":\"0", "\"fits\":\"1"},
           {"\"reasons_digest\":\"", "\"reasons_digest\":\"0"},
           {"\"best_cards\":[0]", "\"best_cards\":[3]"}}) {
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    std::string tampered = text;
    tampered.replace(at, from.size(), to);
    if (from.ends_with("digest\":\"")) tampered.erase(tampered.find('"', at + to.size()) - 1, 1);
    if (tampered == text) continue;
    std::ofstream(path, std::ios::binary) << tampered;
    const Findings findings = Replay(path);
    EXPECT_EQ(findings.different(), 1u) << from;
    ASSERT_EQ(findings.first.size(), 1u);
    EXPECT_EQ(findings.first[0].line,
              1u + static_cast<size_t>(
                       std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n')));
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, ReplayTest,
                         ::testing::Values("binpack", "spread", "fgd", "tangram"),
                         [](const auto& policy) { return std::string(policy.param); });

}  // namespace
}  // namespace tangram::api::recording
