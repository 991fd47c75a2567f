// What a well-behaved client gets: bodies, reuse, order, versions.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

#include "tests/api/http/served.h"

namespace tangram::api::http {
namespace {

using std::chrono::milliseconds;

TEST(HttpRequestTest, ABodyComesBackWhole) {
  Served served;
  RawClient client(served.port());
  for (const std::size_t size : {0u, 1u, 300u, 65535u, 65536u, 220000u, 3000000u}) {
    SCOPED_TRACE(size);
    std::string body;
    while (body.size() < size) body += std::to_string(body.size()) + ",";
    body.resize(size);
    const auto reply = client.Ask(Post("/echo", body));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->status, 200);
    EXPECT_EQ(reply->fields.at("content-type"), "application/json");
    EXPECT_EQ(reply->fields.at("content-length"), std::to_string(size));
    EXPECT_EQ(reply->fields.count("connection"), 0u);
    EXPECT_TRUE(reply->body == body);
  }
}

TEST(HttpRequestTest, BodiesHaveRoomForAPaddedParser) {
  std::atomic<int> short_of_room = 0;
  Router router;
  router.Handle("POST", "/", [&](Request&& request, std::shared_ptr<Exchange> exchange) {
    if (request.body.capacity() < request.body.size() + kBodySpareBytes) ++short_of_room;
    exchange->Respond({});
  });
  auto server = Server::Start({}, std::move(router));
  ASSERT_TRUE(server.ok());
  RawClient client((*server)->port());
  for (const std::size_t size : {0u, 15u, 64u, 1000u, 1u << 20, (1u << 20) + 1, 5u << 20}) {
    ASSERT_TRUE(client.Ask(Post("/", std::string(size, 'x'))));
  }
  ASSERT_TRUE(
      client.Ask("POST / HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n"
                 "4\r\nabcd\r\n0\r\n\r\n"));
  EXPECT_EQ(short_of_room, 0);
}

TEST(HttpRequestTest, ChunksAreJoined) {
  Served served;
  RawClient client(served.port());
  const std::string head = "POST /echo HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: Chunked\r\n\r\n";
  const struct {
    const char* chunks;
    const char* body;
  } cases[] = {
      {"5\r\nhello\r\n6;note=x\r\n world\r\n0\r\n\r\n", "hello world"},
      {"0\r\n\r\n", ""},
      {"3\r\nabc\r\n0\r\nTrailer: ignored\r\n\r\n", "abc"},
      {"A\r\n0123456789\r\n0\r\n\r\n", "0123456789"},
  };
  for (const auto& c : cases) {
    const auto whole = client.Ask(head + c.chunks);
    ASSERT_TRUE(whole) << c.chunks;
    EXPECT_EQ(whole->body, c.body);
    client.Drip(head + c.chunks, 1, milliseconds(1));
    const auto dripped = client.Read();
    ASSERT_TRUE(dripped) << c.chunks;
    EXPECT_EQ(dripped->body, c.body);
  }
}

TEST(HttpRequestTest, TargetIsSplitAtTheFirstQuestionMark) {
  Served served;
  RawClient client(served.port());
  const struct {
    const char* target;
    const char* seen;
  } cases[] = {
      {"/path", "/path|"},
      {"/path?", "/path|"},
      {"/path?a=b&c=%20?d", "/path|a=b&c=%20?d"},
      {"http://t:1/path?x", "/path|x"},
      {"HTTP://t/path", "/path|"},
  };
  for (const auto& c : cases) {
    const auto reply = client.Ask(Get(c.target));
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, c.seen) << c.target;
  }
  EXPECT_EQ(client.Ask(Get("/p%61th"))->status, 404) << "percent signs are not decoded";
  EXPECT_EQ(client.Ask(Get("http://t"))->status, 404);
}

TEST(HttpRequestTest, AForgedResponseFieldIsLeftOut) {
  Served served;
  RawClient client(served.port());
  const auto reply = client.Ask(Get("/path"));
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->fields.at("x-kept"), "yes");
  EXPECT_EQ(reply->fields.count("x-forged"), 0u);
  EXPECT_EQ(reply->fields.count("x-injected"), 0u);
}

TEST(HttpRequestTest, RoutesThatDoNotExistKeepTheConnection) {
  Served served;
  RawClient client(served.port());
  EXPECT_EQ(client.Ask(Get("/none"))->status, 404);
  const auto wrong = client.Ask(Get("/echo"));
  EXPECT_EQ(wrong->status, 405);
  EXPECT_EQ(wrong->fields.at("allow"), "POST");
  EXPECT_EQ(client.Ask("DELETE /pods/ns/name HTTP/1.1\r\nHost: t\r\n\r\n")->body, "ns/name");
}

TEST(HttpRequestTest, HeadHasTheLengthButNotTheBody) {
  Served served;
  RawClient client(served.port());
  client.Send("HEAD /path HTTP/1.1\r\nHost: t\r\n\r\n");
  const auto reply = client.Read(std::chrono::seconds(10), /*head_only=*/true);
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->fields.at("content-length"), "6");
  EXPECT_EQ(client.Ask(Get("/path"))->body, "/path|") << "the stream is still in step";
}

TEST(HttpRequestTest, PipelinedRequestsAreAnsweredInOrder) {
  Served served;
  RawClient client(served.port());
  std::string all;
  for (int i = 0; i < 50; ++i) all += Post("/echo", "number " + std::to_string(i));
  client.Send(all);
  for (int i = 0; i < 50; ++i) {
    const auto reply = client.Read();
    ASSERT_TRUE(reply);
    EXPECT_EQ(reply->body, "number " + std::to_string(i));
  }
}

TEST(HttpRequestTest, APipelinedRequestWaitsForTheDeferredAnswerBeforeIt) {
  Served served;
  RawClient client(served.port());
  client.Send(Post("/later", "a") + Post("/echo", "second"));
  const auto exchange = served.Take();
  ASSERT_NE(exchange, nullptr);
  EXPECT_FALSE(client.Readable(milliseconds(100)));
  EXPECT_FALSE(exchange->closed()) << "a pipelined byte is not an end";
  Response first;
  first.body = "first";
  exchange->Respond(std::move(first));
  EXPECT_EQ(client.Read()->body, "first");
  EXPECT_EQ(client.Read()->body, "second");
}

TEST(HttpRequestTest, ExpectContinueIsAnswered) {
  Served served;
  RawClient client(served.port());
  const std::string head =
      "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n";
  const auto interim = client.Ask(head);
  ASSERT_TRUE(interim);
  EXPECT_EQ(interim->status, 100);
  EXPECT_EQ(client.Ask("body")->body, "body");
  // A client that does not wait gets no interim answer; one that expects other things, 417.
  EXPECT_EQ(client.Ask(head + "BODY")->body, "BODY");
  EXPECT_EQ(
      client.Ask("POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1\r\nExpect: tea\r\n\r\n")
          ->status,
      417);
}

TEST(HttpRequestTest, HttpOneZeroIsServed) {
  Served served;
  RawClient closing(served.port());
  const auto reply = closing.Ask("GET /path HTTP/1.0\r\n\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->status, 200);
  EXPECT_EQ(reply->fields.at("connection"), "close");
  EXPECT_TRUE(closing.Ended());
  RawClient keeping(served.port());
  for (int i = 0; i < 2; ++i) {
    const auto kept = keeping.Ask("GET /path HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
    ASSERT_TRUE(kept);
    EXPECT_EQ(kept->fields.at("connection"), "keep-alive");
  }
}

TEST(HttpRequestTest, ConnectionCloseIsHonoured) {
  Served served;
  RawClient client(served.port());
  const auto reply = client.Ask("GET /path HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n");
  ASSERT_TRUE(reply);
  EXPECT_EQ(reply->fields.at("connection"), "close");
  EXPECT_TRUE(client.Ended(milliseconds(1000)));
}

TEST(HttpRequestTest, AHalfClosedClientGetsAnImmediateAnswer) {
  Served served;
  RawClient client(served.port());
  client.Send(Get("/path"));
  client.HalfClose();
  EXPECT_EQ(client.Read()->status, 200);
}

TEST(HttpRequestTest, FiftyConnectionsAtOnce) {
  ServerOptions options;
  options.threads = 3;
  Served served(options);
  std::atomic<int> good = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < 50; ++c) {
    clients.emplace_back([&served, &good, c] {
      RawClient client(served.port());
      for (int i = 0; i < 40; ++i) {
        const std::string body(static_cast<std::size_t>(c * 997 + i * 13),
                               static_cast<char>('a' + c % 26));
        const auto reply = client.Ask(Post("/echo", body));
        if (reply && reply->status == 200 && reply->body == body) ++good;
      }
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(good, 50 * 40);
}

}  // namespace
}  // namespace tangram::api::http
