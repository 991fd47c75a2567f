// The scheduler's port: what goes over the wire, and what an answer counts as.
#include "api/kubernetes/kube_api.h"

#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/api/kubernetes/fake_server.h"

namespace tangram::api::kubernetes {
namespace {

using Json = nlohmann::json;
using scheduler::BindingWrite;
using scheduler::NodeLockReading;
using scheduler::PodReading;
using scheduler::WriteOutcome;
using scheduler::WriteResult;
using std::chrono::milliseconds;
using testing::FakePeer;
using testing::FakeRequest;
using testing::FakeServer;
using ::testing::HasSubstr;

class KubeApiTest : public ::testing::Test {
 protected:
  // Every request gets this answer.
  void Serve(int status, const std::string& body) {
    Serve([=](const FakeRequest&, FakePeer& peer) { return peer.Answer(status, body); });
  }
  void Serve(FakeServer::Handler handler, int workers = 2, int deadline_ms = 3000) {
    api_.reset();
    server_ = std::make_unique<FakeServer>(std::move(handler));
    KubeApiOptions options;
    options.user_agent = "tangram/test";
    options.workers = workers;
    options.deadline = milliseconds(deadline_ms);
    api_ = std::make_unique<PooledKubeApi>(std::make_shared<const ClusterAccess>(server_->Access()),
                                           std::make_shared<Watchdog>(), options);
  }
  // Calls and waits for the answer.
  template <typename Result, typename Call>
  Result Wait(Call call) {
    std::promise<Result> promise;
    call([&](Result result) { promise.set_value(std::move(result)); });
    return promise.get_future().get();
  }
  WriteResult Bind() {
    return Wait<WriteResult>([&](auto done) { api_->PostBinding(Write(), done); });
  }
  static BindingWrite Write() {
    BindingWrite write;
    write.pod = {.name_space = "team", .name = "p", .uid = "u-1"};
    write.node = "n1";
    write.unix_seconds = 1700000000;
    write.allocation.slots = {{.kind = model::ContainerKind::kApp,
                               .shares = {{.uuid = "GPU-a",
                                           .memory = model::Mebibytes(3000),
                                           .cores = model::CorePercent(30)}}}};
    return write;
  }
  Json BodyOf(std::size_t request) { return Json::parse(server_->requests().at(request).body); }

  std::unique_ptr<FakeServer> server_;
  std::unique_ptr<PooledKubeApi> api_;
};

TEST_F(KubeApiTest, ABindingCarriesUidAnnotationsLabelAndNodeInOnePost) {
  Serve(201, R"({"kind":"Status","status":"Success"})");
  const WriteResult result = Bind();
  EXPECT_EQ(result.outcome, WriteOutcome::kDone) << result.message;
  EXPECT_EQ(result.message, "");
  ASSERT_EQ(server_->requests().size(), 1u);
  EXPECT_EQ(server_->requests()[0].method, "POST");
  EXPECT_EQ(server_->requests()[0].target, "/api/v1/namespaces/team/pods/p/binding");
  EXPECT_EQ(server_->requests()[0].Header("content-type"), "application/json");
  const Json body = BodyOf(0);
  EXPECT_EQ(body["apiVersion"], "v1");
  EXPECT_EQ(body["kind"], "Binding");
  EXPECT_EQ(body["metadata"]["name"], "p");
  EXPECT_EQ(body["metadata"]["namespace"], "team");
  EXPECT_EQ(body["metadata"]["uid"], "u-1");
  EXPECT_EQ(body["target"], Json({{"apiVersion", "v1"}, {"kind", "Node"}, {"name", "n1"}}));
  EXPECT_EQ(body["metadata"]["annotations"]["hami.io/vgpu-node"], "n1");
  EXPECT_EQ(body["metadata"]["annotations"]["hami.io/bind-phase"], "allocating");
  EXPECT_EQ(body["metadata"]["annotations"]["hami.io/bind-time"], "1700000000");
  EXPECT_THAT(body["metadata"]["annotations"]["hami.io/vgpu-devices-to-allocate"],
              HasSubstr("GPU-a,NVIDIA,3000,30"));
  EXPECT_EQ(body["metadata"]["labels"], Json({{"hami.io/vgpu-node", "n1"}}));
}

TEST_F(KubeApiTest, ABindingIsOnConditionOfThePodsResourceVersionWhereOneIsKnown) {
  Serve(201, "{}");
  Bind();
  EXPECT_FALSE(BodyOf(0)["metadata"].contains("resourceVersion"));
  BindingWrite write = Write();
  write.resource_version = "4711";
  Wait<WriteResult>([&](auto done) { api_->PostBinding(write, done); });
  EXPECT_EQ(BodyOf(1)["metadata"]["resourceVersion"], "4711");
}

TEST_F(KubeApiTest, AFenceChangesOneAnnotationOfThatUidAndShowsThePod) {
  Serve(200, R"({"metadata":{"name":"p","namespace":"team","uid":"u-1","resourceVersion":"78"}})");
  const auto fence = [&](auto done) { api_->FencePod(Write().pod, "77", done); };
  const PodReading reading = Wait<PodReading>(fence);
  EXPECT_EQ(server_->requests()[0].method, "PATCH");
  EXPECT_EQ(server_->requests()[0].target, "/api/v1/namespaces/team/pods/p");
  EXPECT_EQ(BodyOf(0), Json::parse(R"({"metadata":{"uid":"u-1",
                                       "annotations":{"tangram.dev/fence":"77"}}})"));
  ASSERT_EQ(reading.outcome, PodReading::Outcome::kFound);
  EXPECT_EQ(reading.pod.resource_version, "78");
  Serve(404, "{}");
  EXPECT_EQ(Wait<PodReading>(fence).outcome, PodReading::Outcome::kGone);
  for (const int status : {403, 409, 500}) {
    Serve(status, "{}");
    EXPECT_EQ(Wait<PodReading>(fence).outcome, PodReading::Outcome::kUnknown) << status;
  }
}

TEST_F(KubeApiTest, ABindingWithoutCardsIsPlainAndRepetitionsAreIdentical) {
  Serve(500, "{}");
  BindingWrite plain = Write();
  plain.allocation = {};
  Wait<WriteResult>([&](auto done) { api_->PostBinding(plain, done); });
  EXPECT_FALSE(BodyOf(0)["metadata"].contains("annotations"));
  EXPECT_FALSE(BodyOf(0)["metadata"].contains("labels"));
  Bind();
  Bind();
  EXPECT_EQ(server_->requests()[1].body, server_->requests()[2].body);
}

TEST_F(KubeApiTest, TextThatIsNoUtf8IsReplacedNotThrown) {
  Serve(201, "{}");
  BindingWrite write = Write();
  write.node = "n\xff";
  EXPECT_EQ(Wait<WriteResult>([&](auto done) { api_->PostBinding(write, done); }).outcome,
            WriteOutcome::kDone);
}

TEST_F(KubeApiTest, OnlyADefiniteAnswerIsDefinite) {
  struct Case {
    int status;
    WriteOutcome outcome;
  };
  for (const Case& c : {Case{200, WriteOutcome::kDone}, Case{201, WriteOutcome::kDone},
                        Case{400, WriteOutcome::kRefused}, Case{401, WriteOutcome::kRefused},
                        Case{403, WriteOutcome::kRefused}, Case{404, WriteOutcome::kNotFound},
                        Case{409, WriteOutcome::kConflict}, Case{413, WriteOutcome::kRefused},
                        Case{422, WriteOutcome::kRefused}, Case{302, WriteOutcome::kUnknown},
                        Case{408, WriteOutcome::kUnknown}, Case{429, WriteOutcome::kUnknown},
                        Case{500, WriteOutcome::kUnknown}, Case{503, WriteOutcome::kUnknown},
                        Case{504, WriteOutcome::kUnknown}}) {
    Reply reply;
    reply.outcome = Outcome::kAnswered;
    reply.status = c.status;
    reply.body = R"({"kind":"Status","reason":"Because","message":"so"})";
    const WriteResult result = ToWriteResult(reply, "bind");
    EXPECT_EQ(result.outcome, c.outcome) << c.status;
    if (!reply.ok()) {
      EXPECT_THAT(result.message, HasSubstr("Because: so")) << c.status;
    }
  }
}

TEST_F(KubeApiTest, AnAnswerThatIsLostIsUnknownAndNotRepeatedByUs) {
  Serve([](const FakeRequest&, FakePeer& peer) {
    peer.Reset();
    return false;
  });
  EXPECT_EQ(Bind().outcome, WriteOutcome::kUnknown);
  EXPECT_EQ(server_->requests().size(), 1u);
}

TEST_F(KubeApiTest, ASlowAnswerAndARefusedConnectionAreUnknown) {
  Serve(
      [](const FakeRequest&, FakePeer& peer) {
        peer.WaitClosed();
        return false;
      },
      1, 200);
  EXPECT_EQ(Bind().outcome, WriteOutcome::kUnknown);
  server_->Stop();
  const WriteResult refused = Bind();
  EXPECT_EQ(refused.outcome, WriteOutcome::kUnknown);
  EXPECT_THAT(refused.message, HasSubstr("bind pod team/p to n1: not sent"));
}

TEST_F(KubeApiTest, TheNodeLockIsAConditionalMergePatch) {
  Serve(200, R"({"kind":"Node","metadata":{"name":"n1","resourceVersion":"78"}})");
  const WriteResult taken = Wait<WriteResult>(
      [&](auto done) { api_->PatchNodeLock("n1", "2026-06-14T15:05:03Z,team,p", "77", done); });
  EXPECT_EQ(taken.outcome, WriteOutcome::kDone);
  EXPECT_EQ(taken.resource_version, "78");
  Wait<WriteResult>([&](auto done) { api_->PatchNodeLock("n1", std::nullopt, "78", done); });
  const auto requests = server_->requests();
  EXPECT_EQ(requests[0].method, "PATCH");
  EXPECT_EQ(requests[0].target, "/api/v1/nodes/n1");
  EXPECT_EQ(requests[0].Header("content-type"), "application/merge-patch+json");
  EXPECT_EQ(BodyOf(0), Json::parse(R"({"metadata":{"resourceVersion":"77","annotations":)"
                                   R"({"hami.io/mutex.lock":"2026-06-14T15:05:03Z,team,p"}}})"));
  EXPECT_EQ(BodyOf(1), Json::parse(R"({"metadata":{"resourceVersion":"78","annotations":)"
                                   R"({"hami.io/mutex.lock":null}}})"));
}

TEST_F(KubeApiTest, ALockIsNeverPatchedWithoutACondition) {
  Serve(200, "{}");
  const WriteResult result =
      Wait<WriteResult>([&](auto done) { api_->PatchNodeLock("n1", "x", "", done); });
  EXPECT_EQ(result.outcome, WriteOutcome::kConflict);
  EXPECT_THAT(result.message, HasSubstr("no resource version"));
  EXPECT_EQ(server_->requests().size(), 0u);
}

TEST_F(KubeApiTest, ANodeLockIsRead) {
  const auto read = [&] {
    return Wait<NodeLockReading>([&](auto done) { api_->GetNodeLock("n1", done); });
  };
  Serve(200,
        R"({"metadata":{"resourceVersion":"5","annotations":{"hami.io/mutex.lock":"t,a,b"}}})");
  EXPECT_EQ(read().outcome, NodeLockReading::Outcome::kFound);
  EXPECT_EQ(read().lock, "t,a,b");
  EXPECT_EQ(read().resource_version, "5");
  Serve(200, R"({"metadata":{"resourceVersion":"5"}})");
  EXPECT_EQ(read().outcome, NodeLockReading::Outcome::kFound);
  EXPECT_EQ(read().lock, "");
  Serve(404, "{}");
  EXPECT_EQ(read().outcome, NodeLockReading::Outcome::kGone);
  for (const auto& [status, body] :
       std::vector<std::pair<int, std::string>>{{500, "{}"}, {200, "nonsense"}, {403, "{}"}}) {
    Serve(status, body);
    const NodeLockReading reading = read();
    EXPECT_EQ(reading.outcome, NodeLockReading::Outcome::kUnknown) << status;
    EXPECT_NE(reading.message, "");
  }
}

TEST_F(KubeApiTest, APodIsRead) {
  const auto read = [&] {
    return Wait<PodReading>([&](auto done) { api_->GetPod("team", "p", done); });
  };
  Serve(200,
        R"({"kind":"Pod","metadata":{"name":"p","namespace":"team","uid":"u-1"},)"
        R"("spec":{"nodeName":"n1","containers":[{"name":"c"}]},"status":{"phase":"Running"}})");
  const PodReading found = read();
  EXPECT_EQ(found.outcome, PodReading::Outcome::kFound) << found.message;
  EXPECT_EQ(found.pod.id, (model::PodId{"team", "p", "u-1"}));
  EXPECT_EQ(found.pod.node, "n1");
  EXPECT_EQ(server_->requests()[0].target, "/api/v1/namespaces/team/pods/p");
  Serve(404, "{}");
  EXPECT_EQ(read().outcome, PodReading::Outcome::kGone);
  for (const auto& [status, body] :
       std::vector<std::pair<int, std::string>>{{500, "{}"}, {200, "nonsense"}, {403, "{}"}}) {
    Serve(status, body);
    const PodReading reading = read();
    EXPECT_EQ(reading.outcome, PodReading::Outcome::kUnknown) << status;
    EXPECT_NE(reading.message, "");
  }
}

TEST_F(KubeApiTest, LabelAndWakeUpArePatches) {
  Serve(200, R"({"metadata":{"resourceVersion":"9"}})");
  Wait<WriteResult>([&](auto done) { api_->PatchPodLabel({"team", "p", "u-1"}, "n1", done); });
  EXPECT_EQ(server_->requests()[0].target, "/api/v1/namespaces/team/pods/p");
  EXPECT_EQ(BodyOf(0),
            Json::parse(R"({"metadata":{"uid":"u-1","labels":{"hami.io/vgpu-node":"n1"}}})"));
  Wait<WriteResult>([&](auto done) { api_->WakeScheduler("n1", 42, done); });
  EXPECT_EQ(server_->requests()[1].target, "/api/v1/nodes/n1");
  EXPECT_EQ(BodyOf(1), Json::parse(R"({"metadata":{"annotations":{"tangram.dev/wake":"42"}}})"));
}

TEST_F(KubeApiTest, CallsRunSideBySide) {
  std::atomic<int> at_once{0};
  std::atomic<int> most{0};
  Serve(
      [&](const FakeRequest&, FakePeer& peer) {
        const int now = ++at_once;
        int seen = most;
        while (now > seen && !most.compare_exchange_weak(seen, now)) {
        }
        // Held until as many are there as there may be; a fifth would come in the pause.
        while (most < 4 && !peer.stopping()) std::this_thread::sleep_for(milliseconds(1));
        std::this_thread::sleep_for(milliseconds(30));
        --at_once;
        return peer.Answer(201, "{}");
      },
      4);
  std::vector<std::future<WriteOutcome>> answers;
  for (int i = 0; i < 16; ++i) {
    auto promise = std::make_shared<std::promise<WriteOutcome>>();
    answers.push_back(promise->get_future());
    api_->PostBinding(Write(), [promise](const WriteResult& r) { promise->set_value(r.outcome); });
  }
  for (auto& answer : answers) EXPECT_EQ(answer.get(), WriteOutcome::kDone);
  EXPECT_EQ(most, 4);
  EXPECT_EQ(server_->connections(), 4);
}

TEST_F(KubeApiTest, StopAnswersEveryCallExactlyOnce) {
  Serve(
      [](const FakeRequest&, FakePeer& peer) {
        peer.WaitClosed();
        return false;
      },
      2, 30000);
  std::atomic<int> unknown{0};
  for (int i = 0; i < 10; ++i) {
    api_->PostBinding(Write(), [&](const WriteResult& r) {
      if (r.outcome == WriteOutcome::kUnknown) ++unknown;
    });
  }
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_EQ(api_->queued(), 10u);
  const auto begin = std::chrono::steady_clock::now();
  api_->Stop(milliseconds(100));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(15000));
  EXPECT_EQ(unknown, 10);
  EXPECT_EQ(api_->queued(), 0u);
}

TEST_F(KubeApiTest, StopLetsARunningCallEnd) {
  Serve(
      [](const FakeRequest&, FakePeer& peer) {
        std::this_thread::sleep_for(milliseconds(100));
        return peer.Answer(201, "{}");
      },
      1);
  std::promise<WriteOutcome> answer;
  api_->PostBinding(Write(), [&](const WriteResult& r) { answer.set_value(r.outcome); });
  while (server_->requests().empty()) std::this_thread::sleep_for(milliseconds(2));
  api_->Stop(milliseconds(20000));
  EXPECT_EQ(answer.get_future().get(), WriteOutcome::kDone);
}

}  // namespace
}  // namespace tangram::api::kubernetes
