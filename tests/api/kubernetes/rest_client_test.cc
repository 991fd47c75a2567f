// What a call to the API server can end in, and what is tried again.
#include "api/kubernetes/rest_client.h"

#include <chrono>
#include <csignal>
#include <memory>
#include <string>
#include <thread>

#include "api/kubernetes/server_version.h"
#include "api/kubernetes/watchdog.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/kubernetes/certificates.h"
#include "tests/api/kubernetes/fake_server.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::kubernetes {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;
using tangram::testing::TempDir;
using testing::Certificate;
using testing::FakePeer;
using testing::FakeRequest;
using testing::FakeServer;
using ::testing::HasSubstr;
using testing::ServerContext;

// Every process that uses the client ignores SIGPIPE; this is the one of these tests.
class IgnoreSigpipe : public ::testing::Environment {
 public:
  void SetUp() override { std::signal(SIGPIPE, SIG_IGN); }
};
const ::testing::Environment* const kIgnoreSigpipe =
    ::testing::AddGlobalTestEnvironment(new IgnoreSigpipe);

class Client {
 public:
  explicit Client(ClusterAccess access)
      : watchdog_(std::make_shared<Watchdog>()),
        rest(std::make_shared<const ClusterAccess>(std::move(access)), watchdog_, "tangram/test") {}

 private:
  std::shared_ptr<Watchdog> watchdog_;

 public:
  RestClient rest;
};

CallOptions Within(int ms) {
  CallOptions options;
  options.deadline = milliseconds(ms);
  return options;
}

Request Post(const std::string& path, const std::string& body) {
  return {.method = "POST", .path = path, .body = body, .content_type = kJson};
}

TEST(RestClientTest, ARequestCarriesWhatTheServerNeeds) {
  FakeServer server([](const FakeRequest&, FakePeer& peer) { return peer.Answer(201, "{}"); });
  ClusterAccess access = server.Access();
  access.path_prefix = "/prefix";
  access.credentials = MakeTextCredentials({TextSource::Fixed("secret"), nullptr, nullptr});
  Client client(access);
  const Reply reply = client.rest.Call(Post("/api/v1/x?a=%2B", "{\"b\":1}"), {});
  EXPECT_EQ(reply.outcome, Outcome::kAnswered);
  EXPECT_EQ(reply.status, 201);
  EXPECT_EQ(reply.body, "{}");
  const FakeRequest request = server.requests().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/prefix/api/v1/x?a=%2B");
  EXPECT_EQ(request.body, "{\"b\":1}");
  EXPECT_EQ(request.Header("authorization"), "Bearer secret");
  EXPECT_EQ(request.Header("user-agent"), "tangram/test");
  EXPECT_EQ(request.Header("accept"), "application/json");
  EXPECT_EQ(request.Header("content-type"), "application/json");
  EXPECT_EQ(request.Header("host"), "127.0.0.1:" + std::to_string(server.port()));
}

TEST(RestClientTest, OneConnectionServesManyCalls) {
  FakeServer server([](const FakeRequest&, FakePeer& peer) { return peer.Answer(200, "{}"); });
  Client client(server.Access());
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(client.rest.Get("/x", {}).ok());
  EXPECT_EQ(server.connections(), 1);
}

TEST(RestClientTest, ErrorStatusesAreDefiniteAnswers) {
  for (const int status : {400, 403, 404, 409, 422, 500, 503}) {
    FakeServer server([status](const FakeRequest&, FakePeer& peer) {
      return peer.Answer(status, R"({"kind":"Status","reason":"R","message":"m"})");
    });
    Client client(server.Access());
    const Reply reply = client.rest.Call(Post("/x", "{}"), {});
    EXPECT_EQ(reply.outcome, Outcome::kAnswered) << status;
    EXPECT_EQ(reply.status, status);
    EXPECT_FALSE(reply.ok());
    EXPECT_THAT(std::string(ToStatus(reply, "POST x").message()), HasSubstr("R: m"));
    EXPECT_EQ(server.requests().size(), 1u) << "a POST is not repeated for " << status;
  }
}

TEST(RestClientTest, ARefusedConnectionIsNotSent) {
  int port = 0;
  {
    FakeServer server([](const FakeRequest&, FakePeer&) { return false; });
    port = server.port();
  }
  ClusterAccess access;
  access.tls = false;
  access.host = "127.0.0.1";
  access.port = port;
  access.credentials = MakeTextCredentials({});
  Client client(access);
  const Reply reply = client.rest.Call(Post("/x", "{}"), Within(2000));
  EXPECT_EQ(reply.outcome, Outcome::kNotSent);
  EXPECT_TRUE(reply.refused);
  EXPECT_TRUE(absl::IsUnavailable(ToStatus(reply, "POST")));
}

TEST(RestClientTest, AConnectionLostAfterThePostIsUnknownAndNotRepeated) {
  for (const bool reset : {false, true}) {
    FakeServer server([reset](const FakeRequest&, FakePeer& peer) {
      if (reset) peer.Reset();
      return false;
    });
    Client client(server.Access());
    const Reply reply = client.rest.Call(Post("/x", "{}"), Within(2000));
    EXPECT_EQ(reply.outcome, Outcome::kUnknown) << reset;
    EXPECT_TRUE(absl::IsUnknown(ToStatus(reply, "POST")));
    EXPECT_EQ(server.requests().size(), 1u);
  }
}

TEST(RestClientTest, AnAnswerCutInTheMiddleIsUnknown) {
  for (const char* answer :
       {"HTTP/1.1 2", "HTTP/1.1 201 Created\r\nContent-Le",
        "HTTP/1.1 201 Created\r\nContent-Length: 10\r\n\r\n{\"a\"",
        "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "NONSENSE\r\n\r\n"}) {
    FakeServer server([answer](const FakeRequest&, FakePeer& peer) {
      peer.Write(answer);
      return false;
    });
    Client client(server.Access());
    EXPECT_EQ(client.rest.Call(Post("/x", "{}"), Within(2000)).outcome, Outcome::kUnknown)
        << answer;
  }
}

TEST(RestClientTest, AGetWhoseAnswerWasLostIsRepeatedOnce) {
  FakeServer server([](const FakeRequest& request, FakePeer& peer) {
    return request.connection > 1 && peer.Answer(200, "{}");
  });
  Client client(server.Access());
  EXPECT_TRUE(client.rest.Get("/x", Within(2000)).ok());
  EXPECT_EQ(server.connections(), 2);
}

TEST(RestClientTest, ASilentServerEndsAtTheDeadline) {
  FakeServer server([](const FakeRequest&, FakePeer& peer) {
    peer.WaitClosed();
    return false;
  });
  Client client(server.Access());
  const auto begin = steady_clock::now();
  const Reply reply = client.rest.Call(Post("/x", "{}"), Within(300));
  const auto took = steady_clock::now() - begin;
  EXPECT_EQ(reply.outcome, Outcome::kUnknown);
  EXPECT_GE(took, milliseconds(290));
  EXPECT_LT(took, milliseconds(15000));
}

TEST(RestClientTest, ADrippingServerEndsAtTheDeadlineToo) {
  for (const bool in_header : {true, false}) {
    FakeServer server([in_header](const FakeRequest&, FakePeer& peer) {
      if (!in_header) peer.Write("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n");
      while (!peer.stopping() && peer.Write("H")) {
        std::this_thread::sleep_for(milliseconds(20));
      }
      return false;
    });
    Client client(server.Access());
    const auto begin = steady_clock::now();
    const Reply reply = client.rest.Get("/x", Within(400));
    const auto took = steady_clock::now() - begin;
    EXPECT_EQ(reply.outcome, Outcome::kUnknown) << in_header;
    EXPECT_THAT(reply.error, HasSubstr("deadline exceeded"));
    EXPECT_GE(took, milliseconds(390));
    EXPECT_LT(took, milliseconds(15000)) << in_header;
  }
}

TEST(RestClientTest, AnOversizeAnswerIsRefused) {
  FakeServer server(
      [](const FakeRequest&, FakePeer& peer) { return peer.Answer(200, std::string(1000, 'x')); });
  Client client(server.Access());
  CallOptions options = Within(2000);
  options.body_bytes_max = 999;
  const Reply reply = client.rest.Call(Post("/x", ""), options);
  EXPECT_EQ(reply.outcome, Outcome::kUnknown);
  EXPECT_THAT(reply.error, HasSubstr("larger than 999 bytes"));
  options.body_bytes_max = 1000;
  EXPECT_TRUE(client.rest.Get("/x", options).ok());
}

TEST(RestClientTest, A429IsRepeatedForEveryVerbAfterItsPause) {
  FakeServer server([](const FakeRequest& request, FakePeer& peer) {
    if (request.Contains("first") && peer.stopping()) return false;
    static std::atomic<int> count{0};
    return ++count % 2 == 1 ? peer.Answer(429, "{}", "Retry-After: 1\r\n") : peer.Answer(201, "{}");
  });
  Client client(server.Access());
  const auto begin = steady_clock::now();
  const Reply reply = client.rest.Call(Post("/x", "body"), Within(5000));
  EXPECT_EQ(reply.status, 201);
  EXPECT_GE(steady_clock::now() - begin, milliseconds(1000));
  EXPECT_EQ(server.requests().size(), 2u);
  EXPECT_EQ(server.requests().at(1).body, "body");
}

TEST(RestClientTest, A429ThatOutlivesTheDeadlineIsHandedOver) {
  FakeServer server([](const FakeRequest&, FakePeer& peer) {
    return peer.Answer(429, "{}", "Retry-After: 20\r\n");
  });
  Client client(server.Access());
  const auto begin = steady_clock::now();
  const Reply reply = client.rest.Call(Post("/x", "{}"), Within(15000));
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.retry_after_seconds, 20);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(14000)) << "no wait that cannot help";
}

TEST(RestClientTest, A503WithRetryAfterIsRepeatedForAGetOnly) {
  std::atomic<int> count{0};
  FakeServer server([&count](const FakeRequest&, FakePeer& peer) {
    return ++count == 1 ? peer.Answer(503, "{}", "Retry-After: 0\r\n") : peer.Answer(200, "{}");
  });
  Client client(server.Access());
  EXPECT_EQ(client.rest.Get("/x", Within(3000)).status, 200);
  count = 0;
  EXPECT_EQ(client.rest.Call(Post("/x", "{}"), Within(3000)).status, 503);
}

TEST(RestClientTest, A401FetchesTheTokenAnewAndRepeatsOnce) {
  TempDir dir;
  FakeServer server([](const FakeRequest& request, FakePeer& peer) {
    return request.Header("authorization") == "Bearer new" ? peer.Answer(201, "{}")
                                                           : peer.Answer(401, "{}");
  });
  ClusterAccess access = server.Access();
  access.credentials =
      MakeTextCredentials({TextSource::File(dir.Write("token", "old"), "t"), nullptr, nullptr});
  Client client(access);
  EXPECT_EQ(client.rest.Call(Post("/x", "{}"), Within(2000)).status, 401);
  EXPECT_EQ(server.requests().size(), 2u) << "repeated once, no more";
  dir.Write("token", "new\n");
  EXPECT_EQ(client.rest.Call(Post("/x", "{}"), Within(2000)).status, 201);
}

TEST(RestClientTest, ABrokenTokenIsNeverSent) {
  FakeServer server([](const FakeRequest&, FakePeer& peer) { return peer.Answer(200, "{}"); });
  ClusterAccess access = server.Access();
  access.credentials = MakeTextCredentials({TextSource::Fixed("a\r\nX-Evil: 1"), nullptr, nullptr});
  Client client(access);
  const Reply reply = client.rest.Get("/x", Within(1000));
  EXPECT_EQ(reply.outcome, Outcome::kNotSent);
  EXPECT_THAT(reply.error, HasSubstr("token: character 2 has code 13"));
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST(RestClientTest, StopEndsARunningCallAndTheSleepOfARetry) {
  for (const bool throttled : {false, true}) {
    FakeServer server([throttled](const FakeRequest&, FakePeer& peer) {
      if (throttled) return peer.Answer(429, "{}", "Retry-After: 20\r\n");
      peer.WaitClosed();
      return false;
    });
    Client client(server.Access());
    std::thread stopper([&] {
      std::this_thread::sleep_for(milliseconds(150));
      client.rest.Stop();
    });
    const auto begin = steady_clock::now();
    client.rest.Call(Post("/x", "{}"), Within(30000));
    EXPECT_LT(steady_clock::now() - begin, milliseconds(15000)) << throttled;
    stopper.join();
    EXPECT_EQ(client.rest.Get("/x", {}).outcome, Outcome::kNotSent);
  }
}

TEST(RestClientTest, TheVersionIsAsked) {
  FakeServer server([](const FakeRequest& request, FakePeer& peer) {
    return request.target == "/version"
               ? peer.Answer(200, R"({"major":"1","minor":"36+","gitVersion":"v1.36.3"})")
               : peer.Answer(404, "");
  });
  Client client(server.Access());
  const auto version = GetServerVersion(client.rest, {});
  ASSERT_TRUE(version.ok()) << version.status();
  EXPECT_EQ(version->minor, 36);
}

TEST(WatchdogTest, AReleasedGuardNeverBarks) {
  Watchdog watchdog;
  std::atomic<int> barks{0};
  const auto now = steady_clock::now();
  {
    Watchdog::Guard early = watchdog.Arm(now + milliseconds(300), [&] { ++barks; });
    Watchdog::Guard late = watchdog.Arm(now + milliseconds(20000), [&] { barks += 100; });
  }
  std::this_thread::sleep_for(milliseconds(400));
  EXPECT_EQ(barks, 0);
}

TEST(WatchdogTest, DeadlinesBarkInOrderAndAgain) {
  Watchdog watchdog;
  std::atomic<int> first{0};
  std::atomic<int> second{0};
  const auto now = steady_clock::now();
  Watchdog::Guard b = watchdog.Arm(now + milliseconds(60000), [&] { ++second; });
  Watchdog::Guard a = watchdog.Arm(now + milliseconds(30), [&] { ++first; });
  while (first < 2) std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(second, 0);
}

class TlsTest : public ::testing::Test {
 protected:
  static FakeServer::Handler Ok() {
    return [](const FakeRequest&, FakePeer& peer) { return peer.Answer(200, "{}"); };
  }
  Reply Get(const FakeServer& server, const std::string& ca, const std::string& name = "") {
    ClusterAccess access = server.Access();
    access.ca = TextSource::Fixed(ca);
    access.tls_server_name = name;
    return Client(access).rest.Get("/x", Within(3000));
  }
  const Certificate ca_{"test CA", "", nullptr};
  const Certificate by_address_{"server", "IP:127.0.0.1", &ca_};
  const Certificate by_name_{"127.0.0.1", "DNS:api.example", &ca_};
};

TEST_F(TlsTest, ACertificateOfOurCaForThisAddressIsAccepted) {
  ServerContext context(by_address_, nullptr);
  FakeServer server(Ok(), context.get());
  const Reply reply = Get(server, ca_.Pem());
  EXPECT_TRUE(reply.ok()) << reply.error;
}

TEST_F(TlsTest, ASelfSignedServerCertificateMayBeItsOwnCa) {
  const Certificate self("self", "IP:127.0.0.1", nullptr);
  ServerContext context(self, nullptr);
  FakeServer server(Ok(), context.get());
  EXPECT_TRUE(Get(server, self.Pem()).ok());
  ServerContext signed_context(by_address_, nullptr);
  FakeServer signed_server(Ok(), signed_context.get());
  EXPECT_TRUE(Get(signed_server, by_address_.Pem() + ca_.Pem()).ok());
}

TEST_F(TlsTest, AForeignCaIsRefusedBeforeAnythingIsSent) {
  const Certificate other("other CA", "", nullptr);
  ServerContext context(by_address_, nullptr);
  FakeServer server(Ok(), context.get());
  const Reply reply = Get(server, other.Pem());
  EXPECT_EQ(reply.outcome, Outcome::kNotSent);
  EXPECT_THAT(reply.error, HasSubstr("unable to get local issuer certificate"));
  EXPECT_EQ(server.requests().size(), 0u);
}

TEST_F(TlsTest, AnotherNameIsRefusedUnlessItIsTheOneAskedFor) {
  ServerContext context(by_name_, nullptr);
  FakeServer server(Ok(), context.get());
  const Reply wrong = Get(server, ca_.Pem());
  EXPECT_EQ(wrong.outcome, Outcome::kNotSent);
  EXPECT_THAT(wrong.error, HasSubstr("mismatch"));
  EXPECT_EQ(server.requests().size(), 0u);
  EXPECT_TRUE(Get(server, ca_.Pem(), "api.example").ok());
  EXPECT_FALSE(Get(server, ca_.Pem(), "other.example").ok());
}

TEST_F(TlsTest, TheSystemsRootsAreNoFallback) {
  ServerContext context(by_address_, nullptr);
  FakeServer server(Ok(), context.get());
  ClusterAccess access = server.Access();
  EXPECT_EQ(Client(access).rest.Get("/x", Within(3000)).outcome, Outcome::kNotSent);
  access.insecure_skip_tls_verify = true;
  EXPECT_TRUE(Client(access).rest.Get("/x", Within(3000)).ok());
}

TEST_F(TlsTest, ACaThatIsReplacedTakesEffect) {
  TempDir dir;
  ServerContext context(by_address_, nullptr);
  FakeServer server(Ok(), context.get());
  ClusterAccess access = server.Access();
  access.ca = TextSource::File(dir.File("ca.crt"), "certificate-authority");
  Client client(access);
  EXPECT_THAT(client.rest.Get("/x", Within(3000)).error, HasSubstr("cannot read file"));
  dir.Write("ca.crt", Certificate("other CA", "", nullptr).Pem());
  EXPECT_THAT(client.rest.Get("/x", Within(3000)).error, HasSubstr("TLS handshake failed"));
  dir.Write("ca.crt", ca_.Pem());
  access.ca->Invalidate();
  EXPECT_TRUE(client.rest.Get("/x", Within(3000)).ok());
}

TEST_F(TlsTest, AClientCertificateIsPresented) {
  const Certificate me("me", "", &ca_);
  ServerContext context(by_address_, &ca_);
  FakeServer server(Ok(), context.get());
  ClusterAccess access = server.Access();
  access.ca = TextSource::Fixed(ca_.Pem());
  EXPECT_FALSE(Client(access).rest.Get("/x", Within(3000)).ok());
  access.credentials =
      MakeTextCredentials({nullptr, TextSource::Fixed(me.Pem()), TextSource::Fixed(me.KeyPem())});
  const Reply reply = Client(access).rest.Get("/x", Within(3000));
  EXPECT_TRUE(reply.ok()) << reply.error;
}

TEST_F(TlsTest, BadPemIsExplained) {
  const Certificate me("me", "", &ca_);
  ServerContext context(by_address_, nullptr);
  FakeServer server(Ok(), context.get());
  EXPECT_THAT(Get(server, "no pem").error, HasSubstr("CA certificate: "));
  ClusterAccess access = server.Access();
  access.ca = TextSource::Fixed(ca_.Pem());
  access.credentials =
      MakeTextCredentials({nullptr, TextSource::Fixed(me.Pem()), TextSource::Fixed(ca_.KeyPem())});
  EXPECT_THAT(Client(access).rest.Get("/x", Within(3000)).error, HasSubstr("client key: "));
}

TEST_F(TlsTest, AConnectionTheServerClosedWhileIdleIsOpenedAnew) {
  // What the API server does after 90 s: close_notify and close, seen only by the next request.
  ServerContext context(by_address_, nullptr);
  FakeServer server(
      [](const FakeRequest&, FakePeer& peer) {
        peer.Answer(201, "{}");
        return false;
      },
      context.get());
  ClusterAccess access = server.Access();
  access.ca = TextSource::Fixed(ca_.Pem());
  Client client(access);
  for (int i = 0; i < 3; ++i) {
    const Reply reply = client.rest.Call(Post("/x", "{\"a\":1}"), Within(3000));
    EXPECT_NE(reply.outcome, Outcome::kUnknown) << reply.error;
    EXPECT_TRUE(reply.ok()) << reply.error;
    std::this_thread::sleep_for(milliseconds(50));
  }
  EXPECT_EQ(server.requests().size(), 3u);
}

TEST_F(TlsTest, AServerSilentInTheHandshakeEndsAtTheDeadline) {
  FakeServer plain([](const FakeRequest&, FakePeer&) { return false; });
  ClusterAccess access = plain.Access();  // speaks no TLS and waits for a request line
  access.tls = true;
  const auto begin = steady_clock::now();
  EXPECT_EQ(Client(access).rest.Get("/x", Within(400)).outcome, Outcome::kNotSent);
  EXPECT_LT(steady_clock::now() - begin, milliseconds(15000));
}

}  // namespace
}  // namespace tangram::api::kubernetes
