// A question: a pod, and the cluster it is asked about.
#ifndef API_CLI_SIMULATE_QUESTION_H_
#define API_CLI_SIMULATE_QUESTION_H_

#include "CLI/CLI.hpp"
#include "absl/status/statusor.h"
#include "api/cli/simulate/cluster_input.h"
#include "api/cli/simulate/output.h"
#include "api/cli/simulate/pod_input.h"

namespace tangram::api::cli::simulate {

struct QuestionOptions {
  PodOptions pod;
  ClusterOptions cluster;
  OutputOptions output;
};

// POD, --name, --card-policy, --cluster, --kubeconfig, --context, -o and --out. `options` must
// outlive `command`.
void AddQuestionOptions(CLI::App* command, QuestionOptions* options);

struct Question {
  scheduler::CardPolicy policy;
  NamedAsk pod;
  scheduler::whatif::World world;
};

// The first error of the options, the pod and the cluster, in this order. A file that could not be
// written to is one of the options'.
absl::StatusOr<Question> ReadQuestion(const QuestionOptions& options);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_QUESTION_H_
