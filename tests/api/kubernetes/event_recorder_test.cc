// Events: best effort, and never twice the same.
#include "api/kubernetes/event_recorder.h"

#include <chrono>
#include <memory>
#include <string>
#include <thread>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/api/kubernetes/fake_server.h"

namespace tangram::api::kubernetes {
namespace {

using std::chrono::milliseconds;
using testing::FakePeer;
using testing::FakeRequest;
using testing::FakeServer;

const WallTime kNow{std::chrono::seconds(1785585600)};

EventNote Note(const std::string& name) {
  return {.kind = "Pod",
          .name_space = "team",
          .name = name,
          .uid = "u-1",
          .reason = "UnaccountedPod",
          .message = "its cards cannot be told"};
}

TEST(MakeEventTest, APodsEventIsComplete) {
  const EventBody body = MakeEvent(Note("p"), kNow);
  EXPECT_EQ(body.name_space, "team");
  const auto json = nlohmann::json::parse(body.json);
  EXPECT_EQ(json["metadata"]["name"], "p.18c7aca48c0d8000");
  EXPECT_EQ(json["metadata"]["namespace"], "team");
  EXPECT_EQ(json["involvedObject"],
            nlohmann::json::parse(R"({"kind":"Pod","apiVersion":"v1","name":"p","uid":"u-1",)"
                                  R"("namespace":"team"})"));
  EXPECT_EQ(json["type"], "Warning");
  EXPECT_EQ(json["firstTimestamp"], "2026-08-01T12:00:00Z");
  EXPECT_EQ(json["reason"], "UnaccountedPod");
}

TEST(MakeEventTest, ANodesEventGoesToDefaultAndLongTextIsCut) {
  EventNote note = Note("n1");
  note.kind = "Node";
  note.name_space = "";
  note.message = std::string(2000, 'x') + "\xff";
  note.warning = false;
  const EventBody body = MakeEvent(note, kNow);
  EXPECT_EQ(body.name_space, "default");
  const auto json = nlohmann::json::parse(body.json);
  EXPECT_FALSE(json["involvedObject"].contains("namespace"));
  EXPECT_EQ(json["message"].get<std::string>().size(), 1024u);
  EXPECT_EQ(json["type"], "Normal");
}

class EventRecorderTest : public ::testing::Test {
 protected:
  void Start(FakeServer::Handler handler) {
    server_ = std::make_unique<FakeServer>(std::move(handler));
    recorder_ =
        std::make_unique<EventRecorder>(std::make_shared<const ClusterAccess>(server_->Access()),
                                        std::make_shared<Watchdog>(), "tangram/test");
  }
  void WaitFor(uint64_t settled) {
    while (recorder_->posted() + recorder_->dropped() < settled) {
      std::this_thread::sleep_for(milliseconds(2));
    }
  }
  std::unique_ptr<FakeServer> server_;
  std::unique_ptr<EventRecorder> recorder_;
};

TEST_F(EventRecorderTest, TheSameNoteIsPostedOnceInTenMinutes) {
  Start([](const FakeRequest&, FakePeer& peer) { return peer.Answer(201, "{}"); });
  recorder_->Record(Note("p"), kNow);
  recorder_->Record(Note("p"), kNow + std::chrono::minutes(9));
  recorder_->Record(Note("q"), kNow);
  recorder_->Record(Note("p"), kNow + std::chrono::minutes(11));
  WaitFor(3);
  EXPECT_EQ(recorder_->posted(), 3u);
  EXPECT_EQ(server_->requests().size(), 3u);
  EXPECT_EQ(server_->requests()[0].target, "/api/v1/namespaces/team/events");
}

TEST_F(EventRecorderTest, ARefusalDropsTheEventOnly) {
  Start([](const FakeRequest& request, FakePeer& peer) {
    return peer.Answer(request.body.find("\"q.") == std::string::npos ? 403 : 201, "{}");
  });
  recorder_->Record(Note("p"), kNow);
  recorder_->Record(Note("q"), kNow);
  WaitFor(2);
  EXPECT_EQ(recorder_->posted(), 1u);
  EXPECT_EQ(recorder_->dropped(), 1u);
}

TEST_F(EventRecorderTest, AFullQueueDropsAndNothingBlocks) {
  Start([](const FakeRequest&, FakePeer& peer) {
    peer.WaitClosed();
    return false;
  });
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 1500; ++i) recorder_->Record(Note("p" + std::to_string(i)), kNow);
  EXPECT_GE(recorder_->dropped(), 400u);
  recorder_->Stop();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, milliseconds(25000));
}

}  // namespace
}  // namespace tangram::api::kubernetes
