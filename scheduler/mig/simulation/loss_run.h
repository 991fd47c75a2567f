// The run behind loss_system.h and fleet_run.h: the same requests on whatever cards there are.
//
// `Cards` has a type Place, and
//   std::optional<Place> Take(size_t request, bool counts)  places a request; nothing: rejected
//   void Leave(const Place&, size_t request)                 undoes it
//   void Pass(double time)                                   so much measured time went by
#ifndef SCHEDULER_MIG_SIMULATION_LOSS_RUN_H_
#define SCHEDULER_MIG_SIMULATION_LOSS_RUN_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "scheduler/mig/simulation/loss_system.h"
#include "scheduler/mig/simulation/requests.h"

namespace tangram::scheduler::mig::simulation {

// `decided` is told every request that was placed or rejected. The utilisation is the caller's.
template <typename Cards, typename Decided>
LossReport RunLossSystem(const Stream& stream, size_t requests, Cards& cards,
                         const Decided& decided) {
  std::vector<std::optional<typename Cards::Place>> placed(stream.profiles.size());
  LossReport report;
  report.by_profile.resize(requests);
  double then = stream.options.warm_up;
  for (const Stream::Event& event : stream.events) {
    const bool counts = event.time >= stream.options.warm_up;
    if (counts) {
      cards.Pass(event.time - then);
      then = event.time;
    }
    std::optional<typename Cards::Place>& place = placed[event.request];
    const size_t request = stream.profiles[event.request];
    if (!event.arrives) {
      if (place.has_value()) cards.Leave(*place, request);
      continue;
    }
    place = cards.Take(request, counts);
    if (counts) {
      for (Tally* tally : {&report.all, &report.by_profile[request]}) {
        ++tally->arrived;
        if (place.has_value()) ++tally->accepted;
      }
    }
    decided(request);
  }
  cards.Pass(stream.end() - then);
  return report;
}

}  // namespace tangram::scheduler::mig::simulation

#endif  // SCHEDULER_MIG_SIMULATION_LOSS_RUN_H_
