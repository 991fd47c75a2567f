// See routes.h.
#include "api/extender/routes.h"

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "api/extender/codec.h"
#include "model/string_map.h"

namespace tangram::api::extender {
namespace {

using http::Exchange;
using http::Request;
using http::Response;

std::string_view Message(const absl::Status& status) { return model::ToStd(status.message()); }

// One request on its way to its answer: tells the observer and responds.
class Verb {
 public:
  Verb(std::string_view name, std::shared_ptr<Exchange> exchange, const VerbObserver& observer)
      : name_(name),
        exchange_(std::move(exchange)),
        observer_(observer),
        start_(std::chrono::steady_clock::now()) {}

  void Answer(std::string body, bool is_error) const {
    Response response;
    response.body = std::move(body);
    Give(std::move(response), is_error ? "error" : "ok");
  }
  void BadRequest(const absl::Status& status) const {
    Give(http::ErrorResponse(400, Message(status)), "bad_request");
  }
  void NotReady() const {
    Give(http::ErrorResponse(503, "not ready: nodes and pods are still being listed"), "not_ready");
  }
  const std::shared_ptr<Exchange>& exchange() const { return exchange_; }

 private:
  void Give(Response response, std::string_view outcome) const {
    if (observer_) {
      const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start_;
      observer_(name_, taken.count(), outcome);
    }
    exchange_->Respond(std::move(response));
  }

  std::string_view name_;
  std::shared_ptr<Exchange> exchange_;
  VerbObserver observer_;
  std::chrono::steady_clock::time_point start_;
};

// What the routes share; lives as long as one of them.
struct Extender : std::enable_shared_from_this<Extender> {
  Extender(scheduler::Scheduler& the_scheduler, VerbObserver the_observer,
           const DecisionLog* the_decisions, std::function<bool(std::function<void()>)> other)
      : scheduler(the_scheduler),
        observer(std::move(the_observer)),
        decisions(the_decisions),
        elsewhere(std::move(other)) {}

  scheduler::Scheduler& scheduler;
  VerbObserver observer;
  const DecisionLog* decisions;
  std::function<bool(std::function<void()>)> elsewhere;
  DecoderPool decoders;
};

// A filter on its way to its answer.
struct FilterTask {
  FilterTask(Extender& the_extender, std::shared_ptr<Exchange> exchange)
      : extender(the_extender.shared_from_this()),
        verb("filter", std::move(exchange), extender->observer),
        decoder(extender->decoders.Borrow()) {}

  std::shared_ptr<Extender> extender;
  Verb verb;
  DecoderPool::Lease decoder;
  scheduler::FilterCall call;
};

void AnswerFilter(const std::shared_ptr<FilterTask>& task, bool patient) {
  const auto reply = task->extender->scheduler.Filter(task->call, patient);
  if (absl::IsUnavailable(reply.status())) return task->verb.NotReady();
  if (!reply.ok()) return task->verb.Answer(EncodeFilterError(Message(reply.status())), true);
  if (reply->held_up) {
    task->extender->scheduler.AtNextAdvance([task] {
      const auto answer = [task] { AnswerFilter(task, /*patient=*/false); };
      const auto& elsewhere = task->extender->elsewhere;
      if (elsewhere == nullptr || !elsewhere(answer)) answer();
    });
    return;
  }
  task->verb.Answer(EncodeFilterResult(task->call.names, *reply), false);
  if (task->extender->decisions != nullptr) {
    task->extender->decisions->Filtered(task->call, *reply);
  }
}

void Filter(Extender& extender, Request&& request, std::shared_ptr<Exchange> exchange) {
  const auto task = std::make_shared<FilterTask>(extender, std::move(exchange));
  if (!extender.scheduler.ready()) return task->verb.NotReady();
  auto call = task->decoder->Decode(std::move(request.body));
  if (absl::IsInvalidArgument(call.status())) return task->verb.BadRequest(call.status());
  if (!call.ok()) return task->verb.Answer(EncodeFilterError(Message(call.status())), true);
  task->call = *std::move(call);
  AnswerFilter(task, /*patient=*/true);
}

void Prioritize(Extender& extender, Request&& request, std::shared_ptr<Exchange> exchange) {
  const Verb verb("prioritize", std::move(exchange), extender.observer);
  if (!extender.scheduler.ready()) return verb.NotReady();
  DecoderPool::Lease decoder = extender.decoders.Borrow();
  const auto call = decoder->Decode(std::move(request.body));
  if (!call.ok()) return verb.BadRequest(call.status());
  const auto reply = extender.scheduler.Prioritize(*call);
  if (absl::IsUnavailable(reply.status())) return verb.NotReady();
  if (!reply.ok()) return verb.BadRequest(reply.status());
  verb.Answer(EncodeHostPriorityList(call->names, reply->scores), false);
  if (extender.decisions != nullptr) extender.decisions->Prioritized(*call, *reply);
}

void Bind(Extender& extender, Request&& request, std::shared_ptr<Exchange> exchange) {
  const Verb verb("bind", std::move(exchange), extender.observer);
  if (!extender.scheduler.ready()) return verb.NotReady();
  const auto call = DecodeBindingArgs(std::move(request.body));
  if (absl::IsInvalidArgument(call.status())) return verb.BadRequest(call.status());
  if (!call.ok()) return verb.Answer(EncodeBindingResult(Message(call.status())), true);
  const auto ticket = extender.scheduler.Bind(
      *call, [verb, named = *call, decisions = extender.decisions](const std::string& error) {
        verb.Answer(EncodeBindingResult(error), !error.empty());
        if (decisions != nullptr) decisions->Bound(named, error);
      });
  // The answer may come at any moment; a callback that is no longer wanted is dropped by then.
  if (ticket != nullptr) verb.exchange()->OnClose([ticket] { ticket->Abandon(); });
}

}  // namespace

void AddRoutes(http::Router& router, scheduler::Scheduler& scheduler, VerbObserver observer,
               const DecisionLog* decisions, std::function<bool(std::function<void()>)> elsewhere) {
  const auto extender =
      std::make_shared<Extender>(scheduler, std::move(observer), decisions, std::move(elsewhere));
  const auto add = [&router, &extender](const char* path, auto verb) {
    router.Handle("POST", path,
                  [extender, verb](Request&& request, std::shared_ptr<Exchange> exchange) {
                    verb(*extender, std::move(request), std::move(exchange));
                  });
  };
  add("/filter", Filter);
  add("/prioritize", Prioritize);
  add("/bind", Bind);
}

}  // namespace tangram::api::extender
