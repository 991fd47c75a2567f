// Answers: deferred, missing, twice, too late; and how a server starts and stops.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "tests/api/http/served.h"

namespace tangram::api::http {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

Response Text(std::string body) {
  Response response;
  response.body = std::move(body);
  return response;
}

bool Within(milliseconds limit, const std::function<bool()>& fact) {
  for (const auto end = SteadyClock::now() + limit; SteadyClock::now() < end;) {
    if (fact()) return true;
    std::this_thread::sleep_for(milliseconds(2));
  }
  return fact();
}

TEST(ExchangeTest, ADeferredAnswerComesFromAnyThreadAndHoldsNone) {
  ServerOptions options;
  options.threads = 1;
  Served served(options);
  RawClient client(served.port());
  for (int round = 0; round < 3; ++round) {
    client.Send(Post("/later", "x"));
    const auto exchange = served.Take();
    ASSERT_NE(exchange, nullptr);
    RawClient other(served.port());
    EXPECT_EQ(other.Ask(Get("/path"))->status, 200) << "the only thread is free meanwhile";
    std::thread([exchange, round] {
      exchange->Respond(Text("round " + std::to_string(round)));
    }).join();
    EXPECT_EQ(client.Read()->body, "round " + std::to_string(round));
    EXPECT_FALSE(exchange->closed());
  }
}

TEST(ExchangeTest, APendingAnswerHasNoDeadline) {
  ServerOptions options;
  options.read_deadline = options.write_deadline = options.idle_deadline = milliseconds(100);
  Served served(options);
  RawClient client(served.port());
  client.Send(Post("/later", "x"));
  const auto exchange = served.Take();
  ASSERT_NE(exchange, nullptr);
  std::this_thread::sleep_for(milliseconds(400));
  exchange->Respond(Text("late"));
  EXPECT_EQ(client.Read()->body, "late");
}

TEST(ExchangeTest, AClientThatGoesAwayIsNoticed) {
  Served served;
  for (const bool reset : {false, true}) {
    SCOPED_TRACE(reset ? "RST" : "FIN");
    RawClient client(served.port());
    client.Send(Post("/later", "x"));
    const auto exchange = served.Take();
    ASSERT_NE(exchange, nullptr);
    const auto calls = std::make_shared<std::atomic<int>>(0);
    exchange->OnClose([calls] { ++*calls; });
    EXPECT_FALSE(exchange->closed());
    if (reset) {
      client.Reset();
    } else {
      client.Close();
    }
    EXPECT_TRUE(Within(milliseconds(2000), [&] { return *calls == 1; }));
    EXPECT_TRUE(exchange->closed());
    exchange->Respond(Text("to nobody"));
    EXPECT_EQ(*calls, 1);
  }
}

TEST(ExchangeTest, OnCloseAfterTheEndIsCalledAtOnce) {
  Served served;
  RawClient client(served.port());
  client.Send(Post("/later", "x"));
  const auto exchange = served.Take();
  ASSERT_NE(exchange, nullptr);
  client.Close();
  ASSERT_TRUE(Within(milliseconds(2000), [&] { return exchange->closed(); }));
  int calls = 0;
  exchange->OnClose([&calls] { ++calls; });
  EXPECT_EQ(calls, 1);
}

TEST(ExchangeTest, OnCloseIsNotCalledAfterTheAnswerAndIsLetGo) {
  Served served;
  const auto calls = std::make_shared<std::atomic<int>>(0);
  {
    RawClient client(served.port());
    client.Send(Post("/later", "x"));
    const auto exchange = served.Take();
    ASSERT_NE(exchange, nullptr);
    exchange->OnClose([calls, exchange] { ++*calls; });
    exchange->Respond({});
    EXPECT_EQ(client.Read()->status, 200);
  }
  served.Shutdown();
  EXPECT_EQ(*calls, 0);
  EXPECT_EQ(calls.use_count(), 1);
}

TEST(ExchangeTest, ACloseCallbackThatThrowsEndsNothing) {
  Served served;
  RawClient client(served.port());
  client.Send(Post("/later", "x"));
  const auto exchange = served.Take();
  ASSERT_NE(exchange, nullptr);
  exchange->OnClose([] { throw std::runtime_error("callback's own trouble"); });
  client.Close();
  EXPECT_TRUE(Within(milliseconds(2000), [&] { return served.Logged("callback_threw"); }));
}

TEST(ExchangeTest, ADroppedExchangeIsAnswered500) {
  Served served;
  RawClient client(served.port());
  EXPECT_EQ(client.Ask(Get("/drops"))->status, 500);
  client.Send(Post("/later", "x"));
  served.Take().reset();
  EXPECT_EQ(client.Read()->status, 500);
  EXPECT_EQ(client.Ask(Get("/path"))->status, 200) << "the connection goes on";
}

TEST(ExchangeTest, AHandlerThatThrowsIsAnswered500AndLogged) {
  Served served;
  RawClient client(served.port());
  EXPECT_EQ(client.Ask(Get("/throws"))->status, 500);
  EXPECT_TRUE(served.Logged("handler_threw /throws: handler's own trouble"));
  EXPECT_EQ(client.Ask(Get("/answers-then-throws"))->status, 200);
  EXPECT_EQ(client.Ask(Get("/path"))->status, 200) << "the connection goes on";
}

TEST(ExchangeTest, AStatusOutOfRangeIsSentAs500) {
  Served served;
  RawClient client(served.port());
  for (const int status : {0, 100, 199, 600, -1}) {
    client.Send(Post("/later", "x"));
    Response response;
    response.status = status;
    served.Take()->Respond(std::move(response));
    EXPECT_EQ(client.Read()->status, 500);
  }
}

TEST(ExchangeDeathTest, ASecondAnswerIsABrokenInvariant) {
  GTEST_FLAG_SET(death_test_style, "threadsafe");
  EXPECT_DEATH(
      {
        Served served;
        RawClient client(served.port());
        client.Send(Post("/later", "x"));
        const auto exchange = served.Take();
        exchange->Respond({});
        exchange->Respond({});
      },
      "broken invariant");
}

TEST(ExchangeTest, ManyDeferredAnswersAndDepartingClientsAtOnce) {
  Served served;
  std::atomic<bool> done = false;
  std::atomic<int> good = 0;
  std::thread answering([&] {
    std::vector<std::thread> answers;
    while (!done) {
      const auto exchange = served.Take();
      if (exchange == nullptr) break;
      answers.emplace_back([exchange] {
        exchange->OnClose([exchange] { (void)exchange->closed(); });
        exchange->Respond(Text("answer"));
      });
    }
    for (std::thread& answer : answers) answer.join();
  });
  std::vector<std::thread> clients;
  for (int c = 0; c < 16; ++c) {
    clients.emplace_back([&served, &good, c] {
      for (int i = 0; i < 12; ++i) {
        RawClient client(served.port());
        client.Send(Post("/later", "x"));
        if ((c + i) % 3 == 0) continue;  // Goes away at once.
        const auto reply = client.Read();
        if (reply && reply->body == "answer") ++good;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  done = true;
  RawClient last(served.port());
  last.Send(Post("/later", "x"));
  answering.join();
  EXPECT_EQ(good, 16 * 12 * 2 / 3);
}

TEST(ServerTest, AnAddressInUseIsNamed) {
  Served served;
  ServerOptions options;
  options.port = served.port();
  const auto second = Server::Start(options, Router());
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(std::string(second.status().message()),
            "http server: cannot listen on 127.0.0.1 port " + std::to_string(served.port()) +
                ": Address already in use");
}

TEST(ServerTest, OptionsOutOfRangeAreNamed) {
  const struct {
    const char* named;
    void (*spoil)(ServerOptions&);
  } cases[] = {
      {"address \"localhost:1\"", [](ServerOptions& o) { o.address = "localhost:1"; }},
      {"threads is 0", [](ServerOptions& o) { o.threads = 0; }},
      {"header_limit_bytes is 1,", [](ServerOptions& o) { o.header_limit_bytes = 1; }},
      {"body_limit_bytes is 0", [](ServerOptions& o) { o.body_limit_bytes = 0; }},
      {"header_fields_max is 0", [](ServerOptions& o) { o.header_fields_max = 0; }},
      {"connections_max is -1", [](ServerOptions& o) { o.connections_max = -1; }},
      {"waiting_max is -1", [](ServerOptions& o) { o.waiting_max = -1; }},
      {"in_transit_max_bytes is 0", [](ServerOptions& o) { o.in_transit_max_bytes = 0; }},
      {"read_deadline is 0", [](ServerOptions& o) { o.read_deadline = milliseconds(0); }},
      {"write_deadline is -5", [](ServerOptions& o) { o.write_deadline = milliseconds(-5); }},
      {"idle_deadline is 0", [](ServerOptions& o) { o.idle_deadline = milliseconds(0); }},
  };
  for (const auto& c : cases) {
    ServerOptions options;
    c.spoil(options);
    const auto server = Server::Start(options, Router());
    ASSERT_FALSE(server.ok()) << c.named;
    EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_NE(std::string(server.status().message()).find(c.named), std::string::npos)
        << server.status();
  }
}

TEST(ServerTest, TheDefaultIdleTimeOutlastsTheGoClients) {
  EXPECT_GT(ServerOptions().idle_deadline, std::chrono::seconds(90));
}

TEST(ServerTest, APortIsFreeAgainAfterStop) {
  ServerOptions options;
  for (int round = 0; round < 3; ++round) {
    Served served(options);
    options.port = served.port();
    RawClient client(served.port());
    EXPECT_EQ(client.Ask(Get("/path"))->status, 200);
  }
}

TEST(ServerTest, StopClosesIdleConnectionsAtOnce) {
  Served served;
  RawClient fresh(served.port());
  RawClient used(served.port());
  EXPECT_EQ(used.Ask(Get("/path"))->status, 200);
  const auto start = SteadyClock::now();
  served.server().Stop(std::chrono::seconds(20));
  EXPECT_LT(SteadyClock::now() - start, milliseconds(15000));
  EXPECT_TRUE(fresh.Ended());
  EXPECT_TRUE(used.Ended());
  EXPECT_FALSE(RawClient(served.port()).connected());
}

TEST(ServerTest, StopLetsAPendingAnswerFinish) {
  Served served;
  RawClient client(served.port());
  client.Send(Post("/later", "x"));
  const auto exchange = served.Take();
  ASSERT_NE(exchange, nullptr);
  const auto start = SteadyClock::now();
  std::thread answering([exchange] {
    std::this_thread::sleep_for(milliseconds(200));
    exchange->Respond(Text("in time"));
  });
  served.server().Stop(std::chrono::seconds(20));
  EXPECT_LT(SteadyClock::now() - start, milliseconds(15000)) << "it ends with the last answer";
  answering.join();
  const auto reply = client.Read();
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "in time");
  EXPECT_EQ(reply->fields.at("connection"), "close");
}

TEST(ServerTest, StopGivesUpAPendingAnswerAtItsBound) {
  Served served;
  RawClient client(served.port());
  client.Send(Post("/later", "x"));
  const auto exchange = served.Take();
  ASSERT_NE(exchange, nullptr);
  std::atomic<int> calls = 0;
  exchange->OnClose([&calls] { ++calls; });
  const auto start = SteadyClock::now();
  served.server().Stop(milliseconds(150));
  EXPECT_GE(SteadyClock::now() - start, milliseconds(140));
  EXPECT_LT(SteadyClock::now() - start, milliseconds(15000));
  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(exchange->closed());
  EXPECT_TRUE(client.Ended());
  exchange->Respond(Text("to nobody"));
}

TEST(ServerTest, ExchangesMayOutliveTheServer) {
  std::vector<std::shared_ptr<Exchange>> kept;
  {
    Served served;
    RawClient answered(served.port());
    RawClient dropped(served.port());
    answered.Send(Post("/later", "x"));
    dropped.Send(Post("/later", "x"));
    kept.push_back(served.Take());
    kept.push_back(served.Take());
    served.Shutdown();
  }
  EXPECT_TRUE(kept[0]->closed());
  kept[0]->Respond(Text("to nobody"));
  kept.clear();
}

TEST(ServerTest, StopDuringTrafficLosesNoBegunAnswer) {
  for (int round = 0; round < 5; ++round) {
    Served served;
    std::atomic<int> broken = 0;
    std::vector<std::thread> clients;
    for (int c = 0; c < 8; ++c) {
      clients.emplace_back([&served, &broken] {
        RawClient client(served.port());
        for (;;) {
          const auto reply = client.Ask(Post("/echo", std::string(50'000, 'x')));
          if (!reply) {
            // Between two requests the connection may end, never inside an answer.
            if (!client.rest().empty()) ++broken;
            return;
          }
          if (reply->body.size() != 50'000) ++broken;
        }
      });
    }
    std::this_thread::sleep_for(milliseconds(50));
    served.server().Stop(std::chrono::seconds(20));
    for (std::thread& client : clients) client.join();
    EXPECT_EQ(broken, 0);
  }
}

}  // namespace
}  // namespace tangram::api::http
