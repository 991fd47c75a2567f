// Proxies between us and the API server: who is asked, and what becomes of a call through one.
#include "api/kubernetes/proxy.h"

#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "api/kubernetes/kubeconfig.h"
#include "api/kubernetes/rest_client.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/api/kubernetes/certificates.h"
#include "tests/api/kubernetes/connect_proxy.h"
#include "tests/api/kubernetes/fake_server.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::kubernetes {
namespace {

using ::testing::AllOf;
using testing::Certificate;
using testing::ConnectProxy;
using ::testing::ElementsAre;
using testing::FakePeer;
using testing::FakeRequest;
using testing::FakeServer;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ServerContext;

TEST(ProxyUrlTest, HostPortAndPasswordAreRead) {
  const auto full = ParseProxyUrl("http://me:p%40ss@proxy.example:3128/", "f");
  ASSERT_TRUE(full.ok()) << full.status();
  EXPECT_EQ(full->host, "proxy.example");
  EXPECT_EQ(full->port, 3128);
  EXPECT_EQ(full->user, "me");
  EXPECT_EQ(full->password, "p@ss");
  EXPECT_EQ(full->Url(), "http://proxy.example:3128") << "no password in a log";
  EXPECT_EQ(ParseProxyUrl("proxy", "f")->port, 80);
  EXPECT_EQ(ParseProxyUrl("[::1]:8080", "f")->host, "::1");
}

TEST(ProxyUrlTest, WhatCannotBeMeantIsRefusedByField) {
  struct Case {
    const char* text;
    const char* said;
  };
  for (const Case& c : {Case{"socks5://p:1080", "proxies of socks5:// are not supported"},
                        Case{"https://p", "proxies of https:// are not supported"},
                        Case{"http://", "\"\" is no host"}, Case{"http://p:0", "port \"0\""},
                        Case{"http://p:x", "port \"x\""}, Case{"http://a b", "is no host"},
                        Case{"http://me@p", "user and password belong together"}}) {
    const absl::Status status = ParseProxyUrl(c.text, "proxy-url").status();
    EXPECT_THAT(std::string(status.message()),
                AllOf(HasSubstr("proxy-url: "), HasSubstr(c.said), HasSubstr("allowed: http://")));
  }
  EXPECT_THAT(std::string(ParseProxyUrl("socks5://me:secret@p", "f").status().message()),
              Not(HasSubstr("secret")));
}

TEST(NoProxyTest, EntriesAreReadAsGoReadsThem) {
  struct Case {
    const char* list;
    const char* host;
    bool direct;
  };
  for (const Case& c : {
           Case{"", "api.example", false},
           Case{"*", "api.example", true},
           Case{"example", "api.example", true},
           Case{"example", "example", true},
           Case{"example", "badexample", false},
           Case{".example", "api.example", true},
           Case{".example", "example", false},
           Case{"*.example", "api.example", true},
           Case{"API.example ", "api.EXAMPLE", true},
           Case{"other, api.example", "api.example", true},
           Case{"api.example:6443", "api.example", true},
           Case{"api.example:443", "api.example", false},
           Case{"10.0.0.0/8", "10.96.0.1", true},
           Case{"10.96.0.0/15", "10.98.0.1", false},
           Case{"10.96.0.0/15", "10.97.255.1", true},
           Case{"10.96.0.1", "10.96.0.1", true},
           Case{"10.96.0.1", "10.96.0.10", false},
           Case{"fd00::/8", "fd12::1", true},
           Case{"fd00::1", "fd00::1", true},
           Case{"[fd00::1]:6443", "fd00::1", true},
           Case{"10.0.0.0/33", "10.0.0.1", false},
           Case{",,", "api.example", false},
           Case{"", "localhost", true},
           Case{"", "127.0.0.9", true},
           Case{"", "::1", true},
       }) {
    EXPECT_EQ(GoesWithoutProxy(c.list, c.host, 6443), c.direct) << c.list << " for " << c.host;
  }
}

// Sets variables for the time of a test.
class Environment {
 public:
  void Set(const char* name, const char* value) {
    const char* before = std::getenv(name);
    kept_.emplace_back(name, before == nullptr ? "" : before);
    ::setenv(name, value, 1);
  }
  ~Environment() {
    for (auto kept = kept_.rbegin(); kept != kept_.rend(); ++kept) {
      if (kept->second.empty()) {
        ::unsetenv(kept->first.c_str());
      } else {
        ::setenv(kept->first.c_str(), kept->second.c_str(), 1);
      }
    }
  }

 private:
  std::vector<std::pair<std::string, std::string>> kept_;
};

TEST(ProxyFromEnvironmentTest, TheVariableOfTheSchemeCounts) {
  Environment environment;
  for (const char* name :
       {"https_proxy", "HTTPS_PROXY", "http_proxy", "HTTP_PROXY", "no_proxy", "NO_PROXY"}) {
    environment.Set(name, "");
  }
  ClusterAccess access;
  access.host = "api.example";
  access.port = 6443;
  EXPECT_FALSE(ProxyFromEnvironment(access)->has_value());
  environment.Set("https_proxy", "http://small:1");
  EXPECT_EQ((*ProxyFromEnvironment(access))->host, "small");
  environment.Set("HTTPS_PROXY", "http://large:1");
  EXPECT_EQ((*ProxyFromEnvironment(access))->host, "large");
  access.tls = false;
  EXPECT_FALSE(ProxyFromEnvironment(access)->has_value());
  environment.Set("HTTP_PROXY", "plain:2");
  EXPECT_EQ((*ProxyFromEnvironment(access))->port, 2);
  environment.Set("NO_PROXY", "example");
  EXPECT_FALSE(ProxyFromEnvironment(access)->has_value());
  access.host = "127.0.0.1";
  environment.Set("NO_PROXY", "");
  EXPECT_FALSE(ProxyFromEnvironment(access)->has_value()) << "loopback never is";
  access.host = "api.other";
  environment.Set("HTTP_PROXY", "socks5://p");
  EXPECT_THAT(std::string(ProxyFromEnvironment(access).status().message()),
              HasSubstr("environment variable HTTP_PROXY: proxies of socks5://"));
}

// A TLS server, met through a proxy under a name that only the proxy can resolve.
class ThroughProxyTest : public ::testing::Test {
 protected:
  ClusterAccess Access(const ConnectProxy& proxy) const {
    ClusterAccess access = server_.Access();
    access.host = "api.example";
    access.port = 6443;
    access.ca = TextSource::Fixed(ca_.Pem());
    access.proxy = Proxy{.host = "127.0.0.1", .port = proxy.port()};
    return access;
  }
  static Reply Get(const ClusterAccess& access) {
    CallOptions options;
    options.deadline = std::chrono::seconds(20);
    RestClient client(std::make_shared<const ClusterAccess>(access), std::make_shared<Watchdog>(),
                      "tangram/test");
    return client.Get("/api", options);
  }

  const Certificate ca_{"test CA", "", nullptr};
  const Certificate leaf_{"api.example", "DNS:api.example", &ca_};
  ServerContext context_{leaf_, nullptr};
  FakeServer server_{[](const FakeRequest&, FakePeer& peer) { return peer.Answer(200, "{}"); },
                     context_.get()};
};

TEST_F(ThroughProxyTest, ATunnelReachesTheServerAndEndsInItsCertificate) {
  ConnectProxy proxy(server_.port());
  const Reply reply = Get(Access(proxy));
  EXPECT_TRUE(reply.ok()) << reply.error;
  EXPECT_THAT(proxy.heads(), ElementsAre(HasSubstr("CONNECT api.example:6443 HTTP/1.1\r\n")));
  EXPECT_EQ(server_.requests().at(0).target, "/api");
  EXPECT_EQ(server_.requests().at(0).Header("host"), "api.example:6443");
}

TEST_F(ThroughProxyTest, TheNameOfTheCertificateMayBeAnother) {
  ConnectProxy proxy(server_.port());
  ClusterAccess access = Access(proxy);
  access.host = "10.1.2.3";
  access.tls_server_name = "api.example";
  const Reply reply = Get(access);
  EXPECT_TRUE(reply.ok()) << reply.error;
  EXPECT_THAT(proxy.heads(), ElementsAre(HasSubstr("CONNECT 10.1.2.3:6443 ")))
      << "the proxy is asked for the server, not for the name";
  access.tls_server_name = "other.example";
  EXPECT_THAT(Get(access).error, HasSubstr("mismatch"));
}

TEST_F(ThroughProxyTest, ThePasswordStaysWithTheProxy) {
  ConnectProxy proxy(server_.port());
  ClusterAccess access = Access(proxy);
  access.proxy->user = "me";
  access.proxy->password = "secret";
  EXPECT_TRUE(Get(access).ok());
  EXPECT_THAT(proxy.heads(), ElementsAre(HasSubstr("Proxy-Authorization: Basic bWU6c2VjcmV0\r\n")));
  EXPECT_THAT(server_.requests().at(0).Header("proxy-authorization"), Not(HasSubstr("Basic")));
}

TEST_F(ThroughProxyTest, AProxyThatRefusesIsNamedWithItsStatus) {
  ConnectProxy proxy(server_.port(), 403);
  const Reply reply = Get(Access(proxy));
  EXPECT_EQ(reply.outcome, Outcome::kNotSent);
  EXPECT_THAT(reply.error,
              HasSubstr("https://api.example:6443 through the proxy http://127.0.0.1:"));
  EXPECT_THAT(reply.error, HasSubstr(": refused with HTTP 403"));
}

TEST_F(ThroughProxyTest, AProxyThatIsNotThereIsNamed) {
  int port = 0;
  { port = ConnectProxy(server_.port()).port(); }
  ClusterAccess access = server_.Access();
  access.host = "api.example";
  access.proxy = Proxy{.host = "127.0.0.1", .port = port};
  const Reply reply = Get(access);
  EXPECT_EQ(reply.outcome, Outcome::kNotSent);
  EXPECT_THAT(reply.error, HasSubstr("through the proxy http://127.0.0.1:"));
  EXPECT_THAT(reply.error, HasSubstr("cannot connect"));
}

TEST_F(ThroughProxyTest, AKubeconfigNamesItsProxy) {
  ConnectProxy proxy(server_.port());
  tangram::testing::TempDir dir;
  const std::string path = dir.Write("config", R"(
apiVersion: v1
kind: Config
current-context: c
clusters:
- name: c
  cluster: {server: "https://api.example:6443", insecure-skip-tls-verify: true, proxy-url: "http://127.0.0.1:)" +
                                                   std::to_string(proxy.port()) + R"("}
users: [{name: c, user: {}}]
contexts: [{name: c, context: {cluster: c, user: c}}]
)");
  const auto access = LoadKubeconfig(path, "");
  ASSERT_TRUE(access.ok()) << access.status();
  EXPECT_TRUE(Get(**access).ok());
  EXPECT_EQ(proxy.heads().size(), 1u);
}

}  // namespace
}  // namespace tangram::api::kubernetes
