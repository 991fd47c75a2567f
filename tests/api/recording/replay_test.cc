// Random lives of the scheduler, recorded to a file, read back and judged anew.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <functional>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "api/recording/reader.h"
#include "api/recording/writer.h"
#include "scheduler/recording/rerun.h"
#include "scheduler/recording/survey.h"
#include "scheduler/recording/verifier.h"
#include "tests/api/recording/random_life.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::recording {
namespace {

using scheduler::recording::Findings;
using scheduler::recording::Record;
using scheduler::recording::Rerun;
using scheduler::recording::RerunReport;
using scheduler::recording::Survey;
using scheduler::recording::Verifier;
using testing::RandomLife;

std::string TextOf(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// What a life is lived by.
struct Rules {
  std::string_view policy;
  std::string_view mig_policy = "";
};

class Replay {
 public:
  explicit Replay(Rules rules) : rules_(rules) {}

  // Records a life in pieces, as a server does.
  std::string Recorded(int steps, const std::string& name = "life.jsonl") {
    const std::string path = folder_.File(name);
    RandomLife life(rules_.policy, 7, rules_.mig_policy);
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

  Findings Run(const std::string& path) { return Run(path, rules_); }
  Findings Run(const std::string& path, Rules rules) {
    Verifier verifier(RandomLife::Options(rules.policy, nullptr, rules.mig_policy));
    uint64_t line = 0;
    ForEach(path, [&](const Record& record, uint64_t at) {
      line = at;
      return verifier.Take(record, at);
    });
    EXPECT_GT(line, 0u);
    EXPECT_EQ(verifier.cluster().version(), version_);
    return verifier.findings();
  }

  // Where the pods went under those rules.
  static RerunReport Other(const std::string& path, Rules rules) {
    Survey survey;
    ForEach(path, [&](const Record& record, uint64_t) { return survey.Take(record); });
    Rerun rerun(RandomLife::Options(rules.policy, nullptr, rules.mig_policy), survey.pods());
    ForEach(path, [&](const Record& record, uint64_t) { return rerun.Take(record); });
    return rerun.Report();
  }

 private:
  static void ForEach(const std::string& path,
                      const std::function<absl::Status(const Record&, uint64_t)>& take) {
    auto reader = Reader::Open(path);
    ASSERT_TRUE(reader.ok()) << reader.status();
    Record record;
    while (true) {
      const auto there = (*reader)->Next(&record);
      ASSERT_TRUE(there.ok()) << there.status();
      if (!*there) break;
      const absl::Status taken = take(record, (*reader)->line());
      ASSERT_TRUE(taken.ok()) << (*reader)->AtLine(taken);
    }
    EXPECT_EQ((*reader)->warning(), "");
  }

  const Rules rules_;
  const testing::TempDir folder_;
  uint64_t version_ = 0;  // of the books at the end of the life
};

void ExpectTheSame(const Findings& findings) {
  for (const auto& difference : findings.first) {
    ADD_FAILURE() << "line " << difference.line << ": " << difference.what;
  }
  EXPECT_EQ(findings.different(), 0u);
}

class ReplayTest : public ::testing::TestWithParam<std::string_view> {
 protected:
  Replay replay_{{GetParam()}};
};

TEST_P(ReplayTest, EveryAnswerOfARandomLifeComesOutTheSame) {
  const Findings findings = replay_.Run(replay_.Recorded(4000));
  ExpectTheSame(findings);
  EXPECT_GT(findings.filters.recorded, 1000u);
  EXPECT_GT(findings.prioritizes.recorded, 500u);
  EXPECT_GT(findings.binds.recorded, 250u);
  EXPECT_GT(findings.events.recorded, 500u);
  if (GetParam() == "fgd" || GetParam() == "tangram") {
    EXPECT_GE(findings.policies.recorded, 4u);
  }
}

TEST_P(ReplayTest, APackedRecordingSaysTheSame) {
  const Findings findings = replay_.Run(replay_.Recorded(750, "life.jsonl.gz"));
  EXPECT_EQ(findings.different(), 0u);
  EXPECT_GT(findings.filters.recorded, 150u);
}

TEST_P(ReplayTest, AnAnswerThatWasTamperedWithIsFound) {
  const std::string path = replay_.Recorded(750);
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
    const Findings findings = replay_.Run(path);
    EXPECT_EQ(findings.different(), 1u) << from;
    ASSERT_EQ(findings.first.size(), 1u);
    EXPECT_EQ(findings.first[0].line,
              1u + static_cast<size_t>(
                       std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n')));
  }
}

INSTANTIATE_TEST_SUITE_P(Policies, ReplayTest,
                         ::testing::Values("binpack", "spread", "fgd", "random", "tangram"),
                         [](const auto& policy) { return std::string(policy.param); });

class MigReplayTest : public ::testing::TestWithParam<std::string_view> {
 protected:
  Replay replay_{{"binpack", GetParam()}};
};

TEST_P(MigReplayTest, EveryInstanceOfARandomLifeComesOutTheSame) {
  const Findings findings = replay_.Run(replay_.Recorded(3000));
  ExpectTheSame(findings);
  EXPECT_GT(findings.binds.recorded, 150u);
  // A kind of cards, the mix of 100 requests and that of 400; tangram is tuned for each as well.
  EXPECT_GE(findings.policies.recorded, GetParam() == "tangram" ? 5u : 3u);
}

INSTANTIATE_TEST_SUITE_P(Policies, MigReplayTest,
                         ::testing::Values("first-fit", "best-fit", "mfi", "fgd-mig", "tangram"),
                         [](const auto& policy) {
                           std::string name(policy.param);
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(MigRerunTest, UnderAnotherMigPolicyInstancesAreMadeElsewhere) {
  Replay replay({"binpack", "tangram"});
  const std::string path = replay.Recorded(1500);
  EXPECT_GT(replay.Run(path, {"binpack", "first-fit"}).binds.different, 0u);
  const auto placed = [&path](std::string_view mig_policy) {
    std::vector<std::vector<std::string>> cards;
    for (const auto& pod : Replay::Other(path, {"binpack", mig_policy}).placements) {
      cards.push_back(pod.cards);
    }
    return cards;
  };
  const auto first_fit = placed("first-fit");
  EXPECT_NE(first_fit, placed("tangram"));
  EXPECT_EQ(first_fit, placed("first-fit"));
}

}  // namespace
}  // namespace tangram::api::recording
