// The routes over a real scheduler: status codes, errors, and what the observer is told.
#include "api/extender/routes.h"

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "api/dialects/hami/node.h"
#include "api/dialects/hami/pod.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::extender {
namespace {

using scheduler::NodeLockReading;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class TestClock final : public scheduler::Clock {
 public:
  scheduler::Instant Now() const override { return now; }
  int64_t UnixSeconds() const override { return 1795338018; }
  scheduler::Instant now = std::chrono::hours(1);
};

// Keeps every call until the test answers it.
class TestApi final : public scheduler::KubeApi {
 public:
  void PostBinding(const scheduler::BindingWrite& write,
                   std::function<void(WriteResult)> done) override {
    bindings.emplace_back(write, std::move(done));
  }
  void GetPod(const std::string&, const std::string&,
              std::function<void(PodReading)> done) override {
    gets.push_back(std::move(done));
  }
  void FencePod(const model::PodId&, const std::string&,
                std::function<void(PodReading)> done) override {
    gets.push_back(std::move(done));
  }
  void GetNodeLock(const std::string&, std::function<void(NodeLockReading)>) override {}
  void PatchNodeLock(const std::string&, const std::optional<std::string>&, const std::string&,
                     std::function<void(WriteResult)>) override {}
  void PatchPodLabel(const model::PodId&, const std::string&,
                     std::function<void(WriteResult)>) override {}
  void WakeScheduler(const std::string&, uint64_t, std::function<void(WriteResult)>) override {}

  std::vector<std::pair<scheduler::BindingWrite, std::function<void(WriteResult)>>> bindings;
  std::vector<std::function<void(PodReading)>> gets;
};

class TestExchange final : public http::Exchange {
 public:
  void Respond(http::Response response) override { responses.push_back(std::move(response)); }
  bool closed() const override { return false; }
  void OnClose(std::function<void()> callback) override { on_close = std::move(callback); }

  std::vector<http::Response> responses;
  std::function<void()> on_close;
};

std::string Node(const std::string& name) {
  return R"({"metadata":{"name":")" + name +
         R"(","annotations":{"hami.io/node-nvidia-register":"[{\"id\":\"GPU-)" + name +
         R"(\",\"count\":10,\"devmem\":10000,\"devcore\":100,\"type\":\"NVIDIA A10\",)"
         R"(\"mode\":\"hami-core\",\"health\":true}]"}},"status":{"allocatable":{"nvidia.com/gpu":"10"}}})";
}

std::string Pod(const std::string& name, int memory, const std::string& annotations = "{}") {
  return R"({"metadata":{"name":")" + name + R"(","namespace":"ns","uid":"uid-)" + name +
         R"(","annotations":)" + annotations +
         R"(},"spec":{"containers":[{"name":"c","resources":{"limits":{"nvidia.com/gpu":"1",)"
         R"("nvidia.com/gpumem":")" +
         std::to_string(memory) + R"("}}}]}})";
}

class RoutesTest : public testing::Test {
 protected:
  RoutesTest() {
    scheduler::SchedulerOptions options;
    options.node_policy = scheduler::FindNodePolicy("binpack");
    options.node_lock = scheduler::NodeLockMode::kOff;
    options.settle = scheduler::Duration::zero();
    scheduler_ = std::make_unique<scheduler::Scheduler>(options, clock_, api_);
    AddRoutes(router_, *scheduler_, [this](std::string_view verb, double seconds, auto outcome) {
      EXPECT_GE(seconds, 0);
      seen_.push_back(std::string(verb) + " " + std::string(outcome));
    });
  }

  void List(const std::vector<std::string>& nodes, const std::vector<std::string>& pods) {
    std::vector<scheduler::NodeObservation> node_list;
    for (const std::string& node : nodes) node_list.push_back(hami::DecodeNode(node).value());
    std::vector<scheduler::PodObservation> pod_list;
    for (const std::string& pod : pods) pod_list.push_back(hami::DecodePod(pod).value());
    scheduler_->OnNodeList(node_list);
    scheduler_->OnPodList(pod_list);
    ASSERT_TRUE(scheduler_->ready());
  }

  std::shared_ptr<TestExchange> Post(std::string path, std::string body) {
    auto exchange = std::make_shared<TestExchange>();
    http::Request request;
    request.method = "POST";
    request.path = std::move(path);
    request.body = std::move(body);
    router_.Dispatch(std::move(request), exchange);
    return exchange;
  }

  // The one answer that the request got at once.
  http::Response Ask(std::string path, std::string body) {
    const auto exchange = Post(std::move(path), std::move(body));
    EXPECT_EQ(exchange->responses.size(), 1u);
    return exchange->responses.empty() ? http::Response{} : exchange->responses[0];
  }

  TestClock clock_;
  TestApi api_;
  std::unique_ptr<scheduler::Scheduler> scheduler_;
  http::Router router_;
  std::vector<std::string> seen_;
};

std::string Args(const std::string& pod, const std::string& names) {
  return R"({"Pod":)" + pod + R"(,"Nodes":null,"NodeNames":)" + names + "}";
}

TEST_F(RoutesTest, BeforeReadyEveryVerbIs503) {
  for (const char* path : {"/filter", "/prioritize", "/bind"}) {
    const http::Response response = Ask(path, "{}");
    EXPECT_EQ(response.status, 503);
    EXPECT_THAT(response.body, HasSubstr(R"({"error":"not ready)"));
  }
  EXPECT_THAT(seen_, ElementsAre("filter not_ready", "prioritize not_ready", "bind not_ready"));
}

TEST_F(RoutesTest, AFilterIsAnswered) {
  List({Node("a"), Node("b")}, {});
  const http::Response response = Ask("/filter", Args(Pod("p", 3000), R"(["a","ghost","b"])"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_THAT(response.body, HasSubstr(R"("NodeNames":["a","b"])"));
  EXPECT_THAT(response.body, HasSubstr(R"("FailedNodes":{"ghost":")"));
  EXPECT_THAT(response.body, HasSubstr(R"("Error":"")"));
  EXPECT_THAT(seen_, ElementsAre("filter ok"));
}

TEST_F(RoutesTest, APrioritizeIsAnswered) {
  List({Node("a"), Node("b")}, {});
  const http::Response response = Ask("/prioritize", Args(Pod("p", 3000), R"(["a","b"])"));
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.body, R"([{"Host":"a","Score":10},{"Host":"b","Score":10}])");
  EXPECT_THAT(seen_, ElementsAre("prioritize ok"));
}

TEST_F(RoutesTest, WhatIsNoRequestIs400AndTheNextOneIsAnswered) {
  List({Node("a")}, {});
  for (const char* path : {"/filter", "/prioritize", "/bind"}) {
    const http::Response response = Ask(path, R"({"Pod":)");
    EXPECT_EQ(response.status, 400) << path;
    EXPECT_THAT(response.body, HasSubstr("malformed JSON")) << path;
  }
  EXPECT_EQ(Ask("/filter", Args(Pod("p", 1), R"(["a"])")).status, 200);
  EXPECT_THAT(seen_, ElementsAre("filter bad_request", "prioritize bad_request", "bind bad_request",
                                 "filter ok"));
}

TEST_F(RoutesTest, WhatCannotBeDecidedIsAnErrorThatKubeSchedulerReads) {
  List({Node("a")}, {});
  const http::Response response = Ask("/filter", Args(Pod("p", 1), "null"));
  EXPECT_EQ(response.status, 200);
  EXPECT_THAT(response.body, HasSubstr(R"("Error":"ExtenderArgs.NodeNames: must be an array)"));
  const http::Response weights = Ask(
      "/filter", Args(Pod("p", 1, R"({"hami.io/device-scoring-weights":"slot=1"})"), R"(["a"])"));
  EXPECT_EQ(weights.status, 200);
  EXPECT_THAT(weights.body, HasSubstr(R"("Error":"annotation hami.io/device-scoring-weights)"));
  EXPECT_EQ(Ask("/prioritize", Args(Pod("p", 1), R"(["a","a"])")).status, 400);
  const http::Response bind = Ask("/bind", R"({"PodName":"p","PodNamespace":"ns","PodUID":"u"})");
  EXPECT_EQ(bind.status, 200);
  EXPECT_EQ(bind.body,
            R"({"Error":"ExtenderBindingArgs.Node: must be given, is empty or absent"})");
  EXPECT_THAT(seen_,
              ElementsAre("filter error", "filter error", "prioritize bad_request", "bind error"));
}

TEST_F(RoutesTest, ABindIsAnsweredWhenItsBindingIs) {
  List({Node("a")}, {Pod("p", 3000)});
  const auto exchange =
      Post("/bind", R"({"PodName":"p","PodNamespace":"ns","PodUID":"uid-p","Node":"a"})");
  scheduler_->Advance();
  EXPECT_THAT(exchange->responses, IsEmpty());
  ASSERT_EQ(api_.bindings.size(), 1u);
  EXPECT_EQ(api_.bindings[0].first.node, "a");
  EXPECT_FALSE(api_.bindings[0].first.allocation.empty());
  api_.bindings[0].second(WriteResult{WriteOutcome::kDone, "", ""});
  ASSERT_EQ(exchange->responses.size(), 1u);
  EXPECT_EQ(exchange->responses[0].status, 200);
  EXPECT_EQ(exchange->responses[0].body, R"({"Error":""})");
  EXPECT_THAT(seen_, ElementsAre("bind ok"));
}

TEST_F(RoutesTest, ABindOfAPodThatIsGoneIsAnError) {
  List({Node("a")}, {Pod("p", 3000)});
  const auto exchange =
      Post("/bind", R"({"PodName":"p","PodNamespace":"ns","PodUID":"uid-of-another","Node":"a"})");
  ASSERT_EQ(api_.gets.size(), 1u);
  PodReading gone;
  gone.outcome = PodReading::Outcome::kGone;
  api_.gets[0](gone);
  ASSERT_EQ(exchange->responses.size(), 1u);
  EXPECT_THAT(api_.bindings, IsEmpty());
  EXPECT_EQ(exchange->responses[0].status, 200);
  EXPECT_THAT(exchange->responses[0].body, HasSubstr(R"({"Error":")"));
  EXPECT_NE(exchange->responses[0].body, R"({"Error":""})");
  EXPECT_THAT(seen_, ElementsAre("bind error"));
}

TEST_F(RoutesTest, OtherMethodsAndPathsAreRefused) {
  auto exchange = std::make_shared<TestExchange>();
  http::Request request;
  request.method = "GET";
  request.path = "/filter";
  router_.Dispatch(std::move(request), exchange);
  ASSERT_EQ(exchange->responses.size(), 1u);
  EXPECT_EQ(exchange->responses[0].status, 405);
}

}  // namespace
}  // namespace tangram::api::extender
