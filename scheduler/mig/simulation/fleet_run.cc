#include "scheduler/mig/simulation/fleet_run.h"

#include <optional>
#include <utility>

#include "model/check.h"
#include "scheduler/mig/simulation/draw_stream.h"
#include "scheduler/mig/simulation/loss_run.h"

namespace tangram::scheduler::mig::simulation {

using model::mig::CardStates;
using model::mig::StateId;

namespace {

class KindsOfCards {
 public:
  using Place = FleetChooser::Choice;

  explicit KindsOfCards(const FleetChooser& chooser) : chooser_(chooser) {
    for (const FleetKind& kind : chooser.fleet().kinds) {
      cards_.emplace_back(kind.states, static_cast<uint32_t>(kind.cards.size()));
    }
    used_.resize(cards_.size());
  }

  std::optional<Place> Take(size_t request, bool counts) {
    const auto place = chooser_.Choose(cards_, request);
    if (!place.has_value()) return place;
    CardGroups& cards = cards_[place->kind];
    cards.Move(place->on.card,
               states(*place).After(cards.state(place->on.card), place->on.placement));
    Used& used = used_[place->kind];
    used.slices += Length(*place);
    if (counts) ++used.accepted;
    return place;
  }
  void Leave(const Place& place, size_t /*request*/) {
    CardGroups& cards = cards_[place.kind];
    const StateId without = states(place).Without(cards.state(place.on.card), place.on.placement);
    TANGRAM_CHECK(without != model::mig::kNoState);
    cards.Move(place.on.card, without);
    used_[place.kind].slices -= Length(place);
  }
  void Pass(double time) {
    for (Used& used : used_) used.area += static_cast<double>(used.slices) * time;
  }

  // Completes the report, over so much measured time.
  FleetReport Report(LossReport loss, double measured) const {
    FleetReport report{std::move(loss), {}};
    double area = 0, all = 0;
    for (size_t k = 0; k < used_.size(); ++k) {
      const double of_kind = measured * static_cast<double>(chooser_.fleet().kinds[k].slices());
      report.kinds.push_back({used_[k].accepted, of_kind > 0 ? used_[k].area / of_kind : 0});
      area += used_[k].area;
      all += of_kind;
    }
    report.loss.utilisation = all > 0 ? area / all : 0;
    return report;
  }

 private:
  struct Used {
    int64_t slices = 0;  // now
    double area = 0;     // slices used, times time
    uint64_t accepted = 0;
  };

  const CardStates& states(const Place& place) const {
    return chooser_.fleet().kinds[place.kind].states;
  }
  int32_t Length(const Place& place) const {
    const size_t profile = states(place).placements()[place.on.placement].profile;
    return states(place).geometry().profiles()[profile].length;
  }

  const FleetChooser& chooser_;
  std::vector<CardGroups> cards_;  // by kind
  std::vector<Used> used_;
};

}  // namespace

Stream MakeFleetStream(const Fleet& fleet, const Mix& shares, const StreamOptions& options,
                       uint64_t seed) {
  return DrawStream(RequestsPerLifetime(fleet, shares, options.load), shares, options, seed);
}

FleetReport PlayFleet(const Stream& stream, const FleetChooser& chooser) {
  KindsOfCards cards(chooser);
  LossReport loss =
      RunLossSystem(stream, chooser.fleet().requests.size(), cards, [](size_t /*request*/) {});
  return cards.Report(std::move(loss), stream.options.measured);
}

FleetReport PlayFleetLearning(const Stream& stream, FleetLearner& learner) {
  FleetChooser chooser(learner.fleet(), learner.MakePolicy());
  KindsOfCards cards(chooser);
  LossReport loss =
      RunLossSystem(stream, learner.fleet().requests.size(), cards, [&](size_t request) {
        if (learner.Asked(request)) chooser = FleetChooser(learner.fleet(), learner.MakePolicy());
      });
  return cards.Report(std::move(loss), stream.options.measured);
}

}  // namespace tangram::scheduler::mig::simulation
