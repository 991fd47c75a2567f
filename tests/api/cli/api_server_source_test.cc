// An API server as the source of a cluster: what of it Tangram can do without, and how it says so.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "api/cli/cluster_source.h"
#include "api/cli/system_clock.h"
#include "api/cli/top_report.h"
#include "tests/api/kubernetes/fake_server.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::cli {
namespace {

using kubernetes::testing::FakePeer;
using kubernetes::testing::FakeRequest;
using kubernetes::testing::FakeServer;
using tangram::testing::TempDir;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::chrono::seconds kLongest{20};

std::string List(const std::string& items) {
  return absl::StrCat(R"({"metadata": {"resourceVersion": "7"}, "items": [)", items, "]}");
}

const char kNode[] = R"({"metadata": {"name": "n", "resourceVersion": "1", "labels": {
    "nvidia.com/gpu.product": "NVIDIA-A100", "nvidia.com/gpu.count": "4"}},
    "status": {"allocatable": {"nvidia.com/gpu": "4"}}})";

const char kSlice[] = R"({"metadata": {"name": "s"}, "spec": {"driver": "gpu.nvidia.com",
    "nodeName": "n", "pool": {"name": "n", "generation": 1, "resourceSliceCount": 1},
    "devices": [{"name": "gpu-0", "attributes": {"type": {"string": "gpu"},
    "uuid": {"string": "GPU-a"}}}]}})";

class ApiServerSourceTest : public ::testing::Test {
 protected:
  void TearDown() override {
    if (source_ != nullptr) source_->Stop();
  }

  // Of the resources of DRA the server has what it answers here.
  void Start(int dra_status, std::string classes, std::string slices) {
    server_ = std::make_unique<FakeServer>([=](const FakeRequest& request, FakePeer& peer) {
      if (request.Contains("/version")) {
        return peer.Answer(200, R"({"major": "1", "minor": "36", "gitVersion": "v1.36.3"})");
      }
      if (request.IsWatch()) {
        peer.BeginChunks();
        peer.WaitClosed();
        return false;
      }
      if (request.Contains("/deviceclasses")) return peer.Answer(dra_status, classes);
      if (request.Contains("/resourceslices")) return peer.Answer(dra_status, slices);
      return peer.Answer(200, List(request.Contains("/nodes") ? kNode : ""));
    });
    const std::string config = directory_.Write("config", absl::StrCat(R"(
apiVersion: v1
kind: Config
current-context: c
clusters: [{name: c, cluster: {server: "http://127.0.0.1:)",
                                                                       server_->port(), R"("}}]
users: [{name: c, user: {}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
)"));
    auto source = MakeApiServerSource({.kubeconfig = config, .context = ""}, *log_);
    ASSERT_TRUE(source.ok()) << source.status();
    source_ = *std::move(source);
    scheduler::SchedulerOptions options;
    options.node_policy = scheduler::FindNodePolicy("binpack");
    options.node_lock = scheduler::NodeLockMode::kOff;
    scheduler_ = std::make_unique<scheduler::Scheduler>(options, clock_, source_->port());
    const absl::Status status = source_->Start(*scheduler_);
    ASSERT_TRUE(status.ok()) << status;
  }

  template <typename Probe>
  static bool Eventually(Probe probe) {
    const auto deadline = std::chrono::steady_clock::now() + kLongest;
    while (!probe()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    return true;
  }
  bool AskedTwice(std::string_view what) const {
    return Eventually([&] {
      int asked = 0;
      for (const FakeRequest& request : server_->requests()) asked += request.Contains(what);
      return asked >= 2;
    });
  }
  // What was logged of the kind.
  std::vector<std::string> LinesOf(std::string_view kind) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::vector<std::string> found;
    for (const std::string& line : lines_) {
      if (line.find(absl::StrCat("kind=", std::string(kind))) != std::string::npos) {
        found.push_back(line);
      }
    }
    return found;
  }
  TopNode Node() const {
    const TopReport report = MakeTopReport(scheduler_->Top(), source_->cards());
    return report.nodes.empty() ? TopNode() : report.nodes[0];
  }

  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::unique_ptr<telemetry::Logger> log_ = telemetry::Logger::ToSink(
      telemetry::LogLevel::kInfo, telemetry::Logger::Form::kText, [this](std::string_view line) {
        const std::lock_guard<std::mutex> lock(mutex_);
        lines_.emplace_back(line);
      });
  TempDir directory_;
  SystemClock clock_;
  std::unique_ptr<FakeServer> server_;
  std::unique_ptr<ClusterSource> source_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;
};

TEST_F(ApiServerSourceTest, ResourceSlicesNameTheCardsBehindACount) {
  Start(200, List(""), List(kSlice));
  ASSERT_TRUE(Eventually([this] { return scheduler_->ready() && source_->cards()->heard(); }));
  EXPECT_EQ(Node().pools.at(0).devices.total, 4);
  EXPECT_THAT(Node().known_cards, ElementsAre(KnownCard{"GPU-a", "", 0}));
}

TEST_F(ApiServerSourceTest, AServerWithoutDraIsServedAndSaidOnce) {
  Start(404, "404 page not found\n", "404 page not found\n");
  ASSERT_TRUE(Eventually([this] { return scheduler_->ready() && source_->cards()->heard(); }));
  ASSERT_TRUE(AskedTwice("/resourceslices") && AskedTwice("/deviceclasses"));
  EXPECT_EQ(Node().pools.at(0).devices.total, 4);
  EXPECT_THAT(Node().known_cards, IsEmpty());
  for (const char* kind : {"ResourceSlice", "DeviceClass"}) {
    EXPECT_THAT(LinesOf(kind),
                ElementsAre(HasSubstr("API server does not know the kind: there are none")));
  }
}

TEST_F(ApiServerSourceTest, ARoleWithoutResourceSlicesIsServedAndSaidOnce) {
  const std::string no = R"({"kind": "Status", "status": "Failure", "reason": "Forbidden",
      "message": "resourceslices is forbidden", "code": 403})";
  Start(403, no, no);
  ASSERT_TRUE(Eventually([this] { return scheduler_->ready() && source_->cards()->heard(); }));
  ASSERT_TRUE(AskedTwice("/resourceslices"));
  EXPECT_EQ(Node().pools.at(0).devices.total, 4);
  EXPECT_THAT(Node().known_cards, IsEmpty());
  EXPECT_THAT(LinesOf("ResourceSlice"),
              ElementsAre(HasSubstr("HTTP 403 Forbidden: resourceslices is forbidden")));
}

}  // namespace
}  // namespace tangram::api::cli
