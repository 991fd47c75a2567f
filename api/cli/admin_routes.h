// The routes for people and monitors: GET /healthz, /readyz, /version, /metrics, /top and
// /mig.
#ifndef API_CLI_ADMIN_ROUTES_H_
#define API_CLI_ADMIN_ROUTES_H_

#include <atomic>
#include <string>

#include "api/cli/card_inventory.h"
#include "api/cli/threads.h"
#include "api/http/server.h"
#include "api/telemetry/metrics.h"
#include "scheduler/scheduler.h"

namespace tangram::api::cli {

// What the routes look at; all must outlive the server.
struct AdminContext {
  std::string version;
  scheduler::Scheduler* scheduler = nullptr;
  const telemetry::Metrics* metrics = nullptr;
  // Makes the long answers, /metrics, /top and /mig.
  Worker* worker = nullptr;
  // Set when the process begins to stop: /readyz says 503 from then on.
  const std::atomic<bool>* stopping = nullptr;
  // For /top; may be null.
  const CardInventory* cards = nullptr;
};

// /healthz: 200 while the server answers at all. /readyz: 200 after the first complete list of
// nodes and pods, else 503. Both text. /version: {"version":"0.1.0"}. /metrics: metrics.h. /top:
// top_report.h. /mig: mig_census.h; 503 until /readyz says 200.
void AddAdminRoutes(http::Router& router, const AdminContext& context);

}  // namespace tangram::api::cli

#endif  // API_CLI_ADMIN_ROUTES_H_
