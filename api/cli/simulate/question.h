// A question: a pod, and the cluster it is asked about.
#ifndef API_CLI_SIMULATE_QUESTION_H_
#define API_CLI_SIMULATE_QUESTION_H_

#include <cstdio>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "api/cli/simulate/cluster_input.h"
#include "api/cli/simulate/pod_input.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {

struct QuestionOptions {
  PodOptions pod;
  ClusterOptions cluster;
  std::string output = "table";
};

// POD, --name, --card-policy, --cluster, --kubeconfig, --context and -o. `options` must outlive
// `command`.
void AddQuestionOptions(CLI::App* command, QuestionOptions* options);

struct Question {
  scheduler::CardPolicy policy;
  NamedAsk pod;
  scheduler::whatif::World world;
};

// The first error of reading the options, the pod and the cluster, in this order.
absl::StatusOr<Question> ReadQuestion(const QuestionOptions& options);

// Prints one of the two, as the options say; each is made on demand.
template <typename MakeJson, typename MakeTable>
void PrintAnswer(const std::string& output, MakeJson make_json, MakeTable make_table) {
  const std::string text = output == "json" ? make_json().dump(2) + "\n" : make_table();
  std::fputs(text.c_str(), stdout);
}

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_QUESTION_H_
