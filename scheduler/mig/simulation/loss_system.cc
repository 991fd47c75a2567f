#include "scheduler/mig/simulation/loss_system.h"

#include "model/check.h"
#include "scheduler/mig/simulation/loss_run.h"

namespace tangram::scheduler::mig::simulation {

using model::mig::CardStates;
using model::mig::StateId;

namespace {

class OneKind {
 public:
  using Place = Chooser::Choice;

  OneKind(const Chooser& chooser, uint32_t cards)
      : chooser_(chooser), cards_(chooser.states(), cards) {}

  std::optional<Place> Take(size_t profile, bool /*counts*/) {
    const auto place = chooser_.Choose(cards_, profile);
    if (!place.has_value()) return place;
    cards_.Move(place->card, states().After(cards_.state(place->card), place->placement));
    used_ += Length(profile);
    return place;
  }
  void Leave(const Place& place, size_t profile) {
    const StateId without = states().Without(cards_.state(place.card), place.placement);
    TANGRAM_CHECK(without != model::mig::kNoState);
    cards_.Move(place.card, without);
    used_ -= Length(profile);
  }
  void Pass(double time) { area_ += static_cast<double>(used_) * time; }

  double area() const { return area_; }

 private:
  const CardStates& states() const { return chooser_.states(); }
  int32_t Length(size_t profile) const { return states().geometry().profiles()[profile].length; }

  const Chooser& chooser_;
  CardGroups cards_;
  int64_t used_ = 0;
  double area_ = 0;  // slices used, times time
};

}  // namespace

LossReport Play(const Stream& stream, const Chooser& chooser) {
  const model::mig::Geometry& geometry = chooser.states().geometry();
  OneKind cards(chooser, stream.options.cards);
  LossReport report =
      RunLossSystem(stream, geometry.profiles().size(), cards, [](size_t /*profile*/) {});
  const double all = stream.options.measured * stream.options.cards * geometry.slices();
  report.utilisation = all > 0 ? cards.area() / all : 0;
  return report;
}

}  // namespace tangram::scheduler::mig::simulation
