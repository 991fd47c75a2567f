// The values of `tangram serve`: what each becomes, and what is said about a wrong one.
#include "api/cli/serve_options.h"

#include <chrono>
#include <string>
#include <utility>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "scheduler/view_policy.h"

namespace tangram::api::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

absl::StatusOr<ServeOptions> Parse(std::map<std::string, std::string, std::less<>> flags) {
  Layers layers;
  layers.flags = std::move(flags);
  const auto resolved = ResolveSettings(layers);
  if (!resolved.ok()) return resolved.status();
  return ParseServeOptions(resolved->settings);
}

TEST(ServeOptionsTest, DefaultsAreTheDocumentedOnes) {
  const auto options = Parse({});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->listen.host, "127.0.0.1");
  EXPECT_EQ(options->listen.port, 9440);
  EXPECT_FALSE(options->standalone());
  EXPECT_FALSE(options->allow_old_server);
  EXPECT_EQ(options->body_limit_bytes, uint64_t{16} << 20);
  EXPECT_EQ(options->log_level, telemetry::LogLevel::kInfo);
  const scheduler::SchedulerOptions& scheduler = options->scheduler;
  ASSERT_NE(scheduler.node_policy, nullptr);
  EXPECT_EQ(scheduler.default_views, "tangram");
  EXPECT_THAT(scheduler.view_policies, ElementsAre("best-fit", "dotprod", "fgd", "gpu-clustering",
                                                   "gpu-packing", "random", "tangram"));
  EXPECT_EQ(scheduler.host_buckets, scheduler::BucketsFor("tangram"));
  EXPECT_EQ(scheduler.node_policy->name(), "binpack") << "for pods that name no policy there is";
  EXPECT_EQ(scheduler.card_policy.keys()[0], scheduler::CardPolicy::Key::kSpread);
  EXPECT_EQ(scheduler.mig_policy, "tangram");
  EXPECT_EQ(scheduler.candidates.mode, scheduler::Candidates::Mode::kAuto);
  EXPECT_EQ(scheduler.node_lock, scheduler::NodeLockMode::kAuto);
  EXPECT_EQ(scheduler.hold_ttl, std::chrono::seconds(2));
  EXPECT_EQ(scheduler.bind_wait, std::chrono::seconds(25));
  EXPECT_EQ(scheduler.settle, std::chrono::seconds(60));
  EXPECT_EQ(scheduler.request_timeout, std::chrono::seconds(60));
  EXPECT_TRUE(scheduler.close_unaccounted);
}

TEST(ServeOptionsTest, EveryValueArrives) {
  const auto options = Parse({{"kubeconfig", "/k"},
                              {"context", "c"},
                              {"listen", "[::1]:1"},
                              {"node-policy", "spread"},
                              {"card-policy", "binpack"},
                              {"mig-policy", "mfi"},
                              {"candidates", "7"},
                              {"node-lock", "on"},
                              {"hold-ttl", "3s"},
                              {"bind-wait", "4s"},
                              {"request-timeout", "90s"},
                              {"settle", "5s"},
                              {"unaccounted", "ignore"},
                              {"body-limit", "1MiB"},
                              {"allow-old-server", "true"},
                              {"log-level", "debug"}});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_EQ(options->kubeconfig, "/k");
  EXPECT_EQ(options->context, "c");
  EXPECT_EQ(options->listen.host, "::1");
  EXPECT_EQ(options->scheduler.node_policy->name(), "spread");
  EXPECT_EQ(options->scheduler.card_policy.keys()[0], scheduler::CardPolicy::Key::kBinpack);
  EXPECT_EQ(options->scheduler.mig_policy, "mfi");
  EXPECT_EQ(options->scheduler.candidates.mode, scheduler::Candidates::Mode::kCount);
  EXPECT_EQ(options->scheduler.candidates.count, 7u);
  EXPECT_EQ(options->scheduler.node_lock, scheduler::NodeLockMode::kOn);
  EXPECT_EQ(options->scheduler.hold_ttl, std::chrono::seconds(3));
  EXPECT_EQ(options->scheduler.bind_wait, std::chrono::seconds(4));
  EXPECT_EQ(options->scheduler.request_timeout, std::chrono::seconds(90));
  EXPECT_EQ(options->scheduler.settle, std::chrono::seconds(5));
  EXPECT_FALSE(options->scheduler.close_unaccounted);
  EXPECT_EQ(options->body_limit_bytes, uint64_t{1} << 20);
  EXPECT_TRUE(options->allow_old_server);
  EXPECT_EQ(options->log_level, telemetry::LogLevel::kDebug);
}

TEST(ServeOptionsTest, ProfilesMayHavePoliciesOfTheirOwn) {
  const auto options = Parse({{"node-policy", "spread"}, {"profile-policies", "a=fgd, b=binpack"}});
  ASSERT_TRUE(options.ok()) << options.status();
  const scheduler::SchedulerOptions& scheduler = options->scheduler;
  EXPECT_EQ(scheduler.node_policy->name(), "spread");
  EXPECT_EQ(scheduler.default_views, "");
  EXPECT_EQ(scheduler.host_buckets, scheduler::BucketsFor("fgd"));
  EXPECT_EQ(scheduler.profile_policies.at("a"), "fgd");
  EXPECT_EQ(scheduler.profile_policies.at("b"), "binpack");
}

TEST(ServeOptionsTest, CpuAndMemoryAreSeenAsFinelyAsTheMostExactPolicyGivenWants) {
  const auto both = Parse({{"profile-policies", "a=fgd"}});
  ASSERT_TRUE(both.ok()) << both.status();
  EXPECT_EQ(both->scheduler.default_views, "tangram");
  EXPECT_EQ(both->scheduler.host_buckets, scheduler::BucketsFor("fgd"));
  const auto neither = Parse({{"node-policy", "binpack"}, {"profile-policies", "a=spread"}});
  ASSERT_TRUE(neither.ok()) << neither.status();
  EXPECT_EQ(neither->scheduler.host_buckets, model::HostBuckets());
  EXPECT_TRUE(neither->scheduler.view_policies.empty());
}

TEST(ServeOptionsTest, WrongValueNamesOptionSourceValueAndWhatIsAllowed) {
  struct Case {
    const char* name;
    const char* value;
    const char* allowed;
  };
  for (const Case& c :
       {Case{"node-policy", "sprad", "binpack, spread, best-fit, dotprod, fgd"},
        Case{"card-policy", "best", "binpack, spread, mutex, numa"},
        Case{"mig-policy", "best", "first-fit, best-fit, mfi, fgd-mig, tangram"},
        Case{"candidates", "0", "all"}, Case{"candidates", "some", "best-class"},
        Case{"node-lock", "maybe", "auto, on, off"}, Case{"hold-ttl", "2", "numbers with units"},
        Case{"bind-wait", "", "numbers with units"}, Case{"settle", "-1s", "numbers with units"},
        Case{"unaccounted", "open", "close, ignore"}, Case{"listen", "localhost:1", "ADDRESS:PORT"},
        Case{"body-limit", "16", "a whole number with unit"},
        Case{"profile-policies", "batch", "PROFILE=POLICY, several with commas"},
        Case{"profile-policies", "batch=sprad",
             "profile batch: allowed: binpack, spread, best-fit"},
        Case{"profile-policies", "batch=spread,batch=binpack", "profile batch comes twice"},
        Case{"allow-old-server", "yes", "true, false"},
        Case{"log-level", "loud", "trace, debug, info, warn, error, off"}}) {
    const auto options = Parse({{c.name, c.value}});
    ASSERT_FALSE(options.ok()) << c.name;
    const std::string message(options.status().message());
    EXPECT_THAT(message,
                StartsWith(std::string(c.name) + " \"" + c.value + "\" (from --" + c.name + "): "));
    EXPECT_THAT(message, HasSubstr(c.allowed));
  }
}

TEST(ServeOptionsTest, FileMeansNoLockAndNoSettling) {
  const auto options = Parse({{"cluster", "c.yaml"}});
  ASSERT_TRUE(options.ok()) << options.status();
  EXPECT_TRUE(options->standalone());
  EXPECT_EQ(options->scheduler.node_lock, scheduler::NodeLockMode::kOff);
  EXPECT_EQ(options->scheduler.settle, scheduler::Duration::zero());
  const auto settling = Parse({{"cluster", "c.yaml"}, {"settle", "1s"}});
  ASSERT_TRUE(settling.ok());
  EXPECT_EQ(settling->scheduler.settle, std::chrono::seconds(1));
}

TEST(ServeOptionsTest, FileExcludesApiServerAndLocks) {
  struct Case {
    const char* name;
    const char* value;
    const char* error;
  };
  for (const Case& c : {Case{"kubeconfig", "/k", "not together with cluster \"c.yaml\""},
                        Case{"context", "x", "not together with cluster \"c.yaml\""},
                        Case{"node-lock", "on", "allowed with cluster: auto, off"}}) {
    const auto options = Parse({{"cluster", "c.yaml"}, {c.name, c.value}});
    ASSERT_FALSE(options.ok()) << c.name;
    EXPECT_THAT(std::string(options.status().message()), HasSubstr(c.error));
  }
}

}  // namespace
}  // namespace tangram::api::cli
