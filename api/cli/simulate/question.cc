#include "api/cli/simulate/question.h"

#include <utility>

#include "absl/status/status.h"

namespace tangram::api::cli::simulate {

void AddQuestionOptions(CLI::App* command, QuestionOptions* options) {
  AddPodOptions(command, &options->pod);
  AddClusterOptions(command, &options->cluster);
  AddOutputOptions(command, &options->output);
}

absl::StatusOr<Question> ReadQuestion(const QuestionOptions& options) {
  if (absl::Status status = CheckWritable(options.output.file); !status.ok()) return status;
  auto policy = ReadCardPolicy(options.pod);
  if (!policy.ok()) return policy.status();
  auto pod = ReadAsk(options.pod);
  if (!pod.ok()) return pod.status();
  auto world = ReadWorld(options.cluster, &pod->rules);
  if (!world.ok()) return world.status();
  if (absl::Status status = CheckOffered(*world, &*pod); !status.ok()) return status;
  return Question{*std::move(policy), *std::move(pod), *std::move(world)};
}

}  // namespace tangram::api::cli::simulate
