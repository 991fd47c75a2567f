// Verdicts of "what if" in words and in JSON, alike in every question.
#ifndef API_CLI_SIMULATE_VERDICT_TEXT_H_
#define API_CLI_SIMULATE_VERDICT_TEXT_H_

#include <optional>
#include <string>
#include <vector>

#include "api/cli/simulate/pod_input.h"
#include "nlohmann/json.hpp"
#include "scheduler/fit.h"
#include "scheduler/whatif/world.h"

namespace tangram::api::cli::simulate {

// The words of the codes, of the host first: {"InsufficientCpu", "CardInsufficientMemory"}.
std::vector<std::string> ReasonWords(const scheduler::whatif::Verdict& verdict);

// "has 1,024 MiB, wants 3,000 MiB"; empty where the reason has no amounts.
std::string HaveAndWant(const scheduler::CardVerdict& card);

// So much of a card's compute, as its books count it: "30% cores", of AMD's "12 compute units".
std::string ComputeText(const model::Gpu& gpu, int32_t compute);
// The field of the same in JSON.
const char* ComputeField(const model::Gpu& gpu);

// "card 3" by the number its agent gives it.
std::string CardName(const model::Node& node, size_t card);

// Why a node takes the pod not, in a line: the words, and how far the nearest card is off.
struct Refused {
  const scheduler::whatif::Verdict& verdict;
  const std::optional<scheduler::CardVerdict>& nearest;
  const std::optional<model::HostResources>& host_left;
  const std::string& bar;  // of the node's bars, in words; may be empty
};
std::string WhyNot(const Refused& refused, const model::Node& node,
                   const scheduler::whatif::Ask& ask);

// {"name", "wants", "cpu_milli", "memory_mib"}.
nlohmann::json PodJson(const NamedAsk& pod);
// {"cpu_milli", "memory_mib"}, or null where there is no bound.
nlohmann::json HostJson(const std::optional<model::HostResources>& host);
// {"index", "uuid", "reason", "have", "want"}.
nlohmann::json CardJson(const model::Node& node, const scheduler::CardVerdict& card);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_VERDICT_TEXT_H_
