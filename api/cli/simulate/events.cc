#include "api/cli/simulate/events.h"

#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {

using nlohmann::json;
using scheduler::simulation::Arrivals;
using scheduler::simulation::LackName;
using scheduler::simulation::Placed;
using scheduler::simulation::RunReport;
using scheduler::simulation::Workload;

std::string EventLines(const Workload& workload, const Arrivals& arrivals,
                       const RunReport& report) {
  std::string lines;
  for (size_t i = 0; i < report.placements.size(); ++i) {
    const Placed& placed = report.placements[i];
    json event = {{"arrival", i}, {"pod", workload.pods[arrivals.pods[i]].name}};
    if (placed.node == scheduler::simulation::kNowhere) {
      event["node"] = nullptr;
      event["reason"] = LackName(placed.lack);
      if (placed.lack != scheduler::simulation::Lack::kModel) {
        event["have"] = placed.amounts.have;
        event["want"] = placed.amounts.want;
      }
    } else {
      event["node"] = workload.nodes[placed.node].name;
      event["cards"] = placed.cards;
      event["score"] = placed.score;
    }
    lines += event.dump(-1, ' ', false, json::error_handler_t::replace);
    lines += '\n';
  }
  return lines;
}

}  // namespace tangram::api::cli::simulate
