// See admin_routes.h.
#include "api/cli/admin_routes.h"

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

#include "api/cli/mig_census.h"
#include "api/cli/top_report.h"
#include "api/telemetry/exposition.h"
#include "api/telemetry/json_text.h"

namespace tangram::api::cli {
namespace {

using http::Exchange;
using http::Request;
using http::Response;

Response Text(int status, std::string_view text) {
  Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = text;
  return response;
}

Response Ready(const AdminContext& context) {
  if (context.stopping->load()) return Text(503, "stopping\n");
  if (!context.scheduler->ready()) {
    return Text(503, "not ready: nodes and pods are still being listed\n");
  }
  return Text(200, "ok\n");
}

Response Version(const AdminContext& context) {
  Response response;
  response.body = "{\"version\":";
  telemetry::AppendJsonString(context.version, response.body);
  response.body += "}\n";
  return response;
}

Response MetricsPage(const AdminContext& context) {
  telemetry::Scrape scrape;
  scrape.version = context.version;
  scrape.ready = context.scheduler->ready();
  scrape.stats = context.scheduler->stats();
  scrape.snapshot = context.scheduler->snapshot();
  scrape.unaccounted = context.scheduler->Unaccounted();
  Response response;
  response.content_type = telemetry::kExpositionContentType;
  response.body = telemetry::RenderMetrics(*context.metrics, scrape);
  return response;
}

Response Top(const AdminContext& context) {
  Response response;
  response.body = TopViewToJson(context.scheduler->Top(), context.cards);
  return response;
}

Response Mig(const AdminContext& context) {
  if (!context.scheduler->ready()) return Ready(context);
  Response response;
  response.body = CensusToJson(scheduler::mig::TakeCensus(context.scheduler->Top()));
  return response;
}

using Page = Response (*)(const AdminContext&);

http::Handler AtOnce(const AdminContext& context, Page page) {
  return [context, page](Request&&, const std::shared_ptr<Exchange>& exchange) {
    exchange->Respond(page(context));
  };
}

http::Handler OnWorker(const AdminContext& context, Page page) {
  return [context, page](Request&&, const std::shared_ptr<Exchange>& exchange) {
    const bool posted = context.worker->Post([context, page, exchange] {
      if (!exchange->closed()) exchange->Respond(page(context));
    });
    if (!posted) exchange->Respond(http::ErrorResponse(503, "too many such requests at once"));
  };
}

}  // namespace

void AddAdminRoutes(http::Router& router, const AdminContext& context) {
  router.HandleAdmin("GET", "/healthz",
                     AtOnce(context, [](const AdminContext&) { return Text(200, "ok\n"); }));
  router.HandleAdmin("GET", "/readyz", AtOnce(context, Ready));
  router.HandleAdmin("GET", "/version", AtOnce(context, Version));
  router.HandleAdmin("GET", "/metrics", OnWorker(context, MetricsPage));
  router.HandleAdmin("GET", "/top", OnWorker(context, Top));
  router.HandleAdmin("GET", "/mig", OnWorker(context, Mig));
}

}  // namespace tangram::api::cli
