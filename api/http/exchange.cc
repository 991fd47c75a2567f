// The two sides of an exchange, and who lets go of whom first. See ExchangeState in connection.h.
#include <functional>
#include <memory>
#include <utility>

#include "api/http/connection.h"
#include "model/check.h"

namespace tangram::api::http::internal {

using model::MutexLock;

namespace {

// The user's side of an exchange.
class ServedExchange final : public Exchange {
 public:
  explicit ServedExchange(std::shared_ptr<ExchangeState> state) : state_(std::move(state)) {}
  ~ServedExchange() override { state_->Abandon(); }
  ServedExchange(const ServedExchange&) = delete;
  ServedExchange& operator=(const ServedExchange&) = delete;

  void Respond(Response response) override { state_->Respond(std::move(response)); }
  bool closed() const override { return state_->closed(); }
  void OnClose(std::function<void()> callback) override { state_->OnClose(std::move(callback)); }

 private:
  const std::shared_ptr<ExchangeState> state_;
};

}  // namespace

std::shared_ptr<Exchange> MakeExchange(std::shared_ptr<ExchangeState> state) {
  return std::make_shared<ServedExchange>(std::move(state));
}

ExchangeState::ExchangeState(std::shared_ptr<Connection> connection)
    : connection_(std::move(connection)) {}

void ExchangeState::Respond(Response response) {
  std::function<void()> unused;  // Destroyed after the lock: it may own anything.
  {
    const MutexLock lock(mutex_);
    TANGRAM_CHECK(!responded_);
    responded_ = true;
    unused.swap(on_close_);
  }
  Deliver(std::move(response));
}

void ExchangeState::Abandon() {
  std::function<void()> unused;
  {
    const MutexLock lock(mutex_);
    if (responded_) return;
    responded_ = true;
    unused.swap(on_close_);
  }
  Deliver(ErrorResponse(500, "the request was dropped without an answer"));
}

void ExchangeState::Deliver(Response response) {
  std::shared_ptr<Connection> here;
  {
    const MutexLock lock(mutex_);
    if (connection_ == nullptr) return;
    if (!connection_->OnStrand()) {
      // Under the lock: Detach, and with it the end of the io_context, waits for the post.
      connection_->PostAnswer(shared_from_this(), std::move(response));
      return;
    }
    here = connection_;
  }
  here->Answer(shared_from_this(), std::move(response));
}

void ExchangeState::OnClose(std::function<void()> callback) {
  bool call_now = false;
  {
    const MutexLock lock(mutex_);
    call_now = closed_.load(std::memory_order_acquire) && !responded_;
    if (connection_ != nullptr && !responded_) on_close_.swap(callback);
  }
  // Otherwise `callback` is now the one replaced, or came too late; it is destroyed unused.
  if (call_now && callback != nullptr) callback();
}

std::function<void()> ExchangeState::Detach(bool ended) {
  std::function<void()> callback;
  std::shared_ptr<Connection> connection;
  const MutexLock lock(mutex_);
  connection.swap(connection_);
  callback.swap(on_close_);
  // An answer that was posted but not begun is lost with the connection; its giver is done all the
  // same, so only an exchange without answer is told.
  if (ended && !responded_) closed_.store(true, std::memory_order_release);
  return callback;
}

}  // namespace tangram::api::http::internal
