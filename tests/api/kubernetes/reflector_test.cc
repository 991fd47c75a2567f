// List and watch against a server that plays every trick known of real ones.
#include "api/kubernetes/reflector.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "api/kubernetes/line_buffer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/api/kubernetes/certificates.h"
#include "tests/api/kubernetes/fake_server.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using tangram::testing::TempDir;
using testing::Certificate;
using ::testing::Contains;
using ::testing::ElementsAre;
using testing::FakePeer;
using testing::FakeRequest;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::ServerContext;

std::string Object(const std::string& name, int version, const std::string& more = "") {
  return R"({"kind":"Pod","metadata":{"name":")" + name + R"(","uid":"u-)" + name +
         R"(","resourceVersion":")" + std::to_string(version) + R"("},"x":")" + more + "\"}";
}

std::string Event(const std::string& type, const std::string& object) {
  return R"({"type":")" + type + R"(","object":)" + object + "}\n";
}

std::string Bookmark(int version) {
  return Event("BOOKMARK", R"({"kind":"Pod","metadata":{"resourceVersion":")" +
                               std::to_string(version) + R"("}})");
}

std::string List(const std::vector<std::string>& objects, int version,
                 const std::string& token = "") {
  std::string out = R"({"kind":"PodList","metadata":{"resourceVersion":")" +
                    std::to_string(version) + R"(","continue":")" + token + R"("},"items":[)";
  for (std::size_t i = 0; i < objects.size(); ++i) out += (i == 0 ? "" : ",") + objects[i];
  return out + "]}";
}

const char kExpired[] =
    R"({"kind":"Status","status":"Failure","message":"too old","reason":"Expired","code":410})";

// Writes down what it is told: "begin", "a@5" (object a at version 5), "end@9", "+a@5", "-a@6",
// "up", "down".
class Sink : public ReflectorSink {
 public:
  void BeginReplace() override { Add("begin"); }
  void Object(std::string_view json) override { Add(Name(json)); }
  void EndReplace(std::string_view version) override { Add("end@" + std::string(version)); }
  void Upsert(std::string_view json) override { Add("+" + Name(json)); }
  void Delete(std::string_view json) override { Add("-" + Name(json)); }
  void Connected(bool connected) override { Add(connected ? "up" : "down"); }

  std::vector<std::string> log() const {
    std::lock_guard<std::mutex> lock(mutex_);
    return log_;
  }
  // The log without "up" and "down", once `last` is in it; fails the test after 10 s.
  std::vector<std::string> Until(const std::string& last) {
    std::unique_lock<std::mutex> lock(mutex_);
    const bool found = changed_.wait_for(lock, std::chrono::seconds(10), [&] {
      return std::find(log_.begin(), log_.end(), last) != log_.end();
    });
    EXPECT_TRUE(found) << "never saw " << last << ": " << ::testing::PrintToString(log_);
    std::vector<std::string> out;
    for (const std::string& entry : log_) {
      if (entry != "up" && entry != "down") out.push_back(entry);
    }
    return out;
  }
  std::size_t bytes() const { return bytes_; }

 private:
  std::string Name(std::string_view json) {
    // What simdjson does: it reads in blocks, beyond the end.
    for (std::size_t i = 0; i < kReadablePadding; ++i) {
      padding_ = static_cast<char>(padding_ ^ json.data()[json.size() + i]);
    }
    bytes_ += json.size();
    const auto parsed = nlohmann::json::parse(json, nullptr, false);
    if (parsed.is_discarded()) return "broken:" + std::string(json);
    const auto& metadata = parsed["metadata"];
    return metadata["name"].get<std::string>() + "@" +
           metadata["resourceVersion"].get<std::string>();
  }
  void Add(const std::string& entry) {
    {
      std::lock_guard<std::mutex> lock(mutex_);
      log_.push_back(entry);
    }
    changed_.notify_all();
  }
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> log_;
  std::atomic<std::size_t> bytes_{0};
  char padding_ = 0;
};

// Plays the steps given, one per list and one per watch request; afterwards lists repeat the last
// step and watches stay open in silence.
class Script {
 public:
  using Step = std::function<bool(const FakeRequest&, FakePeer&)>;
  Script& OnList(Step step) {
    lists_.push_back(std::move(step));
    return *this;
  }
  Script& OnWatch(Step step) {
    watches_.push_back(std::move(step));
    return *this;
  }
  FakeServer::Handler Handler() {
    return [this](const FakeRequest& request, FakePeer& peer) {
      Step step;
      {
        std::lock_guard<std::mutex> lock(mutex_);
        std::deque<Step>& steps = request.IsWatch() ? watches_ : lists_;
        if (!steps.empty()) step = steps.front();
        if (steps.size() > 1 || (request.IsWatch() && !steps.empty())) steps.pop_front();
      }
      if (step) return step(request, peer);
      peer.BeginChunks();
      peer.WaitClosed();
      return false;
    };
  }

 private:
  std::mutex mutex_;
  std::deque<Step> lists_;
  std::deque<Step> watches_;
};

Script::Step Say(int status, const std::string& body, const std::string& headers = "") {
  return [=](const FakeRequest&, FakePeer& peer) { return peer.Answer(status, body, headers); };
}

// Sends the text and then keeps the stream open, in silence.
Script::Step StreamAndHold(const std::string& text) {
  return [=](const FakeRequest&, FakePeer& peer) {
    peer.BeginChunks();
    peer.Chunk(text);
    peer.WaitClosed();
    return false;
  };
}

// Sends the text and ends the stream in good order.
Script::Step StreamAndEnd(const std::string& text) {
  return [=](const FakeRequest&, FakePeer& peer) {
    peer.BeginChunks();
    if (!text.empty()) peer.Chunk(text);
    return peer.EndChunks();
  };
}

class ReflectorTest : public ::testing::Test {
 protected:
  void Start(FakeServer& server) { Start(server.Access()); }
  void Start(ClusterAccess access) {
    options_.resource = "/api/v1/pods";
    options_.user_agent = "tangram/test";
    options_.backoff = {.first = milliseconds(20),
                        .max = milliseconds(100),
                        .refused_max = milliseconds(50),
                        .calm = milliseconds(60000)};
    if (backoff_.has_value()) options_.backoff = *backoff_;
    options_.random = [] { return 0.5; };
    options_.on_error = [this](const std::string& what) {
      std::lock_guard<std::mutex> lock(mutex_);
      errors_.push_back(what);
    };
    reflector_ =
        std::make_unique<Reflector>(std::make_shared<const ClusterAccess>(std::move(access)),
                                    std::make_shared<Watchdog>(), options_, sink_);
    reflector_->Start();
  }
  // The resourceVersion of each watch request, in order.
  static std::vector<std::string> Versions(const FakeServer& server) {
    std::vector<std::string> out;
    for (const FakeRequest& request : server.requests()) {
      if (!request.IsWatch()) continue;
      const std::size_t at = request.target.find("resourceVersion=") + 16;
      out.push_back(request.target.substr(at, request.target.find('&', at) - at));
    }
    return out;
  }
  std::vector<std::string> errors() {
    std::lock_guard<std::mutex> lock(mutex_);
    return errors_;
  }

  ReflectorOptions options_;
  std::optional<BackoffOptions> backoff_;  // in place of the short ones
  Sink sink_;
  std::mutex mutex_;
  std::vector<std::string> errors_;
  std::unique_ptr<Reflector> reflector_;
};

TEST_F(ReflectorTest, PagesAreFetchedWithTheContinueToken) {
  Script script;
  script.OnList(Say(200, List({Object("a", 1), Object("b", 2)}, 10, "t+1==")))
      .OnList(Say(200, List({Object("c", 3)}, 10, "t2")))
      .OnList(Say(200, List({}, 10)))
      .OnWatch(StreamAndHold(Event("ADDED", Object("d", 11))));
  FakeServer server(script.Handler());
  options_.field_selector = "status.phase!=Failed";
  options_.page_limit = 2;
  Start(server);
  EXPECT_THAT(sink_.Until("+d@11"), ElementsAre("begin", "a@1", "b@2", "c@3", "end@10", "+d@11"));
  const auto requests = server.requests();
  EXPECT_EQ(requests.at(0).target, "/api/v1/pods?limit=2&fieldSelector=status.phase%21%3DFailed");
  EXPECT_THAT(requests.at(1).target, HasSubstr("&continue=t%2B1%3D%3D"));
  EXPECT_THAT(requests.at(2).target, HasSubstr("&continue=t2"));
  EXPECT_EQ(requests.at(3).target,
            "/api/v1/pods?watch=1&allowWatchBookmarks=true&resourceVersion=10&timeoutSeconds=450"
            "&fieldSelector=status.phase%21%3DFailed");
  EXPECT_EQ(reflector_->counters().lists, 1u);
  EXPECT_EQ(reflector_->counters().watches, 1u);
  EXPECT_EQ(reflector_->counters().events, 1u);
}

TEST_F(ReflectorTest, A410InTheMiddleOfAListBeginsItAnew) {
  Script script;
  script.OnList(Say(200, List({Object("a", 1)}, 10, "t1")))
      .OnList(Say(410, kExpired))
      .OnList(Say(200, List({Object("b", 12)}, 20)));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("end@20"), ElementsAre("begin", "a@1", "begin", "b@12", "end@20"));
  EXPECT_EQ(server.requests().at(2).Contains("continue"), false);
}

TEST_F(ReflectorTest, A410InTheStreamListsAgain) {
  Script script;
  script.OnList(Say(200, List({Object("a", 1)}, 10)))
      .OnList(Say(200, List({Object("b", 30)}, 31)))
      .OnWatch(StreamAndHold(Event("MODIFIED", Object("a", 11)) + Event("ERROR", kExpired)))
      .OnWatch(StreamAndHold(Event("DELETED", Object("b", 32))));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("-b@32"),
              ElementsAre("begin", "a@1", "end@10", "+a@11", "begin", "b@30", "end@31", "-b@32"));
  EXPECT_THAT(Versions(server), ElementsAre("10", "31"));
  EXPECT_EQ(reflector_->counters().lists, 2u);
}

TEST_F(ReflectorTest, A410AsHttpStatusAndATooLargeVersionListAgain) {
  for (const std::string& refusal :
       {std::string(kExpired), std::string(R"({"kind":"Status","code":504,"reason":"Timeout",)"
                                           R"("message":"Timeout: Too large resource version: 9",)"
                                           R"("details":{"causes":[{"reason":)"
                                           R"("ResourceVersionTooLarge"}]}})")}) {
    Script script;
    script.OnList(Say(200, List({Object("a", 1)}, 10)))
        .OnList(Say(200, List({Object("b", 30)}, 31)))
        .OnWatch(Say(refusal == kExpired ? 410 : 504, refusal));
    FakeServer server(script.Handler());
    Start(server);
    while (Versions(server).size() < 2) std::this_thread::sleep_for(milliseconds(5));
    EXPECT_THAT(Versions(server), ElementsAre("10", "31"));
    EXPECT_EQ(reflector_->counters().watch_errors, 1u);
    EXPECT_EQ(reflector_->counters().lists, 2u);
    reflector_.reset();
  }
}

TEST_F(ReflectorTest, AVersionThatKeepsBeingGoneIsListedAgainOnlyAfterPauses) {
  Script script;
  script.OnList(Say(200, List({Object("a", 1)}, 10)));
  for (int i = 0; i < 200; ++i) script.OnWatch(Say(410, kExpired));
  FakeServer server(script.Handler());
  Start(server);
  sink_.Until("end@10");
  std::this_thread::sleep_for(milliseconds(600));
  reflector_->Stop();
  EXPECT_LT(reflector_->counters().lists, 12u);
  EXPECT_GE(reflector_->counters().lists, 2u);
}

TEST_F(ReflectorTest, ARelistWithANewUidIsHandedOverWhole) {
  Script script;
  script.OnList(Say(200, List({Object("a", 1), Object("b", 2)}, 10)))
      .OnList(Say(
          200, List({R"({"metadata":{"name":"a","uid":"u-other","resourceVersion":"15"}})"}, 20)))
      .OnWatch(Say(410, kExpired));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("end@20"),
              ElementsAre("begin", "a@1", "b@2", "end@10", "begin", "a@15", "end@20"));
}

TEST_F(ReflectorTest, BookmarksMoveTheVersionAndReachNobody) {
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnWatch(StreamAndEnd(Bookmark(20) + Bookmark(25)))
      .OnWatch(StreamAndHold(Event("ADDED", Object("a", 26))));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("+a@26"), ElementsAre("begin", "end@10", "+a@26"));
  EXPECT_THAT(Versions(server), ElementsAre("10", "25"));
  EXPECT_EQ(reflector_->counters().bookmarks, 2u);
  EXPECT_EQ(reflector_->counters().watch_errors, 0u) << "a clean end after a bookmark is no error";
}

TEST_F(ReflectorTest, WatchesThatDeliverAndAreCutAreOpenedAgainAfterTheFirstPause) {
  constexpr int kCuts = 30;
  Script script;
  script.OnList(Say(200, List({}, 1)));
  for (int i = 0; i < kCuts; ++i) {
    script.OnWatch([i](const FakeRequest&, FakePeer& peer) {
      peer.BeginChunks();
      peer.Chunk(Event("ADDED", Object("a", i + 2)));
      return false;
    });
  }
  FakeServer server(script.Handler());
  // Pauses that grew would come to hours.
  backoff_ = {.first = milliseconds(1),
              .max = std::chrono::hours(24),
              .refused_max = std::chrono::hours(24),
              .calm = std::chrono::hours(24)};
  Start(server);
  sink_.Until("+a@" + std::to_string(kCuts + 1));
  EXPECT_EQ(reflector_->counters().lists.load(), 1u);
}

TEST_F(ReflectorTest, ACleanEndIsRenewedAtOnceFromTheLastVersion) {
  options_.short_watch = milliseconds(50);
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnWatch(StreamAndEnd(Event("ADDED", Object("a", 11))))
      .OnWatch([](const FakeRequest&, FakePeer& peer) {
        peer.BeginChunks();
        std::this_thread::sleep_for(milliseconds(120));
        return peer.EndChunks();
      })
      .OnWatch(StreamAndHold(Event("DELETED", Object("a", 12))));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("-a@12"), ElementsAre("begin", "end@10", "+a@11", "-a@12"));
  EXPECT_THAT(Versions(server), ElementsAre("10", "11", "11"));
  EXPECT_EQ(reflector_->counters().watch_errors, 0u);
  EXPECT_THAT(sink_.log(), ::testing::Not(Contains("down")));
}

TEST_F(ReflectorTest, AWatchThatEndsAtOnceWithoutAnEventIsAnError) {
  Script script;
  script.OnList(Say(200, List({}, 10)));
  for (int i = 0; i < 100; ++i) script.OnWatch(StreamAndEnd(""));
  FakeServer server(script.Handler());
  Start(server);
  sink_.Until("down");
  std::this_thread::sleep_for(milliseconds(500));
  reflector_->Stop();
  EXPECT_GE(reflector_->counters().watch_errors, 2u);
  EXPECT_LT(reflector_->counters().watches, 12u) << "no busy loop";
  EXPECT_EQ(reflector_->counters().lists, 1u) << "and no list";
  EXPECT_THAT(errors(), Contains(HasSubstr("ended at once without an event")));
}

// Also the way a server is met again after a restart.
void CutInTheMiddleOfALine(bool reset, Script& script) {
  const std::string second = Event("ADDED", Object("b", 12));
  script.OnList(Say(200, List({}, 10)))
      .OnWatch([=](const FakeRequest&, FakePeer& peer) {
        peer.BeginChunks();
        peer.Chunk(Event("ADDED", Object("a", 11)) + second.substr(0, 40));
        std::this_thread::sleep_for(milliseconds(50));
        if (reset) peer.Reset();
        return false;
      })
      .OnWatch(StreamAndHold(second + Event("ADDED", Object("c", 13))));
}

TEST_F(ReflectorTest, AConnectionClosedInTheMiddleOfALineResumesWithoutLossOrDouble) {
  Script script;
  CutInTheMiddleOfALine(false, script);
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("+c@13"), ElementsAre("begin", "end@10", "+a@11", "+b@12", "+c@13"));
  EXPECT_THAT(Versions(server), ElementsAre("10", "11"));
}

TEST_F(ReflectorTest, AConnectionResetInTheMiddleOfALineResumesWithoutLossOrDouble) {
  Script script;
  CutInTheMiddleOfALine(true, script);
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("+c@13"), ElementsAre("begin", "end@10", "+a@11", "+b@12", "+c@13"));
  EXPECT_THAT(Versions(server), ElementsAre("10", "11"));
}

TEST_F(ReflectorTest, EventsMayBeSplitAtAnyByte) {
  Script script;
  std::string text;
  for (int i = 11; i < 16; ++i) text += Event("ADDED", Object("p" + std::to_string(i), i, "é\\n"));
  script.OnList(Say(200, List({}, 10))).OnWatch([text](const FakeRequest&, FakePeer& peer) {
    peer.BeginChunks();
    for (const char c : text) peer.Chunk(std::string_view(&c, 1));
    peer.WaitClosed();
    return false;
  });
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("+p15@15"), ElementsAre("begin", "end@10", "+p11@11", "+p12@12",
                                                  "+p13@13", "+p14@14", "+p15@15"));
}

TEST_F(ReflectorTest, LinesOfSeveralMegabytesPassAndLongerOnesLeadToAList) {
  options_.line_bytes_max = 4 << 20;
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnList(Say(200, List({Object("big", 12)}, 20)))
      .OnWatch(StreamAndHold(Event("ADDED", Object("a", 11, std::string(3 << 20, 'x'))) +
                             Event("ADDED", Object("big", 12, std::string(5 << 20, 'x')))))
      .OnWatch(StreamAndHold(Event("ADDED", Object("big", 12, std::string(5 << 20, 'x')))))
      .OnWatch(StreamAndHold(Event("ADDED", Object("c", 21))));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("+c@21"),
              ElementsAre("begin", "end@10", "+a@11", "begin", "big@12", "end@20", "+c@21"));
  EXPECT_THAT(Versions(server), ElementsAre("10", "11", "20"));
  EXPECT_GT(sink_.bytes(), std::size_t{3} << 20);
  EXPECT_THAT(errors(), Contains(HasSubstr("a line is longer than 4194304 bytes")));
}

TEST_F(ReflectorTest, AnUndecodableLineIsTriedAgainAndThenListed) {
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnList(Say(200, List({Object("a", 12)}, 20)))
      .OnWatch(StreamAndHold("{\"type\":\"ADDED\",\"object\":{\"meta\n"))
      .OnWatch(StreamAndHold("<html>\n"));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("end@20"), ElementsAre("begin", "end@10", "begin", "a@12", "end@20"));
  EXPECT_THAT(Versions(server), ::testing::Contains("10").Times(2));
}

TEST_F(ReflectorTest, UnknownEventTypesArePassedOver) {
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnWatch(StreamAndHold(Event("SOMETHING", "{}") + Event("ADDED", Object("a", 11))));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("+a@11"), ElementsAre("begin", "end@10", "+a@11"));
}

TEST_F(ReflectorTest, A429IsObeyedAndTheWatchResumesFromTheSameVersion) {
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnWatch(Say(429, "{}", "Retry-After: 1\r\n"))
      .OnWatch(Say(500, "<html>oops</html>"))
      .OnWatch(StreamAndHold(Event("ERROR", R"({"kind":"Status","code":500,"reason":"X"})")))
      .OnWatch(StreamAndHold(Event("ADDED", Object("a", 11))));
  FakeServer server(script.Handler());
  Start(server);
  const auto begin = steady_clock::now();
  EXPECT_THAT(sink_.Until("+a@11"), ElementsAre("begin", "end@10", "+a@11"));
  // The pause the server asked for is cut to the longest of our own, which is 100 ms here.
  EXPECT_GE(steady_clock::now() - begin, milliseconds(150));
  EXPECT_THAT(Versions(server), ElementsAre("10", "10", "10", "10"));
  EXPECT_EQ(reflector_->counters().lists, 1u);
}

TEST_F(ReflectorTest, AServerThatRestartsIsMetAgainFromTheSameVersion) {
  Script before;
  before.OnList(Say(200, List({}, 10))).OnWatch(StreamAndHold(Event("ADDED", Object("a", 11))));
  auto server = std::make_unique<FakeServer>(before.Handler());
  const int port = server->port();
  Start(*server);
  sink_.Until("+a@11");
  server.reset();
  sink_.Until("down");
  std::this_thread::sleep_for(milliseconds(300));  // refused several times
  Script after;
  after.OnWatch(StreamAndHold(Event("ADDED", Object("b", 12))));
  FakeServer again(after.Handler(), nullptr, port);
  EXPECT_THAT(sink_.Until("+b@12"), ElementsAre("begin", "end@10", "+a@11", "+b@12"));
  EXPECT_THAT(Versions(again), ElementsAre("11"));
  EXPECT_THAT(errors(), Contains(HasSubstr("cannot connect")));
}

TEST_F(ReflectorTest, A401FetchesTheTokenAnew) {
  TempDir dir;
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnWatch([&dir](const FakeRequest&, FakePeer& peer) {
        dir.Write("token", "two");
        return peer.Answer(401, "{}");
      })
      .OnWatch(StreamAndHold(Event("ADDED", Object("a", 11))));
  FakeServer server(script.Handler());
  ClusterAccess access = server.Access();
  access.credentials =
      MakeTextCredentials({TextSource::File(dir.Write("token", "one"), "t"), nullptr, nullptr});
  Start(access);
  EXPECT_THAT(sink_.Until("+a@11"), ElementsAre("begin", "end@10", "+a@11"));
  EXPECT_EQ(server.requests().at(1).Header("authorization"), "Bearer one");
  EXPECT_EQ(server.requests().at(2).Header("authorization"), "Bearer two");
}

TEST_F(ReflectorTest, ASilentStreamIsGivenUpAndResumed) {
  options_.silence_max = milliseconds(200);
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnWatch(StreamAndHold(Bookmark(15)))
      .OnWatch(StreamAndHold(Event("ADDED", Object("a", 16))));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("+a@16"), ElementsAre("begin", "end@10", "+a@16"));
  EXPECT_EQ(Versions(server).at(1), "15");
}

TEST_F(ReflectorTest, AWatchWhoseAnswerNeverBeginsIsGivenUp) {
  options_.open_max = milliseconds(200);
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnWatch([](const FakeRequest&, FakePeer& peer) {
        peer.WaitClosed();
        return false;
      })
      .OnWatch(StreamAndHold(Event("ADDED", Object("a", 11))));
  FakeServer server(script.Handler());
  Start(server);
  EXPECT_THAT(sink_.Until("+a@11"), ElementsAre("begin", "end@10", "+a@11"));
}

TEST_F(ReflectorTest, AListThatFailsIsTriedAgain) {
  Script script;
  script.OnList(Say(403, R"({"kind":"Status","reason":"Forbidden","message":"no","code":403})"))
      .OnList(Say(200, "{\"not\":\"a list\"}"))
      .OnList(Say(200, "{\"metadata\":{\"resourceVersion\":\"10\"},\"items\":[{\"a\":"))
      .OnList(Say(200, List({Object("a", 1)}, 10)));
  FakeServer server(script.Handler());
  Start(server);
  const std::vector<std::string> log = sink_.Until("end@10");
  EXPECT_THAT(std::vector<std::string>(log.end() - 3, log.end()),
              ElementsAre("begin", "a@1", "end@10"));
  EXPECT_EQ(reflector_->counters().list_errors, 3u);
  EXPECT_THAT(errors(), Contains(HasSubstr("/api/v1/pods: list: HTTP 403 Forbidden: no")));
}

const char kNotServed[] = "404 page not found\n";

TEST_F(ReflectorTest, AServerWithoutAnOptionalResourceHasNoneAndThatIsToldOnce) {
  Script script;
  script.OnList(Say(404, kNotServed))
      .OnList(Say(404, kNotServed))
      .OnList(Say(404, kNotServed))
      .OnList(Say(200, List({Object("a", 1)}, 10)));
  FakeServer server(script.Handler());
  std::atomic<int> unknown{0};
  options_.optional = true;
  options_.on_unknown = [&unknown] { ++unknown; };
  Start(server);
  EXPECT_THAT(sink_.Until("end@10"), ElementsAre("begin", "end@", "begin", "end@", "begin", "end@",
                                                 "begin", "a@1", "end@10"));
  EXPECT_EQ(unknown, 1);
  EXPECT_THAT(errors(), ElementsAre());
  reflector_.reset();
}

TEST_F(ReflectorTest, AnOptionalResourceThatIsNoLongerServedIsListedAsEmpty) {
  Script script;
  script.OnList(Say(200, List({Object("a", 1)}, 10)))
      .OnList(Say(404, kNotServed))
      .OnWatch(Say(404, kNotServed));
  FakeServer server(script.Handler());
  options_.optional = true;
  Start(server);
  const std::vector<std::string> log = sink_.Until("end@");
  ASSERT_GE(log.size(), 5u);
  EXPECT_THAT(std::vector<std::string>(log.begin(), log.begin() + 5),
              ElementsAre("begin", "a@1", "end@10", "begin", "end@"));
  EXPECT_THAT(errors(), ElementsAre(HasSubstr("watch: HTTP 404")));
  reflector_.reset();
}

TEST_F(ReflectorTest, ARefusalOfAnOptionalResourceIsToldOnceUntilItIsGranted) {
  const std::string no = R"({"kind":"Status","reason":"Forbidden","message":"no","code":403})";
  Script script;
  for (int i = 0; i < 4; ++i) script.OnList(Say(403, no));
  script.OnList(Say(200, List({}, 10)))
      .OnWatch(Say(403, no))
      .OnWatch(Say(403, no))
      .OnWatch(Say(403, no))
      .OnWatch(StreamAndHold(Event("ADDED", Object("a", 11))));
  FakeServer server(script.Handler());
  options_.optional = true;
  Start(server);
  EXPECT_THAT(sink_.Until("+a@11"), ElementsAre("begin", "end@10", "+a@11"));
  EXPECT_EQ(reflector_->counters().list_errors, 4u);
  EXPECT_EQ(reflector_->counters().watch_errors, 3u);
  EXPECT_THAT(errors(), ElementsAre("/api/v1/pods: list: HTTP 403 Forbidden: no",
                                    "/api/v1/pods: watch: HTTP 403 Forbidden: no"));
}

TEST_F(ReflectorTest, StopIsPromptWhateverIsGoingOn) {
  const Certificate ca("ca", "", nullptr);
  const Certificate leaf("server", "IP:127.0.0.1", &ca);
  ServerContext context(leaf, nullptr);
  const auto hang = [](const FakeRequest&, FakePeer& peer) {
    peer.WaitClosed();
    return false;
  };
  for (const bool tls : {false, true}) {
    for (const int phase : {0, 1, 2, 3}) {  // listing, opening, watching, pausing
      Script script;
      script.OnList(phase == 0 ? hang : Say(200, List({}, 10)));
      if (phase == 1) script.OnWatch(hang);
      if (phase == 3) script.OnWatch(Say(500, ""));
      FakeServer server(script.Handler(), tls ? context.get() : nullptr);
      ClusterAccess access = server.Access();
      access.ca = TextSource::Fixed(ca.Pem());
      Start(access);
      while (server.requests().empty()) std::this_thread::sleep_for(milliseconds(5));
      std::this_thread::sleep_for(milliseconds(60));
      const auto begin = steady_clock::now();
      reflector_->Stop();
      EXPECT_LT(steady_clock::now() - begin, milliseconds(10000)) << tls << phase;
      const std::size_t length = sink_.log().size();
      std::this_thread::sleep_for(milliseconds(20));
      EXPECT_EQ(sink_.log().size(), length) << "the sink is left alone after Stop";
      reflector_.reset();
    }
  }
}

TEST_F(ReflectorTest, ConnectedFollowsTheWatch) {
  Script script;
  script.OnList(Say(200, List({}, 10)))
      .OnWatch([](const FakeRequest&, FakePeer& peer) {
        peer.BeginChunks();
        peer.Chunk(Event("ADDED", Object("a", 11)));
        return false;
      })
      .OnWatch(StreamAndHold(Event("ADDED", Object("b", 12))));
  FakeServer server(script.Handler());
  Start(server);
  sink_.Until("+b@12");
  EXPECT_THAT(sink_.log(), ElementsAre("begin", "end@10", "up", "+a@11", "down", "up", "+b@12"));
}

}  // namespace
}  // namespace tangram::api::kubernetes
