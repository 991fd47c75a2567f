// An API server that is looked at once: what is listed, and whose word a refusal is.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

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
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string List(const std::string& items) {
  return absl::StrCat(R"({"metadata": {"resourceVersion": "7"}, "items": [)", items, "]}");
}

std::string Refusal(int code, const std::string& reason, const std::string& message) {
  return absl::StrCat(R"({"kind": "Status", "status": "Failure", "reason": ")", reason,
                      R"(", "message": ")", message, R"(", "code": )", code, "}");
}

const char kNode[] = R"({"metadata": {"name": "n", "resourceVersion": "1", "labels": {
    "nvidia.com/gpu.product": "NVIDIA-A100", "nvidia.com/gpu.count": "4"}},
    "status": {"allocatable": {"nvidia.com/gpu": "4"}}})";
const char kPod[] = R"({"metadata": {"name": "p", "namespace": "team", "uid": "u"}, "spec": {
    "nodeName": "n", "containers": [{"name": "c", "resources": {"limits": {"nvidia.com/gpu": "1"}}}]},
    "status": {"phase": "Running"}})";
const char kSlice[] = R"({"metadata": {"name": "s"}, "spec": {"driver": "gpu.nvidia.com",
    "nodeName": "n", "pool": {"name": "n", "generation": 1, "resourceSliceCount": 1},
    "devices": [{"name": "gpu-0", "attributes": {"type": {"string": "gpu"},
    "uuid": {"string": "GPU-a"}}}]}})";

class ApiServerOnceTest : public ::testing::Test {
 protected:
  void Serve(FakeServer::Handler handler) {
    server_ = std::make_unique<FakeServer>(std::move(handler));
    port_ = server_->port();
  }

  absl::StatusOr<TopReport> Look() {
    const std::string config = directory_.Write("config", absl::StrCat(R"(
apiVersion: v1
kind: Config
current-context: c
clusters: [{name: c, cluster: {server: "http://127.0.0.1:)",
                                                                       port_, R"("}}]
users: [{name: c, user: {}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
)"));
    auto source = MakeApiServerOnce({.kubeconfig = config, .context = ""}, *log_);
    if (!source.ok()) return source.status();
    SystemClock clock;
    scheduler::SchedulerOptions options;
    options.node_policy = scheduler::FindNodePolicy("binpack");
    options.node_lock = scheduler::NodeLockMode::kOff;
    scheduler::Scheduler scheduler(options, clock, (*source)->port());
    const absl::Status status = (*source)->Start(scheduler);
    (*source)->Stop();
    if (!status.ok()) return status;
    EXPECT_TRUE(scheduler.ready());
    return MakeTopReport(scheduler.Top(), (*source)->cards());
  }
  int Watches() const {
    int watches = 0;
    for (const FakeRequest& request : server_->requests()) watches += request.IsWatch() ? 1 : 0;
    return watches;
  }

  std::unique_ptr<telemetry::Logger> log_ = telemetry::Logger::ToSink(
      telemetry::LogLevel::kInfo, telemetry::Logger::Form::kText, [](std::string_view) {});
  tangram::testing::TempDir directory_;
  std::unique_ptr<FakeServer> server_;
  int port_ = 0;
};

TEST_F(ApiServerOnceTest, EverythingIsListedAndNothingWatched) {
  Serve([](const FakeRequest& request, FakePeer& peer) {
    if (request.Contains("/deviceclasses")) return peer.Answer(200, List(""));
    if (request.Contains("/resourceslices")) return peer.Answer(200, List(kSlice));
    return peer.Answer(200, List(request.Contains("/nodes") ? kNode : kPod));
  });
  const auto report = Look();
  ASSERT_TRUE(report.ok()) << report.status();
  ASSERT_EQ(report->nodes.size(), 1u);
  EXPECT_EQ(report->nodes[0].pools.at(0).devices.total, 4);
  EXPECT_THAT(report->nodes[0].known_cards, ElementsAre(KnownCard{"GPU-a", "", 0}));
  EXPECT_EQ(Watches(), 0);
  EXPECT_EQ(server_->requests().size(), 4u);
}

TEST_F(ApiServerOnceTest, WithoutRightsTheServersWordIsTheAnswer) {
  const std::string said =
      "nodes is forbidden: User \\\"guest\\\" cannot list resource \\\"nodes\\\"";
  Serve([&said](const FakeRequest&, FakePeer& peer) {
    return peer.Answer(403, Refusal(403, "Forbidden", said));
  });
  const absl::Status status = Look().status();
  EXPECT_TRUE(absl::IsPermissionDenied(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("nodes"), HasSubstr("User \"guest\" cannot list resource")));
  EXPECT_EQ(server_->requests().size(), 3u) << "asked once of each, and not again";
}

TEST_F(ApiServerOnceTest, BadCredentialsAreSaid) {
  Serve([](const FakeRequest&, FakePeer& peer) {
    return peer.Answer(401, Refusal(401, "Unauthorized", "Unauthorized"));
  });
  const absl::Status status = Look().status();
  EXPECT_TRUE(absl::IsUnauthenticated(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("Unauthorized"));
}

TEST_F(ApiServerOnceTest, AServerWithoutDraIsLookedAtAllTheSame) {
  Serve([](const FakeRequest& request, FakePeer& peer) {
    if (request.Contains("resource.k8s.io")) return peer.Answer(404, "404 page not found\n");
    return peer.Answer(200, List(request.Contains("/nodes") ? kNode : ""));
  });
  const auto report = Look();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->nodes.size(), 1u);
}

TEST_F(ApiServerOnceTest, NobodyThereIsSaidAtOnce) {
  Serve([](const FakeRequest&, FakePeer& peer) { return peer.Answer(200, ""); });
  server_->Stop();
  const absl::Status status = Look().status();
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr(absl::StrCat("http://127.0.0.1:", port_)), HasSubstr("connect")));
}

}  // namespace
}  // namespace tangram::api::cli
