#include "scheduler/mig/policy.h"

#include <cmath>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "model/check.h"
#include "model/shown.h"

namespace tangram::scheduler::mig {
namespace {

using model::mig::CardStates;
using model::mig::StateId;

class FirstFit : public Policy {
 public:
  std::string_view name() const override { return "first-fit"; }
  int64_t Score(const CardStates&, StateId, size_t) const override { return 0; }
};

class BestFit : public Policy {
 public:
  std::string_view name() const override { return "best-fit"; }
  int64_t Score(const CardStates& states, StateId before, size_t placement) const override {
    const StateId after = states.After(before, placement);
    int64_t open = 0;
    for (size_t i = 0; i < states.geometry().profiles().size(); ++i) open += states.open(after, i);
    // A card has fewer placements than this.
    constexpr int64_t kMorePlacements = 4096;
    return open - kMorePlacements * states.free_slices(before);
  }
};

class ByValue : public Policy {
 public:
  ByValue(std::string_view name, StateValues values) : name_(name), values_(std::move(values)) {}
  std::string_view name() const override { return name_; }
  int64_t Score(const CardStates& states, StateId before, size_t placement) const override {
    constexpr double kSteps = 4294967296.0;
    return std::llround((values_[states.After(before, placement)] - values_[before]) * kSteps);
  }

 private:
  std::string name_;
  StateValues values_;
};

using Make = std::unique_ptr<Policy> (*)(const CardStates& states, const Mix& mix);

struct Entry {
  std::string_view name;
  Make make;
};

// The only list.
constexpr Entry kPolicies[] = {
    {"first-fit",
     [](const CardStates&, const Mix&) -> std::unique_ptr<Policy> {
       return std::make_unique<FirstFit>();
     }},
    {"best-fit", [](const CardStates&, const Mix&) { return MakeBestFit(); }},
    {"mfi", [](const CardStates& states,
               const Mix&) { return MakeValuePolicy("mfi", MfiValues(states)); }},
    {"fgd-mig",
     [](const CardStates& states, const Mix& mix) {
       return MakeValuePolicy("fgd-mig", FgdMigValues(states, mix));
     }},
    {"tangram",
     [](const CardStates& states, const Mix& mix) {
       return MakeValuePolicy("tangram", FgdMigValues(states, mix));
     }},
};

}  // namespace

std::unique_ptr<Policy> MakeValuePolicy(std::string_view name, StateValues values) {
  return std::make_unique<ByValue>(name, std::move(values));
}

std::unique_ptr<Policy> MakeBestFit() { return std::make_unique<BestFit>(); }

absl::StatusOr<std::unique_ptr<Policy>> MakePolicy(std::string_view name, const CardStates& states,
                                                   const Mix& mix) {
  for (const Entry& entry : kPolicies) {
    if (entry.name == name) return entry.make(states, mix);
  }
  const auto plain = [](std::string* out, std::string_view text) { out->append(text); };
  return absl::InvalidArgumentError(absl::StrCat("policy: ", model::Shown(name),
                                                 " is not known; allowed are ",
                                                 absl::StrJoin(PolicyNames(), ", ", plain)));
}

std::vector<std::string_view> PolicyNames() {
  std::vector<std::string_view> names;
  for (const Entry& entry : kPolicies) names.push_back(entry.name);
  return names;
}

}  // namespace tangram::scheduler::mig
