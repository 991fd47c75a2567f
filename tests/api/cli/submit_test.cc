// Playing kube-scheduler: what is asked, what is chosen, and what is told, against a small extender
// on a real server.
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "api/cli/extender_client.h"
#include "api/cli/http_client.h"
#include "api/cli/submission.h"
#include "api/http/server.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Answers each verb with a fixed body and keeps what it was asked.
class FakeExtender {
 public:
  FakeExtender() {
    http::Router router;
    for (const char* verb : {"filter", "prioritize", "bind"}) {
      router.Handle(
          "POST", std::string("/") + verb,
          [this, verb](http::Request&& request, const std::shared_ptr<http::Exchange>& exchange) {
            const std::lock_guard<std::mutex> lock(mutex_);
            asked_.emplace_back(verb, json::parse(request.body));
            http::Response response;
            response.status = status_;
            response.body = answers_[verb];
            exchange->Respond(std::move(response));
          });
    }
    auto server = http::Server::Start({}, std::move(router));
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  ~FakeExtender() { server_->Stop(std::chrono::milliseconds(0)); }
  FakeExtender(const FakeExtender&) = delete;
  FakeExtender& operator=(const FakeExtender&) = delete;

  void Answer(const std::string& verb, const std::string& body, int status = 200) {
    const std::lock_guard<std::mutex> lock(mutex_);
    answers_[verb] = body;
    status_ = status;
  }
  std::vector<std::pair<std::string, json>> asked() {
    const std::lock_guard<std::mutex> lock(mutex_);
    return asked_;
  }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(server_->port()); }

 private:
  std::mutex mutex_;
  std::map<std::string, std::string> answers_;
  int status_ = 200;
  std::vector<std::pair<std::string, json>> asked_;
  std::unique_ptr<http::Server> server_;
};

class SubmitTest : public ::testing::Test {
 protected:
  SubmitTest() : http_(*HttpClient::Create(fake_.url())), extender_(*http_) {
    pod_.name_space = "default";
    pod_.name = "a";
    pod_.uid = "u";
    pod_.object = {{"kind", "Pod"}, {"metadata", {{"name", "a"}}}};
  }

  Submission Submit() { return SubmitPod(extender_, pod_, {"n1", "n2", "n3"}, connection_); }

  FakeExtender fake_;
  std::unique_ptr<HttpClient> http_;
  ExtenderClient extender_;
  PodManifest pod_;
  absl::Status connection_;
};

TEST_F(SubmitTest, TakesTheHighestScoreAndTiesByName) {
  fake_.Answer("filter", R"({"NodeNames":["n3","n2","n1"],"FailedNodes":{},"Error":""})");
  fake_.Answer("prioritize",
               R"([{"Host":"n1","Score":3},{"Host":"n3","Score":10},{"Host":"n2","Score":10}])");
  fake_.Answer("bind", R"({"Error":""})");
  const Submission submission = Submit();
  EXPECT_TRUE(submission.bound);
  EXPECT_EQ(submission.node, "n2");
  EXPECT_TRUE(connection_.ok());

  const auto asked = fake_.asked();
  ASSERT_EQ(asked.size(), 3u);
  EXPECT_EQ(asked[0].first, "filter");
  EXPECT_EQ(asked[0].second,
            json::parse(R"({"Pod":{"kind":"Pod","metadata":{"name":"a"}},"Nodes":null,
                            "NodeNames":["n1","n2","n3"]})"));
  EXPECT_EQ(asked[1].first, "prioritize");
  EXPECT_EQ(asked[1].second.at("NodeNames"), json::parse(R"(["n3","n2","n1"])"));
  EXPECT_EQ(asked[2].first, "bind");
  EXPECT_EQ(asked[2].second, json::parse(R"({"PodName":"a","PodNamespace":"default","PodUID":"u",
                                             "Node":"n2"})"));
}

TEST_F(SubmitTest, NobodyIsAskedAboutAGatedPod) {
  pod_.object["spec"]["schedulingGates"] = {{{"name", "example.com/quota"}}};
  const Submission submission = Submit();
  EXPECT_FALSE(submission.bound);
  EXPECT_THAT(submission.filter_error, HasSubstr("spec.schedulingGates"));
  EXPECT_TRUE(fake_.asked().empty());
}

TEST_F(SubmitTest, OneNodeIsBoundWithoutPrioritize) {
  fake_.Answer("filter", R"({"NodeNames":["n3"]})");
  fake_.Answer("bind", "{}");
  const Submission submission = Submit();
  EXPECT_TRUE(submission.bound);
  EXPECT_FALSE(submission.prioritized);
  const auto asked = fake_.asked();
  ASSERT_EQ(asked.size(), 2u);
  EXPECT_EQ(asked[1].first, "bind");
}

TEST_F(SubmitTest, FailedPrioritizeCountsAsNoScores) {
  fake_.Answer("filter", R"({"NodeNames":["n3","n2"]})");
  fake_.Answer("prioritize", "no json");
  fake_.Answer("bind", "{}");
  const Submission submission = Submit();
  EXPECT_TRUE(submission.bound);
  EXPECT_EQ(submission.node, "n2");
  EXPECT_EQ(submission.prioritize_error, "the answer is no JSON");
}

TEST_F(SubmitTest, RefusalsAreGroupedByReason) {
  fake_.Answer("filter", R"({"NodeNames":[],"FailedNodes":{"n1":"CardInsufficientMemory",
      "n3":"CardInsufficientMemory"},"FailedAndUnresolvableNodes":{"n2":"CardTypeMismatch"}})");
  const Submission submission = Submit();
  EXPECT_FALSE(submission.bound);
  EXPECT_EQ(submission.node, "");
  EXPECT_EQ(SubmissionToText(submission), R"(default/a  NOT BOUND
  filter      0 fit, 3 do not
              2 x CardInsufficientMemory
              1 x CardTypeMismatch [not even on an empty node]
)");
  EXPECT_EQ(SubmissionToJson(submission), json::parse(R"({"namespace":"default","name":"a",
      "uid":"u","bound":false,"prioritize":null,"bind":null,"filter":{"error":"","fitting":[],
      "refused":[{"reason":"CardInsufficientMemory","nodes":2,"resolvable":true},
                 {"reason":"CardTypeMismatch","nodes":1,"resolvable":false}]}})"));
}

TEST_F(SubmitTest, BoundPodIsToldVerbByVerb) {
  fake_.Answer("filter", R"({"NodeNames":["n1","n2"],"FailedNodes":{"n3":"CardCordoned"}})");
  fake_.Answer("prioritize", R"([{"Host":"n2","Score":10},{"Host":"n1","Score":4}])");
  fake_.Answer("bind", "{}");
  EXPECT_EQ(SubmissionToText(Submit()), R"(default/a  bound to n2
  filter      2 fit, 1 do not
              1 x CardCordoned
  prioritize  n2 10, n1 4
  bind        n2
)");
}

TEST_F(SubmitTest, FullNodesAreReadAsWell) {
  fake_.Answer("filter", R"({"Nodes":{"items":[{"metadata":{"name":"n2"}}]},"NodeNames":null,
      "FailedNodes":null})");
  fake_.Answer("bind", "{}");
  EXPECT_EQ(Submit().node, "n2");
}

struct BadAnswer {
  const char* name;
  const char* body;
  int status;
  const char* error;
};

class BadFilterTest : public SubmitTest, public ::testing::WithParamInterface<BadAnswer> {};

TEST_P(BadFilterTest, LeavesThePodUnbound) {
  fake_.Answer("filter", GetParam().body, GetParam().status);
  const Submission submission = Submit();
  EXPECT_FALSE(submission.bound);
  EXPECT_THAT(submission.filter_error, HasSubstr(GetParam().error));
  EXPECT_THAT(SubmissionToText(submission), HasSubstr("  filter      error: "));
  EXPECT_TRUE(connection_.ok());
  EXPECT_EQ(fake_.asked().size(), 1u);
}

INSTANTIATE_TEST_SUITE_P(
    SubmitTest, BadFilterTest,
    ::testing::Values(BadAnswer{"Error", R"({"Error":"no such pod"})", 200, "no such pod"},
                      BadAnswer{"NotReady", R"({"error":"not ready"})", 503,
                                "HTTP 503 {\"error\":\"not ready\"}"},
                      BadAnswer{"Created", R"({"NodeNames":["n1"]})", 201, "HTTP 201"},
                      BadAnswer{"NoJson", "<html>", 200, "the answer is no JSON"},
                      BadAnswer{"WrongType", R"({"NodeNames":[5]})", 200, "malformed answer"},
                      BadAnswer{"NotOffered", R"({"NodeNames":["n9"]})", 200, "names node n9"},
                      BadAnswer{"Array", "[]", 200, "malformed answer"}),
    [](const auto& test) { return test.param.name; });

TEST_F(SubmitTest, BindErrorIsTold) {
  fake_.Answer("filter", R"({"NodeNames":["n1"]})");
  fake_.Answer("bind", R"({"Error":"node n1 has no room\u001b[2J"})");
  const Submission submission = Submit();
  EXPECT_FALSE(submission.bound);
  EXPECT_EQ(SubmissionToText(submission), R"(default/a  NOT BOUND
  filter      1 fit, 0 do not
  bind        n1 error: node n1 has no room?[2J
)");
}

TEST_F(SubmitTest, UnreachableServerIsAConnectionError) {
  const auto nowhere = HttpClient::Create("http://127.0.0.1:1");
  ASSERT_TRUE(nowhere.ok());
  ExtenderClient extender(**nowhere);
  const Submission submission = SubmitPod(extender, pod_, {"n1"}, connection_);
  EXPECT_FALSE(submission.bound);
  EXPECT_TRUE(absl::IsUnavailable(connection_));
  EXPECT_THAT(std::string(connection_.message()), HasSubstr("127.0.0.1:1"));
}

TEST(HttpClientTest, OddUrlsAreRefused) {
  for (const char* url :
       {"", "127.0.0.1:9440", "ftp://h", "http://", "http://h:x", "http://h/?q"}) {
    EXPECT_FALSE(HttpClient::Create(url).ok()) << url;
  }
}

TEST(ChooseNodeTest, IgnoresHostsThatDoNotFit) {
  EXPECT_EQ(ChooseNode({"b", "a"}, {}), "a");
  EXPECT_EQ(ChooseNode({"b", "a"}, {{"c", 10}, {"b", 1}}), "b");
  EXPECT_EQ(ChooseNode({"b", "a"}, {{"a", -1}, {"b", -2}}), "a");
}

}  // namespace
}  // namespace tangram::api::cli
