// All of Beast is in this file: its templates are slow to compile.

// Beast 1.81 asserts, in the parser of the last chunk, a length that a slow client need not have
// sent yet; without the assertion the same code handles it.
#ifndef BOOST_DISABLE_ASSERTS
#define BOOST_DISABLE_ASSERTS
#endif

#include "api/http/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/parser.hpp>
#include <cstdint>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace tangram::api::http::internal {
namespace {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::beast::flat_buffer;
using ErrorCode = boost::system::error_code;

// One read of the socket. Beast's own growth from 512 bytes costs 8 times the latency at 200 KB.
constexpr std::size_t kBufferBytes = 64 * 1024;
// A Content-Length is a promise, not memory: this much is set aside for it before bytes have come.
constexpr std::size_t kBodyReserveMax = 1024 * 1024;

// A string body that keeps kBodySpareBytes behind its end.
struct SpareStringBody {
  using value_type = std::string;

  class reader {
   public:
    template <bool IsRequest, class Fields>
    reader(http::header<IsRequest, Fields>& /*header*/, value_type& body) : body_(body) {}

    void init(const boost::optional<std::uint64_t>& length, ErrorCode& error) {
      error = {};
      const std::uint64_t expected = std::min<std::uint64_t>(length.value_or(0), kBodyReserveMax);
      body_.reserve(static_cast<std::size_t>(expected) + kBodySpareBytes);
    }

    template <class Buffers>
    std::size_t put(const Buffers& buffers, ErrorCode& error) {
      error = {};
      std::size_t size = 0;
      for (auto it = net::buffer_sequence_begin(buffers); it != net::buffer_sequence_end(buffers);
           ++it) {
        const net::const_buffer part(*it);
        body_.append(static_cast<const char*>(part.data()), part.size());
        size += part.size();
      }
      return size;
    }

    void finish(ErrorCode& error) { error = {}; }

   private:
    value_type& body_;
  };
};

using Parser = http::request_parser<SpareStringBody>;
using Message = Parser::value_type;

template <class BeastString>
std::string_view View(const BeastString& text) {
  return {text.data(), text.size()};
}

absl::string_view Abseil(std::string_view text) { return {text.data(), text.size()}; }

struct Target {
  std::string path;
  std::string query;
};

// Origin form, or absolute form as a proxy sends it; the authority is not looked at.
std::optional<Target> ParseTarget(std::string_view target) {
  constexpr std::string_view kScheme = "http://";
  const bool visible_ascii =
      std::all_of(target.begin(), target.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!visible_ascii || target.find('#') != std::string_view::npos) return std::nullopt;
  if (absl::StartsWithIgnoreCase(Abseil(target), Abseil(kScheme))) {
    target.remove_prefix(std::min(target.size(), target.find_first_of("/?", kScheme.size())));
    if (target.empty() || target.front() == '?') {
      return Target{"/", std::string(target.substr(std::min<std::size_t>(1, target.size())))};
    }
  }
  if (target.empty() || target.front() != '/') return std::nullopt;
  const std::size_t mark = target.find('?');
  if (mark == std::string_view::npos) return Target{std::string(target), ""};
  return Target{std::string(target.substr(0, mark)), std::string(target.substr(mark + 1))};
}

// What Beast accepts and we do not: a message whose end two readers could see differently.
std::optional<Refusal> CheckFraming(const Message& message) {
  if (message.count(http::field::content_length) > 1 ||
      View(message[http::field::content_length]).find(',') != std::string_view::npos) {
    return Refusal{400, "Content-Length is given more than once"};
  }
  if (message.count(http::field::transfer_encoding) == 0) return std::nullopt;
  if (message.version() < 11) return Refusal{400, "Transfer-Encoding is not allowed in HTTP/1.0"};
  if (message.count(http::field::transfer_encoding) > 1 ||
      !absl::EqualsIgnoreCase(Abseil(View(message[http::field::transfer_encoding])), "chunked")) {
    return Refusal{501, "the only Transfer-Encoding understood is chunked"};
  }
  return std::nullopt;
}

std::optional<Refusal> CheckFields(const Message& message, int fields_max) {
  const auto fields = std::distance(message.begin(), message.end());
  if (fields > fields_max) {
    return Refusal{431, absl::StrCat("the request has ", fields, " header fields, at most ",
                                     fields_max, " are allowed")};
  }
  const std::size_t hosts = message.count(http::field::host);
  if (hosts > 1 || (hosts == 0 && message.version() >= 11)) {
    return Refusal{400,
                   absl::StrCat("the request has ", hosts, " Host fields, exactly one is needed")};
  }
  const std::string_view expect = View(message[http::field::expect]);
  if (!expect.empty() && !absl::EqualsIgnoreCase(Abseil(expect), "100-continue")) {
    return Refusal{417, "the only Expect understood is 100-continue"};
  }
  return CheckFraming(message);
}

Refusal FromParser(ErrorCode error, const ServerOptions& options) {
  if (error == http::error::header_limit) {
    return {431, absl::StrCat("the header is over ", options.header_limit_bytes, " bytes")};
  }
  if (error == http::error::body_limit) {
    return {413, absl::StrCat("the body is over ", options.body_limit_bytes, " bytes")};
  }
  return {400, absl::StrCat("not a valid HTTP/1.1 request: ", error.message())};
}

}  // namespace

struct RequestReader::State {
  explicit State(const ServerOptions& options_in)
      : options(options_in), buffer(std::max(kBufferBytes, 2 * options_in.header_limit_bytes)) {
    buffer.reserve(buffer.max_size());
  }

  Progress Refuse(Refusal why) {
    refusal = std::move(why);
    return Progress::kRefused;
  }
  std::optional<Refusal> OnHead();
  bool WantsContinue() const;

  const ServerOptions& options;
  flat_buffer buffer;
  std::optional<Parser> parser;  // One per request.
  std::size_t head_bytes = 0;
  bool head_done = false;
  Target target;
  Refusal refusal;
};

std::optional<Refusal> RequestReader::State::OnHead() {
  head_done = true;
  const Message& message = parser->get();
  if (auto refused = CheckFields(message, options.header_fields_max)) return refused;
  std::optional<Target> parsed = ParseTarget(View(message.target()));
  if (!parsed) {
    return Refusal{400,
                   "the request target must begin with / and be visible ASCII without fragment"};
  }
  target = *std::move(parsed);
  parser->eager(true);
  return std::nullopt;
}

// True when the client holds its body back until it is asked for it.
bool RequestReader::State::WantsContinue() const {
  const Message& message = parser->get();
  return message.version() >= 11 && message.count(http::field::expect) > 0 && !parser->is_done() &&
         buffer.size() == 0;
}

RequestReader::RequestReader(const ServerOptions& options)
    : state_(std::make_unique<State>(options)) {}

RequestReader::~RequestReader() = default;

RequestReader::Space RequestReader::FreeSpace() {
  flat_buffer& buffer = state_->buffer;
  const net::mutable_buffer space = buffer.prepare(buffer.max_size() - buffer.size());
  return {static_cast<char*>(space.data()), space.size()};
}

void RequestReader::Commit(std::size_t size) { state_->buffer.commit(size); }

bool RequestReader::has_input() const { return state_->buffer.size() > 0; }

void RequestReader::DiscardInput() { state_->buffer.clear(); }

void RequestReader::ReleaseBuffer() {
  state_->buffer.clear();
  state_->buffer.shrink_to_fit();
}

std::size_t RequestReader::body_bytes() const {
  return state_->parser.has_value() ? state_->parser->get().body().size() : 0;
}

void RequestReader::Begin() {
  State& state = *state_;
  state.parser.emplace();
  state.parser->header_limit(static_cast<std::uint32_t>(state.options.header_limit_bytes));
  state.parser->body_limit(state.options.body_limit_bytes);
  state.head_bytes = 0;
  state.head_done = false;
}

RequestReader::Progress RequestReader::Advance() {
  State& state = *state_;
  while (state.buffer.size() > 0) {
    ErrorCode error;
    const std::size_t used = state.parser->put(state.buffer.data(), error);
    state.buffer.consume(used);
    const bool need_more = error == http::error::need_more;
    if (!state.head_done) {
      // Not the parser's own limit alone: that one is per call, so a header that drips field by
      // field would never reach it.
      state.head_bytes += used;
      const std::size_t begun = need_more ? state.buffer.size() : 0;
      if (state.head_bytes + begun > state.options.header_limit_bytes) {
        error = http::error::header_limit;
      }
    }
    if (error && error != http::error::need_more) {
      return state.Refuse(FromParser(error, state.options));
    }
    if (!state.head_done && state.parser->is_header_done()) {
      if (auto refused = state.OnHead()) return state.Refuse(*std::move(refused));
      if (state.WantsContinue()) return Progress::kNeedsContinue;
    }
    if (state.parser->is_done()) return Progress::kComplete;
    if (need_more) break;
  }
  if (state.buffer.size() == state.buffer.max_size()) {
    return state.Refuse({400, "a chunk header or the trailer is too long"});
  }
  return Progress::kNeedsInput;
}

const Refusal& RequestReader::refusal() const { return state_->refusal; }

RequestReader::Taken RequestReader::Take() {
  State& state = *state_;
  Taken taken;
  taken.keep_alive = state.parser->keep_alive();
  Message message = state.parser->release();
  state.parser.reset();
  taken.http_1_0 = message.version() < 11;
  taken.request.method = std::string(View(message.method_string()));
  taken.request.path = std::move(state.target.path);
  taken.request.query = std::move(state.target.query);
  taken.request.body = std::move(message.body());
  // A body that came in chunks, or none, has not been given its spare room yet.
  taken.request.body.reserve(taken.request.body.size() + kBodySpareBytes);
  return taken;
}

}  // namespace tangram::api::http::internal
