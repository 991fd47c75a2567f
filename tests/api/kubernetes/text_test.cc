// The pure text parts: paths, Status objects, versions, lines, envelopes, pauses.
#include <string>
#include <vector>

#include "api/kubernetes/backoff.h"
#include "api/kubernetes/decode.h"
#include "api/kubernetes/fields.h"
#include "api/kubernetes/line_buffer.h"
#include "api/kubernetes/server_version.h"
#include "api/kubernetes/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tangram::api::kubernetes {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(FieldsTest, EveryPartOfAPathIsEscaped) {
  EXPECT_EQ(NodePath("n1"), "/api/v1/nodes/n1");
  EXPECT_EQ(BindingPath("a/b", "../p?x=1"), "/api/v1/namespaces/a%2Fb/pods/..%2Fp%3Fx%3D1/binding");
  EXPECT_EQ(EventsPath("default"), "/api/v1/namespaces/default/events");
}

TEST(FieldsTest, ListsAreConsistentAndPaged) {
  EXPECT_EQ(ListPath(kNodesPath, "", 500, ""), "/api/v1/nodes?limit=500");
  EXPECT_EQ(ListPath(kPodsPath, kLivePods, 500, "a+b=="),
            "/api/v1/pods?limit=500&fieldSelector=status.phase%21%3DSucceeded%2Cstatus.phase%21%3D"
            "Failed&continue=a%2Bb%3D%3D");
}

TEST(FieldsTest, WatchesAskForBookmarksAndAnEnd) {
  EXPECT_EQ(WatchPath(kNodesPath, "", "12", 301),
            "/api/v1/nodes?watch=1&allowWatchBookmarks=true&resourceVersion=12&timeoutSeconds=301");
}

TEST(StatusTest, FieldsOfAStatusObjectAreRead) {
  const ApiStatus s = DecodeStatus(
      504, R"({"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure",)"
           R"("message":"Timeout: Too large resource version: 9, current: 5","reason":"Timeout",)"
           R"("details":{"causes":[{"reason":"ResourceVersionTooLarge","message":"x"}],)"
           R"("retryAfterSeconds":1},"code":504})");
  EXPECT_EQ(s.code, 504);
  EXPECT_EQ(s.reason, "Timeout");
  EXPECT_EQ(s.cause, "ResourceVersionTooLarge");
  EXPECT_EQ(s.retry_after_seconds, 1);
  EXPECT_TRUE(s.IsTooLargeResourceVersion());
  EXPECT_FALSE(s.IsExpired());
}

TEST(StatusTest, ExpiredIsKnownByCodeAndByReason) {
  EXPECT_TRUE(DecodeStatus(410, "").IsExpired());
  EXPECT_TRUE(DecodeStatus(500, R"({"kind":"Status","reason":"Expired"})").IsExpired());
  EXPECT_FALSE(DecodeStatus(404, "").IsExpired());
}

TEST(StatusTest, BodiesThatAreNoStatusBecomeTheMessage) {
  for (const std::string body : {"<html>502 Bad\r\nGateway</html>", "", "[1,2]", "\"text\"",
                                 R"({"kind":"Pod","code":7,"message":"m"})", R"({"kind":5})"}) {
    const ApiStatus s = DecodeStatus(502, body);
    EXPECT_EQ(s.code, 502) << body;
    EXPECT_EQ(s.reason, "") << body;
    EXPECT_EQ(s.message.size(), body.size()) << body;
    EXPECT_EQ(s.message.find('\n'), std::string::npos) << body;
  }
  EXPECT_EQ(DecodeStatus(502, std::string(100000, 'x')).message.size(), 512u);
}

TEST(StatusTest, WrongTypesInsideAStatusAreTolerated) {
  const ApiStatus s =
      DecodeStatus(409, R"({"kind":"Status","reason":7,"message":[],"code":"x","details":"y"})");
  EXPECT_EQ(s.code, 409);
  EXPECT_EQ(s.reason, "");
}

TEST(StatusTest, CodesMapToAbseil) {
  const std::vector<std::pair<int, absl::StatusCode>> table = {
      {400, absl::StatusCode::kInvalidArgument},   {401, absl::StatusCode::kUnauthenticated},
      {403, absl::StatusCode::kPermissionDenied},  {404, absl::StatusCode::kNotFound},
      {409, absl::StatusCode::kAborted},           {410, absl::StatusCode::kOutOfRange},
      {429, absl::StatusCode::kResourceExhausted}, {500, absl::StatusCode::kInternal},
      {503, absl::StatusCode::kUnavailable}};
  for (const auto& [http, code] : table) {
    EXPECT_EQ(ToStatus(DecodeStatus(http, ""), "GET x").code(), code) << http;
  }
  const absl::Status s = ToStatus(
      DecodeStatus(404, R"({"kind":"Status","reason":"NotFound","message":"no p"})"), "GET p");
  EXPECT_EQ(s.message(), "GET p: HTTP 404 NotFound: no p");
}

TEST(ServerVersionTest, VendorSuffixesAreTolerated) {
  struct Case {
    const char* body;
    int major;
    int minor;
  };
  for (const Case& c : {Case{R"({"major":"1","minor":"36","gitVersion":"v1.36.3"})", 1, 36},
                        Case{R"({"major":"1","minor":"32+","gitVersion":"v1.32.9-eks-1"})", 1, 32},
                        Case{R"({"major":"","minor":"","gitVersion":"v1.35.0"})", 1, 35},
                        Case{R"({"gitVersion":"v1.31.0+k3s1"})", 1, 31}}) {
    const auto version = ParseServerVersion(c.body);
    ASSERT_TRUE(version.ok()) << c.body << version.status();
    EXPECT_EQ(version->major, c.major) << c.body;
    EXPECT_EQ(version->minor, c.minor) << c.body;
  }
}

TEST(ServerVersionTest, NonsenseIsRefused) {
  for (const char* body : {"", "x", "[]", "{}", R"({"major":"one","minor":"2"})",
                           R"({"major":1,"minor":36})", R"({"gitVersion":"v1"})"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(ParseServerVersion(body).status())) << body;
  }
}

TEST(ServerVersionTest, OnlyServersFrom132OnAreSupported) {
  EXPECT_TRUE(CheckSupported({1, 32, "v1.32.0"}).ok());
  EXPECT_TRUE(CheckSupported({2, 0, "v2.0.0"}).ok());
  const absl::Status old = CheckSupported({1, 31, "v1.31.5"});
  EXPECT_TRUE(absl::IsFailedPrecondition(old));
  EXPECT_THAT(std::string(old.message()), HasSubstr("1.31 (v1.31.5); at least 1.32"));
}

std::vector<std::string> Lines(LineBuffer& buffer, std::string_view bytes) {
  std::vector<std::string> out;
  buffer.Add(bytes, [&](std::string_view line) {
    out.emplace_back(line);
    return true;
  });
  return out;
}

TEST(LineBufferTest, AnySplitGivesTheSameLines) {
  const std::string text = "{\"a\":1}\n\n{\"b\":2}\nrest";
  for (std::size_t piece = 1; piece <= text.size(); ++piece) {
    LineBuffer buffer(100);
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size(); at += piece) {
      for (std::string& line : Lines(buffer, std::string_view(text).substr(at, piece))) {
        lines.push_back(std::move(line));
      }
    }
    EXPECT_THAT(lines, ElementsAre("{\"a\":1}", "{\"b\":2}")) << piece;
    EXPECT_EQ(buffer.pending(), 4u);
  }
}

TEST(LineBufferTest, ALineAboveTheLimitEndsTheStream) {
  LineBuffer whole(4);
  EXPECT_THAT(Lines(whole, "1234\n"), ElementsAre("1234"));
  EXPECT_FALSE(whole.too_long());
  EXPECT_THAT(Lines(whole, "12345"), ElementsAre());
  EXPECT_TRUE(whole.too_long());
  LineBuffer with_end(4);
  EXPECT_THAT(Lines(with_end, "1\n12345\n"), ElementsAre("1"));
  EXPECT_TRUE(with_end.too_long());
}

TEST(LineBufferTest, TheReaderMayEndIt) {
  LineBuffer buffer(100);
  int count = 0;
  EXPECT_FALSE(buffer.Add("a\nb\nc\n", [&](std::string_view) { return ++count < 2; }));
  EXPECT_EQ(count, 2);
  EXPECT_FALSE(buffer.too_long());
}

TEST(LineBufferTest, PaddingAfterALineIsReadable) {
  LineBuffer buffer(100);
  int sum = 0;
  buffer.Add("x\n", [&](std::string_view line) {
    for (std::size_t i = 0; i < kReadablePadding; ++i) sum += line.data()[line.size() + i];
    return true;
  });
  EXPECT_NE(sum, -1);  // the reads above are what AddressSanitizer judges
}

TEST(ListPageTest, ItemsAreHandedOverAsTheyStand) {
  ListPage page(R"({"kind":"NodeList","apiVersion":"v1","metadata":{"resourceVersion":"77",)"
                R"("continue":"abc","remainingItemCount":3},"items":[{"metadata":{"name":"n1"},)"
                R"("x":[1,{"y":"]}"}]}, {"metadata":{"name":"n2"}}]})");
  ASSERT_TRUE(page.ReadHeader().ok());
  EXPECT_EQ(page.resource_version(), "77");
  EXPECT_EQ(page.continue_token(), "abc");
  std::vector<std::string> items;
  ASSERT_TRUE(page.ForEachItem([&](std::string_view item) { items.emplace_back(item); }).ok());
  EXPECT_THAT(items, ElementsAre(R"({"metadata":{"name":"n1"},"x":[1,{"y":"]}"}]})",
                                 R"({"metadata":{"name":"n2"}})"));
}

TEST(ListPageTest, OrderOfFieldsDoesNotMatterAndNullIsEmpty) {
  ListPage reversed(R"({"items":[{"a":1}],"metadata":{"resourceVersion":"5"}})");
  ASSERT_TRUE(reversed.ReadHeader().ok());
  EXPECT_EQ(reversed.continue_token(), "");
  int count = 0;
  ASSERT_TRUE(reversed.ForEachItem([&](std::string_view) { ++count; }).ok());
  EXPECT_EQ(count, 1);
  ListPage empty(R"({"metadata":{"resourceVersion":"5","continue":null},"items":null})");
  ASSERT_TRUE(empty.ReadHeader().ok());
  EXPECT_TRUE(empty.ForEachItem([&](std::string_view) { ++count; }).ok());
  EXPECT_EQ(count, 1);
}

TEST(ListPageTest, BrokenListsAreRefused) {
  for (const char* body :
       {"", "x", "[]", "{}", R"({"metadata":{}})", R"({"metadata":[],"items":[]})",
        R"({"metadata":{"resourceVersion":5},"items":[]})",
        R"({"metadata":{"resourceVersion":"5"}})",
        R"({"metadata":{"resourceVersion":"5"},"items":7})",
        R"({"metadata":{"resourceVersion":"5"},"items":[7]})",
        R"({"metadata":{"resourceVersion":"5"},"items":[{"a":1},)"}) {
    ListPage page(body);
    absl::Status s = page.ReadHeader();
    if (s.ok()) s = page.ForEachItem([](std::string_view) {});
    EXPECT_TRUE(absl::IsInvalidArgument(s)) << body << s;
  }
}

std::string Padded(std::string text) {
  text.reserve(text.size() + kReadablePadding);
  return text;
}

TEST(WatchDecoderTest, EventsOfEveryTypeAreRead) {
  struct Case {
    const char* name;
    WatchEvent::Type type;
  };
  WatchDecoder decoder;
  for (const Case& c :
       {Case{"ADDED", WatchEvent::Type::kAdded}, Case{"MODIFIED", WatchEvent::Type::kModified},
        Case{"DELETED", WatchEvent::Type::kDeleted},
        Case{"BOOKMARK", WatchEvent::Type::kBookmark}}) {
    const std::string line = Padded(std::string(R"({"type":")") + c.name +
                                    R"(","object":{"kind":"Pod","metadata":{"name":"p",)"
                                    R"("resourceVersion":"9"},"spec":{}}})");
    WatchEvent event;
    ASSERT_TRUE(decoder.Decode(line, event).ok()) << line;
    EXPECT_EQ(event.type, c.type);
    EXPECT_EQ(event.resource_version, "9");
    EXPECT_EQ(event.object,
              R"({"kind":"Pod","metadata":{"name":"p","resourceVersion":"9"},"spec":{}})");
  }
  WatchEvent event;
  const std::string error = Padded(R"({"object":{"code":410},"type":"ERROR"})");
  EXPECT_TRUE(decoder.Decode(error, event).ok());
  EXPECT_EQ(event.type, WatchEvent::Type::kError);
  EXPECT_EQ(event.object, R"({"code":410})");
  EXPECT_TRUE(decoder.Decode(Padded(R"({"type":"NEWTYPE","object":{}})"), event).ok());
  EXPECT_EQ(event.type, WatchEvent::Type::kOther);
}

TEST(WatchDecoderTest, BrokenLinesAreRefused) {
  WatchDecoder decoder;
  for (const char* line :
       {"x", "[]", "{}", R"({"type":"ADDED"})",
        R"({"object":{"metadata":{"resourceVersion":"1"}}})", R"({"type":"ADDED","object":[]})",
        R"({"type":"ADDED","object":{}})", R"({"type":"ADDED","object":{"metadata":{}}})",
        R"({"type":"ADDED","object":{"metadata":{"resourceVersion":""}}})",
        R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"1"})",
        R"({"type":"ADDED","object":{"metadata":{"resourceVersion":"1"}}}{"type":"ADDED"})"}) {
    WatchEvent event;
    EXPECT_TRUE(absl::IsInvalidArgument(decoder.Decode(Padded(line), event))) << line;
  }
}

TEST(BackoffTest, PausesDoubleUpToTheLimitAndCalmResetsThem) {
  using std::chrono::milliseconds;
  Backoff backoff({});
  Backoff::Time now{std::chrono::hours(1)};
  std::vector<int64_t> pauses;
  for (int i = 0; i < 7; ++i) pauses.push_back(backoff.Next(now, false, 0).count());
  EXPECT_THAT(pauses, ElementsAre(800, 1600, 3200, 6400, 12800, 25600, 30000));
  EXPECT_EQ(backoff.Next(now, true, 0).count(), 5000);
  EXPECT_EQ(backoff.Next(now, false, 0.5).count(), 45000);
  EXPECT_EQ(backoff.Next(now + std::chrono::minutes(3), false, 0).count(), 800);
}

}  // namespace
}  // namespace tangram::api::kubernetes
