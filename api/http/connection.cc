// One connection: reading on deadlines, handing over, writing, closing. See connection.h.
#include "api/http/connection.h"

#include <algorithm>
#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/http/response_head.h"

namespace tangram::api::http::internal {
namespace {

constexpr std::chrono::seconds kLingerTime{2};
constexpr auto kNever = Clock::time_point::max();
// From here on a request or an answer counts in the sum of what is in transit.
constexpr std::size_t kCountedRequestBytes = 256 * 1024;
constexpr std::size_t kCountedAnswerBytes = 4 * 1024;
// Pages of a big cluster; a verb's answer is shorter and is left to the kernel's own sizes.
constexpr std::size_t kLongAnswerBytes = 1024 * 1024;
constexpr int kSendBufferBytes = 256 * 1024;

}  // namespace

Connection::Connection(Hub& hub, Socket socket)
    : hub_(hub),
      socket_(std::move(socket)),
      idle_since_(Clock::now().time_since_epoch().count()),
      reader_(hub.options),
      timer_(socket_.get_executor()) {}

Connection::~Connection() = default;

// --- Service, from any thread ---

void Connection::Serve(bool in_reserve) {
  net::post(socket_.get_executor(), [self = shared_from_this(), in_reserve] {
    if (self->phase_ != Phase::kIdle) return;
    self->in_reserve_ = in_reserve;
    // Whoever connects has something to ask; in reserve it must do so soon.
    const auto& options = self->hub_.options;
    self->SetDeadline(Clock::now() + (in_reserve ? options.read_deadline : options.idle_deadline));
    self->Read();
  });
}

bool Connection::Evict() {
  Presence expected = Presence::kIdle;
  if (!presence_.compare_exchange_strong(expected, Presence::kEvicted)) return false;
  net::post(socket_.get_executor(), [self = shared_from_this()] { self->Close(); });
  return true;
}

Clock::time_point Connection::idle_since() const {
  return Clock::time_point(Clock::duration(idle_since_.load(std::memory_order_relaxed)));
}

void Connection::BeginDrain() {
  net::post(socket_.get_executor(), [self = shared_from_this()] {
    if (self->phase_ == Phase::kIdle || self->phase_ == Phase::kLingering) self->Close();
  });
}

void Connection::Abort() {
  net::post(socket_.get_executor(), [self = shared_from_this()] { self->Close(); });
}

void Connection::CutOff(const char* event, const char* why) {
  net::post(socket_.get_executor(), [self = shared_from_this(), event, why] {
    if (self->phase_ == Phase::kClosed) return;
    self->hub_.Log(event, absl::StrCat(self->Peer(), ": ", why));
    self->Close();
  });
}

bool Connection::OnStrand() { return socket_.get_executor().running_in_this_thread(); }

// --- Reading a request ---

void Connection::Read() {
  const RequestReader::Space space = reader_.FreeSpace();
  socket_.async_read_some(net::buffer(space.data, space.size),
                          [self = shared_from_this()](ErrorCode error, std::size_t size) {
                            self->OnRead(error, size);
                          });
}

void Connection::OnRead(ErrorCode error, std::size_t size) {
  if (phase_ != Phase::kIdle && phase_ != Phase::kReading) return;
  if (error) return Close();
  reader_.Commit(size);
  if (phase_ == Phase::kIdle && !BeginRequest()) return;
  Parse();
}

// False when the registry has evicted the connection meanwhile.
bool Connection::BeginRequest() {
  Presence expected = Presence::kIdle;
  if (!presence_.compare_exchange_strong(expected, Presence::kBusy)) return false;
  phase_ = Phase::kReading;
  SetDeadline(Clock::now() + hub_.options.read_deadline);
  reader_.Begin();
  http_1_0_ = false;
  head_only_ = false;
  return true;
}

void Connection::Parse() {
  // An allocation that a client's numbers caused may fail; that ends its request, not the process.
  RequestReader::Progress progress = RequestReader::Progress::kNeedsInput;
  try {
    progress = reader_.Advance();
  } catch (const std::exception& error) {
    return RefuseRequest({503, absl::StrCat("the request could not be taken in: ", error.what())});
  }
  switch (progress) {
    case RequestReader::Progress::kNeedsInput:
      if (reader_.body_bytes() >= kCountedRequestBytes) CountInTransit(reader_.body_bytes());
      return Read();
    case RequestReader::Progress::kNeedsContinue:
      return SendContinue();
    case RequestReader::Progress::kComplete:
      return Handle();
    case RequestReader::Progress::kRefused:
      return RefuseRequest(reader_.refusal());
  }
}

void Connection::SendContinue() {
  constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  net::async_write(socket_, net::buffer(kContinue.data(), kContinue.size()),
                   [self = shared_from_this()](ErrorCode error, std::size_t /*size*/) {
                     if (self->phase_ != Phase::kReading) return;
                     if (error) return self->Close();
                     self->Read();
                   });
}

// Answers in the router's place and ends the connection: where the next request would begin is
// unknown.
void Connection::RefuseRequest(const Refusal& refusal, const char* event) {
  hub_.Log(event, absl::StrCat(Peer(), ": ", refusal.status, ": ", refusal.message));
  ErrorCode ignored;
  socket_.cancel(ignored);
  close_after_answer_ = true;
  input_left_ = true;
  Write(ErrorResponse(refusal.status, refusal.message));
}

// --- The request in hand ---

void Connection::Handle() {
  RequestReader::Taken taken = reader_.Take();
  CountInTransit(0);
  Request& request = taken.request;
  close_after_answer_ = !taken.keep_alive;
  http_1_0_ = taken.http_1_0;
  head_only_ = request.method == "HEAD";
  if (!MayBeServed(request)) {
    return RefuseRequest({503, "too many connections"}, "connection_refused");
  }

  phase_ = Phase::kHandling;
  SetDeadline(kNever);
  const auto state = std::make_shared<ExchangeState>(shared_from_this());
  exchange_ = state;
  std::shared_ptr<Exchange> exchange = MakeExchange(state);
  const std::string path = request.path;
  try {
    hub_.router.Dispatch(std::move(request), exchange);
  } catch (const std::exception& error) {
    hub_.Log("handler_threw", absl::StrCat(path, ": ", error.what()));
    Answer(state, ErrorResponse(500, "internal error"));
  } catch (...) {
    hub_.Log("handler_threw", absl::StrCat(path, ": not a std::exception"));
    Answer(state, ErrorResponse(500, "internal error"));
  }
  exchange.reset();  // When the handler kept no copy and gave no answer, this answers.
  if (phase_ != Phase::kHandling) return;
  waits_ = true;
  hub_.registry.BeginWait(this);
  if (!reader_.has_input()) reader_.ReleaseBuffer();
  Watch(state);
}

// A connection in reserve serves admin routes, and all others as soon as there is room.
bool Connection::MayBeServed(const Request& request) {
  if (!in_reserve_ || hub_.router.IsAdmin(request.path)) return true;
  in_reserve_ = !hub_.registry.Promote(this);
  return !in_reserve_;
}

void Connection::CountInTransit(std::size_t bytes) {
  if (bytes == 0) {
    if (std::exchange(in_transit_, false)) hub_.in_transit.Clear(id);
    return;
  }
  in_transit_ = true;
  for (const auto& other : hub_.in_transit.Set(shared_from_this(), bytes)) {
    other->CutOff("memory_taken_back", "it sent or read too slowly, and others need the memory");
  }
}

// While an answer is pending nobody reads, so this is how we see that the client has gone.
void Connection::Watch(const std::shared_ptr<ExchangeState>& state) {
  watching_ = true;
  socket_.async_wait(Socket::wait_read, [self = shared_from_this(), state](ErrorCode error) {
    if (error || self->phase_ != Phase::kHandling || self->exchange_ != state) return;
    self->watching_ = false;
    // A pipelined request also wakes us; it would do so for ever, so the watch ends.
    if (self->PeerIsGone()) self->Close();
  });
}

bool Connection::PeerIsGone() {
  char byte = 0;
  ErrorCode error;
  const std::size_t size =
      socket_.receive(net::buffer(&byte, 1), net::socket_base::message_peek, error);
  if (error == net::error::would_block || error == net::error::try_again) return false;
  return error || size == 0;
}

void Connection::PostAnswer(std::shared_ptr<ExchangeState> state, Response response) {
  net::post(socket_.get_executor(), [self = shared_from_this(), state = std::move(state),
                                     response = std::move(response)]() mutable {
    self->Answer(state, std::move(response));
  });
}

void Connection::Answer(const std::shared_ptr<ExchangeState>& state, Response response) {
  if (phase_ != Phase::kHandling || exchange_ != state) return;
  exchange_ = nullptr;
  const std::function<void()> unused = state->Detach(/*ended=*/false);
  if (std::exchange(waits_, false)) hub_.registry.EndWait(this);
  if (watching_) {
    watching_ = false;
    ErrorCode ignored;
    socket_.cancel(ignored);
  }
  Write(std::move(response));
}

// --- Writing the answer ---

void Connection::Write(Response response) {
  if (response.status < 200 || response.status > 599) {
    hub_.Log("bad_status", absl::StrCat("a handler answered with status ", response.status));
    response = ErrorResponse(500, "internal error");
  }
  if (hub_.draining.load(std::memory_order_relaxed)) close_after_answer_ = true;
  phase_ = Phase::kWriting;
  SetDeadline(Clock::now() + hub_.options.write_deadline);
  const bool bodiless = head_only_ || !MayHaveBody(response.status);
  head_ = MakeResponseHead(response, {.http_1_0 = http_1_0_, .close = close_after_answer_});
  body_ = bodiless ? std::string() : std::move(response.body);
  written_ = 0;
  if (body_.size() >= kLongAnswerBytes) {
    // The kernel's own share of an answer that nobody reads.
    ErrorCode ignored;
    socket_.set_option(net::socket_base::send_buffer_size(kSendBufferBytes), ignored);
  }
  WriteSome();
}

void Connection::WriteSome() {
  std::array<net::const_buffer, 2> rest = {net::buffer(head_), net::buffer(body_)};
  const std::size_t of_head = std::min(written_, head_.size());
  rest[0] += of_head;
  rest[1] += written_ - of_head;
  socket_.async_write_some(rest, [self = shared_from_this()](ErrorCode error, std::size_t size) {
    self->OnWritten(error, size);
  });
}

void Connection::OnWritten(ErrorCode error, std::size_t size) {
  if (phase_ != Phase::kWriting) return;
  if (error) return Close();
  written_ += size;
  if (written_ < head_.size() + body_.size()) {
    if (body_.size() >= kCountedAnswerBytes) CountInTransit(body_.capacity());
    return WriteSome();
  }
  CountInTransit(0);
  body_ = std::string();  // Gives the memory back while the connection is idle.
  if (!close_after_answer_) return NextRequest();
  if (input_left_ || reader_.has_input()) return Linger();
  Close();
}

void Connection::NextRequest() {
  const Clock::time_point now = Clock::now();
  phase_ = Phase::kIdle;
  idle_since_.store(now.time_since_epoch().count(), std::memory_order_relaxed);
  presence_.store(Presence::kIdle);
  if (reader_.has_input()) {
    if (BeginRequest()) Parse();
    return;
  }
  // The drain began while the answer was being written.
  if (hub_.draining.load(std::memory_order_relaxed)) return Close();
  SetDeadline(now + hub_.options.idle_deadline);
  Read();
}

// --- Deadlines ---

void Connection::SetDeadline(Clock::time_point deadline) {
  deadline_ = deadline;
  if (deadline < armed_) ArmTimer(deadline);
}

void Connection::ArmTimer(Clock::time_point at) {
  armed_ = at;
  timer_.expires_at(at);
  timer_.async_wait([self = shared_from_this()](ErrorCode error) {
    if (!error) self->OnTimer();
  });
}

void Connection::OnTimer() {
  if (phase_ == Phase::kClosed) return;
  if (Clock::now() < deadline_) {
    armed_ = kNever;
    if (deadline_ != kNever) ArmTimer(deadline_);
    return;
  }
  armed_ = kNever;
  deadline_ = kNever;
  if (phase_ == Phase::kReading) {
    return RefuseRequest({408, absl::StrCat("the request was not complete after ",
                                            hub_.options.read_deadline.count(), " ms")});
  }
  if (phase_ == Phase::kWriting) {
    hub_.Log("write_timed_out", absl::StrCat(Peer(), ": ", written_, " of ",
                                             head_.size() + body_.size(), " bytes were taken"));
  }
  Close();
}

// --- The end ---

// Closing a socket with unread input sends a reset, which can overtake the answer in the client's
// kernel. So: say that nothing more comes, and read on for a moment.
void Connection::Linger() {
  phase_ = Phase::kLingering;
  ErrorCode ignored;
  socket_.shutdown(Socket::shutdown_send, ignored);
  SetDeadline(Clock::now() + kLingerTime);
  LingerRead();
}

void Connection::LingerRead() {
  reader_.DiscardInput();
  const RequestReader::Space scratch = reader_.FreeSpace();
  socket_.async_read_some(net::buffer(scratch.data, scratch.size),
                          [self = shared_from_this()](ErrorCode error, std::size_t /*size*/) {
                            if (self->phase_ != Phase::kLingering) return;
                            if (error) return self->Close();
                            self->LingerRead();
                          });
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  ErrorCode ignored;
  // What the client has not taken is of no use to it cut off: a reset frees the kernel's copy now.
  if (phase_ == Phase::kWriting) {
    socket_.set_option(net::socket_base::linger(true, 0), ignored);
  }
  phase_ = Phase::kClosed;
  timer_.cancel();
  socket_.close(ignored);
  CountInTransit(0);
  std::function<void()> on_close;
  if (exchange_ != nullptr) on_close = std::exchange(exchange_, nullptr)->Detach(/*ended=*/true);
  hub_.registry.Remove(this);
  if (on_close == nullptr) return;
  try {
    on_close();
  } catch (const std::exception& error) {
    hub_.Log("callback_threw", error.what());
  } catch (...) {
    hub_.Log("callback_threw", "not a std::exception");
  }
}

std::string Connection::Peer() const {
  ErrorCode error;
  const auto endpoint = socket_.remote_endpoint(error);
  if (error) return "unknown peer";
  return absl::StrCat(endpoint.address().to_string(), ":", endpoint.port());
}

}  // namespace tangram::api::http::internal
