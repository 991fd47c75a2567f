// Which handler a method and path reach, and what the others are told.
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "api/http/server.h"

namespace tangram::api::http {
namespace {

// An exchange without a server: routes need no socket to be tested.
class Recorded : public Exchange {
 public:
  void Respond(Response response) override { given = std::move(response); }
  bool closed() const override { return false; }
  void OnClose(std::function<void()>) override {}
  std::optional<Response> given;
};

Handler Says(std::string text) {
  return [text](Request&&, std::shared_ptr<Exchange> exchange) {
    Response response;
    response.body = text;
    exchange->Respond(std::move(response));
  };
}

Response Ask(const Router& router, std::string method, std::string path) {
  const auto exchange = std::make_shared<Recorded>();
  router.Dispatch(Request{std::move(method), std::move(path), "", ""}, exchange);
  return exchange->given.value_or(Response{0, "", "no answer", {}});
}

Router Example() {
  Router router;
  router.Handle("POST", "/filter", Says("filter"));
  router.Handle("GET", "/healthz", Says("health"));
  router.Handle("GET", "/pods/special", Says("literal"));
  router.HandlePrefix("DELETE", "/pods/", Says("pod"));
  router.HandlePrefix("DELETE", "/pods/deep/", Says("deep"));
  return router;
}

TEST(RouterTest, FindsByMethodAndPath) {
  const Router router = Example();
  const struct {
    const char* method;
    const char* path;
    int status;
    const char* body;
  } cases[] = {
      {"POST", "/filter", 200, "filter"},
      {"GET", "/healthz", 200, "health"},
      {"HEAD", "/healthz", 200, "health"},
      {"DELETE", "/pods/ns/a", 200, "pod"},
      {"DELETE", "/pods/deep/a", 200, "deep"},
      {"GET", "/pods/special", 200, "literal"},
      {"POST", "/filter/", 404, R"({"error":"no such path: /filter/"})"},
      {"POST", "/Filter", 404, R"({"error":"no such path: /Filter"})"},
      {"DELETE", "/pods/", 404, R"({"error":"no such path: /pods/"})"},
      {"DELETE", "/pod", 404, R"({"error":"no such path: /pod"})"},
      {"GET", "/a\"b\\c", 404, R"({"error":"no such path: /a\"b\\c"})"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.method) + " " + c.path);
    const Response response = Ask(router, c.method, c.path);
    EXPECT_EQ(response.status, c.status);
    EXPECT_EQ(response.body, c.body);
  }
}

TEST(RouterTest, AnotherMethodIsToldWhatIsAllowed) {
  const Router router = Example();
  const struct {
    const char* method;
    const char* path;
    const char* allow;
  } cases[] = {
      {"GET", "/filter", "POST"},      {"HEAD", "/filter", "POST"},
      {"post", "/filter", "POST"},     {"DELETE", "/healthz", "GET, HEAD"},
      {"GET", "/pods/ns/a", "DELETE"}, {"DELETE", "/pods/special", "GET, HEAD"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(std::string(c.method) + " " + c.path);
    const Response response = Ask(router, c.method, c.path);
    EXPECT_EQ(response.status, 405);
    ASSERT_EQ(response.headers.size(), 1u);
    EXPECT_EQ(response.headers[0].first, "Allow");
    EXPECT_EQ(response.headers[0].second, c.allow);
  }
}

TEST(RouterDeathTest, TheSameRouteTwiceIsABrokenInvariant) {
  Router router = Example();
  EXPECT_DEATH(router.Handle("POST", "/filter", Says("again")), "broken invariant");
}

TEST(ErrorResponseTest, TextIsEscapedAndCutBetweenCharacters) {
  EXPECT_EQ(ErrorResponse(400, "a\n\x01\"").body, R"({"error":"a\u000a\u0001\""})");
  const std::string umlauts = "x" + std::string(5000, '\xc3');
  EXPECT_LT(ErrorResponse(400, umlauts).body.size(), 1100u);
  std::string text = "x";
  for (int i = 0; i < 1000; ++i) text += "\xc3\xa4";
  const std::string body = ErrorResponse(400, text).body;
  EXPECT_EQ(body.substr(body.size() - 4), "\xc3\xa4\"}");
}

}  // namespace
}  // namespace tangram::api::http
