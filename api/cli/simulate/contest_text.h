// One measure of all policies (scheduler/simulation/comparison.h), in words, sheets and JSON.
//
// Pure functions; `policies` are the names in the order of the standings.
#ifndef API_CLI_SIMULATE_CONTEST_TEXT_H_
#define API_CLI_SIMULATE_CONTEST_TEXT_H_

#include <string>
#include <string_view>
#include <vector>

#include "nlohmann/json.hpp"
#include "scheduler/simulation/comparison.h"

namespace tangram::api::cli::simulate {

// "96.22 ± 0.03*".
std::string MeanText(const scheduler::simulation::Contest& contest, size_t policy, int digits);
// What the signs behind means say.
std::string SignsSentence();

// What StandingText has a place for.
inline constexpr const char* kStandingHead[] = {"difference", "95 % interval", "verdict"};
// Difference to the best, its interval, verdict.
std::vector<std::string> StandingText(const scheduler::simulation::Standing& standing);

// Who wins and by how much: "tangram has the most GPU allocated: 0.98 points more than fgd (95 %
// interval 0.90 to 1.06)."; or who cannot be told apart. `prose` is what there is most of, `sample`
// what one value was measured on ("seed").
std::string WinnerSentence(const std::vector<std::string>& policies,
                           const scheduler::simulation::Contest& contest, std::string_view prose,
                           std::string_view sample);

nlohmann::json ContestJson(const std::vector<std::string>& policies,
                           const scheduler::simulation::Contest& contest);

// For LongSheet: samples, mean, standard deviation, difference to the best, ends of its interval,
// verdict; with all digits.
inline constexpr const char* kLongHead[] = {
    "samples",       "mean",   "standard_deviation", "difference_to_best", "interval_low",
    "interval_high", "verdict"};
std::vector<std::string> LongText(const scheduler::simulation::Standing& standing);

// <table> with each policy's interval drawn; the best first.
std::string RankingHtml(const std::vector<std::string>& policies,
                        const scheduler::simulation::Contest& contest);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_CONTEST_TEXT_H_
