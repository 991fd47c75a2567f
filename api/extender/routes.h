// The extender's verbs as HTTP routes: POST /filter, /prioritize and /bind.
//
// Status codes. kube-scheduler reads the body of a 200 only, so whatever is an answer to it is 200,
// with `Error` set where a filter or bind cannot be decided. 400 with a JSON error: the body is no
// such request (kube-scheduler never sends one), or a prioritize that cannot be decided, as its
// answer has no place for an error. 503: the cluster is not known yet.
#ifndef API_EXTENDER_ROUTES_H_
#define API_EXTENDER_ROUTES_H_

#include <functional>
#include <string_view>

#include "api/extender/decision_log.h"
#include "api/http/server.h"
#include "scheduler/scheduler.h"

namespace tangram::api::extender {

// Told once per answered request, on the thread that answers, just before the answer is given. Verb
// is `filter`, `prioritize` or `bind`; outcome is `ok`, `error` (200 with Error), `bad_request`
// (400) or `not_ready` (503). Seconds run from the complete request on, waiting for a bind's lock
// included.
using VerbObserver =
    std::function<void(std::string_view verb, double seconds, std::string_view outcome)>;

// Adds the routes. `scheduler` and `decisions` must outlive the server that the router is given to;
// `observer` may be empty and is called from several threads at once; `decisions` may be null and
// is told after the answer was given. `elsewhere` runs a job on another thread soon, or says false:
// so that a filter that was held up is not answered by the thread that keeps time. Empty: it is.
void AddRoutes(http::Router& router, scheduler::Scheduler& scheduler, VerbObserver observer,
               const DecisionLog* decisions = nullptr,
               std::function<bool(std::function<void()>)> elsewhere = {});

}  // namespace tangram::api::extender

#endif  // API_EXTENDER_ROUTES_H_
