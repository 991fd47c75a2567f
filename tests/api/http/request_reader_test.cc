// The reader without a socket: pieces of any size give the same request, and no bytes break it.
#include "api/http/request_reader.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tangram::api::http::internal {
namespace {

ServerOptions Limits() {
  ServerOptions options;
  options.header_limit_bytes = 512;
  options.body_limit_bytes = 2000;
  options.header_fields_max = 8;
  return options;
}

// What became of a stream of bytes: each request in one line, then `refused N` or `waits`.
// `piece(left)` says how many of the bytes left come next.
template <class Piece>
std::string Story(std::string_view bytes, Piece piece) {
  using Progress = RequestReader::Progress;
  const ServerOptions options = Limits();
  RequestReader reader(options);
  std::string story;
  reader.Begin();
  while (!bytes.empty()) {
    const RequestReader::Space space = reader.FreeSpace();
    const std::size_t size = std::min(space.size, piece(bytes.size()));
    std::memcpy(space.data, bytes.data(), size);
    reader.Commit(size);
    bytes.remove_prefix(size);
    Progress progress = reader.Advance();
    while (progress == Progress::kComplete) {
      const RequestReader::Taken taken = reader.Take();
      const Request& request = taken.request;
      story += request.method + " " + request.path + " " + request.query + " " + request.body +
               (taken.keep_alive ? " keep\n" : " close\n");
      EXPECT_GE(request.body.capacity(), request.body.size() + kBodySpareBytes);
      EXPECT_LE(request.body.size(), options.body_limit_bytes);
      reader.Begin();
      progress = reader.has_input() ? reader.Advance() : Progress::kNeedsInput;
    }
    if (progress == Progress::kRefused) {
      EXPECT_GE(reader.refusal().status, 400);
      EXPECT_FALSE(reader.refusal().message.empty());
      return story + "refused " + std::to_string(reader.refusal().status);
    }
  }
  return story + "waits";
}

std::string Whole(std::string_view bytes) {
  return Story(bytes, [](std::size_t left) { return left; });
}

const char* const kStreams[] = {
    "GET /a?b HTTP/1.1\r\nHost: t\r\n\r\n",
    "POST /a HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhelloGET /b HTTP/1.0\r\n\r\n",
    ("POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\nExpect: 100-continue\r\n\r\n"
     "5\r\nhello\r\n1;x=\"y\"\r\n!\r\n0\r\nA: b\r\n\r\nGET /b HTTP/1.1\r\nHost: t\r\n\r\n"),
    "POST /a HTTP/1.1\r\nHost: t\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "PUT http://h/p?q HTTP/1.1\r\nHost: t\r\nConnection: close\r\nContent-Length: 0\r\n\r\n",
    "GET /folded HTTP/1.1\r\nHost: t\r\nX: a\r\n b\r\n\r\n",
};

TEST(RequestReaderTest, ReadsWhatWasSent) {
  EXPECT_EQ(Whole(kStreams[0]), "GET /a b  keep\nwaits");
  EXPECT_EQ(Whole(kStreams[1]), "POST /a  hello keep\nGET /b   close\nwaits");
  EXPECT_EQ(Whole(kStreams[2]), "POST /a  hello! keep\nGET /b   keep\nwaits");
  EXPECT_EQ(Whole(kStreams[3]), "POST /a   keep\nwaits");
  EXPECT_EQ(Whole(kStreams[4]), "PUT /p q  close\nwaits");
  EXPECT_EQ(Whole(kStreams[5]), "GET /folded   keep\nwaits");
}

TEST(RequestReaderTest, PiecesOfAnySizeTellTheSameStory) {
  for (const std::string_view stream : kStreams) {
    const std::string whole = Whole(stream);
    for (std::size_t size = 1; size < stream.size(); ++size) {
      EXPECT_EQ(Story(stream, [size](std::size_t left) { return std::min(size, left); }), whole)
          << "pieces of " << size << " of:\n"
          << stream;
    }
  }
}

TEST(RequestReaderTest, LimitsHoldForPiecesOfAnySize) {
  const std::string head = "POST /a HTTP/1.1\r\nHost: t\r\n";
  std::string many_fields = head;
  std::string long_header = head;
  for (int i = 0; i < 8; ++i) many_fields += "F: x\r\n";
  for (int i = 0; i < 7; ++i) long_header += "F: " + std::string(100, 'x') + "\r\n";
  std::string many_chunks = head + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 21; ++i) many_chunks += "64\r\n" + std::string(100, 'x') + "\r\n";
  const struct {
    std::string bytes;
    const char* story;
  } cases[] = {
      {many_fields + "\r\n", "refused 431"},
      {long_header + "\r\n", "refused 431"},
      {"GET /" + std::string(1000, 'x') + " HTTP/1.1\r\nHost: t\r\n\r\n", "refused 431"},
      {many_chunks + "0\r\n\r\n", "refused 413"},
      {head + "Content-Length: 2001\r\n\r\n", "refused 413"},
      {head + "Transfer-Encoding: chunked\r\n\r\n1;" + std::string(70'000, 'x'), "refused 400"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.bytes.substr(0, 100));
    for (const std::size_t size : {std::size_t{1}, std::size_t{7}, std::size_t{100'000}}) {
      EXPECT_EQ(Story(c.bytes, [size](std::size_t left) { return std::min(size, left); }), c.story);
    }
  }
}

// Changes, removes, doubles or inserts a few bytes at places that the generator names.
std::string Spoil(std::string bytes, std::mt19937_64& random) {
  static constexpr std::string_view kTokens[] = {"\r\n",
                                                 "\n",
                                                 "\r",
                                                 ":",
                                                 " ",
                                                 "\t",
                                                 ",",
                                                 "chunked",
                                                 "Content-Length: 3\r\n",
                                                 "0\r\n\r\n",
                                                 "FFFFFFFFFFFFFFFF",
                                                 "-1",
                                                 std::string_view("\0", 1),
                                                 "\xff",
                                                 "HTTP/1.0",
                                                 "Host: u\r\n"};
  for (std::uint64_t changes = 1 + random() % 4; changes > 0 && !bytes.empty(); --changes) {
    const std::size_t at = random() % bytes.size();
    const std::size_t size = std::min<std::size_t>(1 + random() % 12, bytes.size() - at);
    switch (random() % 4) {
      case 0:
        bytes[at] = static_cast<char>(random() % 256);
        break;
      case 1:
        bytes.erase(at, size);
        break;
      case 2:
        bytes.insert(at, bytes.substr(at, size));
        break;
      default:
        bytes.insert(at, kTokens[random() % std::size(kTokens)]);
        break;
    }
  }
  return bytes;
}

TEST(RequestReaderTest, SpoiledBytesNeverBreakItAndPiecesNeverChangeWhatIsServed) {
  std::mt19937_64 random(20260701);
  int refused = 0;
  int served = 0;
  for (int round = 0; round < 20'000; ++round) {
    const std::string bytes = Spoil(kStreams[random() % std::size(kStreams)], random);
    const std::string whole = Whole(bytes);
    const std::string pieces = Story(
        bytes, [&](std::size_t left) { return std::min<std::size_t>(1 + random() % 9, left); });
    // In pieces an error may be seen sooner or not yet be certain, but no other request is served.
    const auto requests = [](const std::string& story) {
      const std::size_t end = story.rfind('\n');
      return end == std::string::npos ? std::string() : story.substr(0, end);
    };
    EXPECT_EQ(requests(whole), requests(pieces)) << bytes;
    ++(whole.find("refused") != std::string::npos ? refused : served);
  }
  EXPECT_GT(refused, 2000) << "the spoiling must reach the refusals";
  EXPECT_GT(served, 500) << "and leave some intact";
}

}  // namespace
}  // namespace tangram::api::http::internal
