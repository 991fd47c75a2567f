// What a careless or hostile client gets: each limit, each deadline, each malformed message. After
// every case the server still answers others.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/api/http/served.h"

namespace tangram::api::http {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr const char* kHead = "POST /echo HTTP/1.1\r\nHost: t\r\n";

ServerOptions Small() {
  ServerOptions options;
  options.header_limit_bytes = 2048;
  options.body_limit_bytes = 100'000;
  options.header_fields_max = 20;
  return options;
}

ServerOptions Impatient() {
  ServerOptions options = Small();
  options.read_deadline = milliseconds(400);
  options.write_deadline = milliseconds(400);
  return options;
}

void ExpectAlive(Served& served) {
  RawClient client(served.port());
  const auto reply = client.Ask(Post("/echo", "alive"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->body, "alive");
}

struct Malformed {
  const char* what;
  std::string bytes;
  int status;
};

const Malformed kMalformed[] = {
    {"no start line", "hello\r\n\r\n", 400},
    {"TLS", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11) + "\r\n\r\n", 400},
    {"HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400},
    {"HTTP/3.0", "GET / HTTP/3.0\r\nHost: t\r\n\r\n", 400},
    {"no Host", "GET /path HTTP/1.1\r\n\r\n", 400},
    {"two Hosts", "GET /path HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"bare LF", "GET /path HTTP/1.1\nHost: t\n\n", 400},
    {"space before colon", "GET /path HTTP/1.1\r\nHost : t\r\n\r\n", 400},
    {"no path", "GET path HTTP/1.1\r\nHost: t\r\n\r\n", 400},
    {"asterisk", "OPTIONS * HTTP/1.1\r\nHost: t\r\n\r\n", 400},
    {"authority", "CONNECT t:1 HTTP/1.1\r\nHost: t\r\n\r\n", 400},
    {"fragment", "GET /path#x HTTP/1.1\r\nHost: t\r\n\r\n", 400},
    {"high byte in the target", "GET /p\xc3\xa4th HTTP/1.1\r\nHost: t\r\n\r\n", 400},
    {"control in the target", "GET /p\x01th HTTP/1.1\r\nHost: t\r\n\r\n", 400},
    {"lengths that differ", std::string(kHead) + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
     400},
    {"equal lengths twice", std::string(kHead) + "Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
     400},
    {"a list of lengths", std::string(kHead) + "Content-Length: 2, 2\r\n\r\nab", 400},
    {"negative length", std::string(kHead) + "Content-Length: -1\r\n\r\n", 400},
    {"signed length", std::string(kHead) + "Content-Length: +2\r\n\r\nab", 400},
    {"length beyond 64 bits", std::string(kHead) + "Content-Length: 99999999999999999999\r\n\r\n",
     400},
    {"length and chunks",
     std::string(kHead) + "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
    {"chunks and length",
     std::string(kHead) + "Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n", 400},
    {"gzip", std::string(kHead) + "Transfer-Encoding: gzip\r\n\r\nxx", 501},
    {"gzip, chunked", std::string(kHead) + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
     501},
    {"chunked, gzip", std::string(kHead) + "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
     501},
    {"chunks in HTTP/1.0", "POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     400},
    {"chunk size", std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\nxyz\r\n", 400},
    {"chunk without end",
     std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n2\r\nabXX0\r\n\r\n", 400},
    {"endless chunk extension",
     std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n1;x=" + std::string(70'000, 'y'), 400},
    {"header too long", std::string(kHead) + "X: " + std::string(3000, 'x') + "\r\n\r\n", 431},
    {"request line too long", "GET /" + std::string(3000, 'x') + " HTTP/1.1\r\nHost: t\r\n\r\n",
     431},
    {"header without end", std::string(kHead) + "X: " + std::string(30'000, 'x'), 431},
    {"length over the limit", std::string(kHead) + "Content-Length: 100001\r\n\r\n", 413},
    {"length over the limit, expecting",
     std::string(kHead) + "Expect: 100-continue\r\nContent-Length: 100001\r\n\r\n", 413},
    {"chunk over the limit", std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n186A1\r\n",
     413},
    {"chunk size beyond 64 bits",
     std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFFF\r\n", 400},
};

TEST(HttpHostileTest, MalformedRequestsGetAnAnswerAndTheEnd) {
  Served served(Small());
  for (const Malformed& c : kMalformed) {
    SCOPED_TRACE(c.what);
    RawClient client(served.port());
    client.Send(c.bytes);
    const auto reply = client.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, c.status) << reply->body;
    EXPECT_EQ(reply->fields.at("connection"), "close");
    EXPECT_EQ(reply->body.rfind("{\"error\":\"", 0), 0u) << reply->body;
    client.HalfClose();
    EXPECT_TRUE(client.Ended());
    EXPECT_EQ(client.rest(), "") << "one answer only";
  }
  EXPECT_TRUE(served.Logged("request_refused"));
  ExpectAlive(served);
}

TEST(HttpHostileTest, TooManyFieldsAreRefusedAndTheLimitItselfIsNot) {
  Served served(Small());
  for (const int more : {19, 20}) {
    std::string request = "GET /path HTTP/1.1\r\nHost: t\r\n";
    for (int i = 0; i < more; ++i) request += "F" + std::to_string(i) + ": x\r\n";
    RawClient client(served.port());
    EXPECT_EQ(client.Ask(request + "\r\n")->status, more == 19 ? 200 : 431);
  }
}

TEST(HttpHostileTest, TheBodyLimitItselfIsAccepted) {
  Served served(Small());
  RawClient client(served.port());
  EXPECT_EQ(client.Ask(Post("/echo", std::string(100'000, 'x')))->body.size(), 100'000u);
}

TEST(HttpHostileTest, AnOversizeBodyIsRefusedWhileItIsStillBeingSent) {
  Served served(Small());
  const std::string million(1'000'000, 'x');
  std::string chunked = std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 30; ++i) chunked += "2710\r\n" + std::string(10'000, 'x') + "\r\n";
  for (const std::string& bytes : {Post("/echo", million), chunked}) {
    RawClient client(served.port());
    client.Send(bytes);
    const auto reply = client.Read();
    ASSERT_TRUE(reply) << "the answer must not be lost to a reset";
    EXPECT_EQ(reply->status, 413);
  }
  ExpectAlive(served);
}

TEST(HttpHostileTest, AHeaderThatDripsFieldByFieldReachesTheLimit) {
  ServerOptions options = Small();
  options.read_deadline = std::chrono::seconds(20);
  Served served(options);
  RawClient client(served.port());
  client.Send("GET /path HTTP/1.1\r\nHost: t\r\n");
  std::string fields;
  for (int i = 0; i < 100; ++i) fields += "X: " + std::string(95, 'x') + "\r\n";
  client.Drip(fields, 100, milliseconds(2));
  EXPECT_EQ(client.Read()->status, 431);
}

struct SlowCase {
  const char* what;
  std::string at_once;
  std::string dripped;
};

TEST(HttpHostileTest, SlowRequestsEndAtTheReadDeadline) {
  Served served(Impatient());
  const SlowCase cases[] = {
      {"silent in the header", "POST /echo HTTP/1.1\r\nHo", ""},
      {"dripping header", "GET /path HTTP/1.1\r\nHost: t\r\nX: ", std::string(1000, 'x')},
      {"silent in the body", std::string(kHead) + "Content-Length: 10\r\n\r\nabc", ""},
      {"dripping body", std::string(kHead) + "Content-Length: 1000\r\n\r\n", std::string(999, 'x')},
      {"dripping chunks", std::string(kHead) + "Transfer-Encoding: chunked\r\n\r\n3E8\r\n",
       std::string(999, 'x')},
  };
  for (const SlowCase& c : cases) {
    SCOPED_TRACE(c.what);
    RawClient client(served.port());
    const auto start = SteadyClock::now();
    client.Send(c.at_once);
    client.Drip(c.dripped, 1, milliseconds(10));
    const auto reply = client.Read();
    const auto taken = SteadyClock::now() - start;
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 408);
    EXPECT_GE(taken, milliseconds(390));
    EXPECT_LT(taken, milliseconds(20000));
  }
  ExpectAlive(served);
}

TEST(HttpHostileTest, TheReadDeadlineIsPerRequestNotPerConnection) {
  Served served(Impatient());
  RawClient client(served.port());
  for (int i = 0; i < 4; ++i) {
    EXPECT_EQ(client.Ask(Get("/path"))->status, 200);
    std::this_thread::sleep_for(milliseconds(250));
  }
  client.Send("GET /pa");
  EXPECT_EQ(client.Read()->status, 408);
}

TEST(HttpHostileTest, SlowClientsDoNotHoldUpOthers) {
  ServerOptions options = Small();
  options.threads = 1;
  options.read_deadline = std::chrono::seconds(20);
  Served served(options);
  std::vector<std::unique_ptr<RawClient>> slow;
  for (int i = 0; i < 100; ++i) {
    slow.push_back(std::make_unique<RawClient>(served.port()));
    slow.back()->Send("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\nab");
  }
  ExpectAlive(served);
}

TEST(HttpHostileTest, AClientThatDoesNotReadIsCutOff) {
  Served served(Impatient());
  RawClient client(served.port(), /*receive_buffer=*/4096);
  client.Send(Get("/large"));
  for (int i = 0; i < 1500 && !served.Logged("write_timed_out"); ++i) {
    std::this_thread::sleep_for(milliseconds(10));
  }
  EXPECT_TRUE(served.Logged("write_timed_out"));
  EXPECT_FALSE(client.Read()) << "the answer is cut";
  ExpectAlive(served);
}

TEST(HttpHostileTest, ALargeAnswerReachesASteadyReader) {
  Served served(Small());
  RawClient client(served.port());
  EXPECT_EQ(client.Ask(Get("/large"))->body.size(), kLargeBytes);
}

TEST(HttpHostileTest, IdleConnectionsEndAtTheIdleDeadline) {
  ServerOptions options = Small();
  options.idle_deadline = milliseconds(1000);
  Served served(options);
  RawClient fresh(served.port());
  EXPECT_TRUE(fresh.Ended(milliseconds(15000)));
  EXPECT_EQ(fresh.rest(), "");
  RawClient used(served.port());
  EXPECT_EQ(used.Ask(Get("/path"))->status, 200);
  EXPECT_FALSE(used.Ended(milliseconds(100)));
  EXPECT_TRUE(used.Ended(milliseconds(15000)));
}

TEST(HttpHostileTest, OverTheConnectionLimitTheLongestIdleOneMakesRoom) {
  ServerOptions options = Small();
  options.connections_max = 3;
  Served served(options);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(served.port()));
    ASSERT_TRUE(clients.back()->Ask(Get("/path")));
    // A connection is idle once its answer is written, a moment after the client has read it.
    std::this_thread::sleep_for(milliseconds(50));
  }
  ASSERT_TRUE(clients[0]->Ask(Get("/path"))) << "the second is now the longest idle";
  std::this_thread::sleep_for(milliseconds(50));
  RawClient newcomer(served.port());
  EXPECT_EQ(newcomer.Ask(Get("/path"))->status, 200);
  EXPECT_TRUE(clients[1]->Ended(milliseconds(15000)));
  EXPECT_EQ(clients[0]->Ask(Get("/path"))->status, 200);
  EXPECT_EQ(clients[2]->Ask(Get("/path"))->status, 200);
}

TEST(HttpHostileTest, OverTheConnectionLimitBusyOnesStayAndTheNewOneIsRefused) {
  ServerOptions options = Small();
  options.connections_max = 2;
  options.waiting_max = 0;
  Served served(options);
  RawClient first(served.port());
  RawClient second(served.port());
  first.Send(Post("/later", ""));
  second.Send(Post("/later", ""));
  const auto one = served.Take();
  const auto two = served.Take();
  ASSERT_TRUE(one != nullptr && two != nullptr);
  RawClient third(served.port());
  const auto refused = third.Ask(Get("/path"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 503);
  EXPECT_EQ(refused->fields.at("connection"), "close");
  EXPECT_TRUE(served.Logged("connection_refused"));
  one->Respond({});
  two->Respond({});
  EXPECT_EQ(first.Read()->status, 200);
  EXPECT_EQ(second.Read()->status, 200);
  RawClient fourth(served.port());
  EXPECT_EQ(fourth.Ask(Get("/path"))->status, 200);
}

TEST(HttpHostileTest, RequestsThatWaitTakeNoPlaceFromOthers) {
  ServerOptions options = Small();
  options.threads = 1;  // A handler is over before the next connection is taken in.
  options.connections_max = 2;
  options.waiting_max = 40;
  Served served(options);
  std::vector<std::unique_ptr<RawClient>> waiting;
  std::vector<std::shared_ptr<Exchange>> kept;
  for (int i = 0; i < 40; ++i) {
    waiting.push_back(std::make_unique<RawClient>(served.port()));
    waiting.back()->Send(Post("/later", ""));
    kept.push_back(served.Take());
    ASSERT_NE(kept.back(), nullptr);
  }
  RawClient other(served.port());
  EXPECT_EQ(other.Ask(Get("/path"))->status, 200);
  for (const auto& exchange : kept) exchange->Respond({});
  for (const auto& client : waiting) EXPECT_EQ(client->Read()->status, 200);
}

TEST(HttpHostileTest, OverBothLimitsAdminRoutesStillAnswerAndNothingElseDoes) {
  ServerOptions options = Small();
  options.threads = 1;
  options.connections_max = 3;
  options.waiting_max = 2;
  Served served(options);
  std::vector<std::unique_ptr<RawClient>> busy;
  std::vector<std::shared_ptr<Exchange>> kept;
  for (int i = 0; i < 5; ++i) {
    busy.push_back(std::make_unique<RawClient>(served.port()));
    busy.back()->Send(Post("/later", ""));
    kept.push_back(served.Take());
    ASSERT_NE(kept.back(), nullptr);
  }
  // More than the reserve holds, and all of them stay silent: the newest displaces the oldest.
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 100; ++i) silent.push_back(std::make_unique<RawClient>(served.port()));
  RawClient probe(served.port());
  EXPECT_EQ(probe.Ask(Get("/alive"))->status, 200);
  EXPECT_EQ(probe.Ask(Get("/alive"))->status, 200) << "and again on the same connection";
  RawClient verb(served.port());
  EXPECT_EQ(verb.Ask(Get("/path"))->status, 503);
  for (const auto& exchange : kept) exchange->Respond({});
  for (const auto& client : busy) EXPECT_EQ(client->Read()->status, 200);
  EXPECT_EQ(probe.Ask(Get("/path"))->status, 200) << "there is room again";
}

TEST(HttpHostileTest, AnIdleConnectionThatItsClientClosesGivesItsPlaceBackAtOnce) {
  ServerOptions options = Small();
  options.threads = 1;
  options.connections_max = 1;
  Served served(options);
  for (int i = 0; i < 20; ++i) {
    RawClient client(served.port());
    EXPECT_EQ(client.Ask(Get("/path"))->status, 200);
  }
  EXPECT_FALSE(served.Logged("connection_refused"));
}

TEST(HttpHostileTest, ClientsThatNeverReadHoldABoundedSum) {
  ServerOptions options = Small();
  options.write_deadline = std::chrono::seconds(60);
  options.in_transit_max_bytes = 2 * kLargeBytes;
  Served served(options);
  std::vector<std::unique_ptr<RawClient>> silent;
  for (int i = 0; i < 6; ++i) {
    silent.push_back(std::make_unique<RawClient>(served.port(), 4096));
    silent.back()->Send(Get("/large"));
    // Until its answer is on its way, so that the order is known.
    ASSERT_TRUE(silent.back()->Readable(std::chrono::seconds(10)));
  }
  RawClient reader(served.port());
  EXPECT_EQ(reader.Ask(Get("/large"))->body.size(), kLargeBytes);
  EXPECT_TRUE(served.Logged("memory_taken_back"));
  EXPECT_FALSE(silent.front()->Read()) << "cut off";
}

TEST(HttpHostileTest, AFloodOfConnectionsIsOutlived) {
  ServerOptions options = Small();
  options.connections_max = 8;
  Served served(options);
  for (int round = 0; round < 5; ++round) {
    std::vector<std::unique_ptr<RawClient>> flood;
    for (int i = 0; i < 100; ++i) {
      flood.push_back(std::make_unique<RawClient>(served.port()));
      flood.back()->Send(i % 2 == 0 ? "POST /echo HT" : Get("/path"));
      if (i % 3 == 0) flood.back()->Reset();
    }
  }
  for (int i = 0; i < 100; ++i) {
    RawClient client(served.port());
    const auto reply = client.Ask(Get("/path"));
    if (reply && reply->status == 200) return;
    std::this_thread::sleep_for(milliseconds(50));
  }
  FAIL() << "the server does not answer after the flood";
}

}  // namespace
}  // namespace tangram::api::http
