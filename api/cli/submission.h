// What happened to one submitted pod, and how it is told.
#ifndef API_CLI_SUBMISSION_H_
#define API_CLI_SUBMISSION_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "api/cli/extender_client.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli {

// Nodes refused for one and the same reason.
struct Refusal {
  std::string reason;
  size_t nodes = 0;
  bool resolvable = true;  // false: preempting others would not help
};

struct Submission {
  std::string name_space;
  std::string name;
  std::string uid;
  std::vector<std::string> fitting;  // as filter answered
  std::vector<Refusal> refusals;     // most nodes first
  bool prioritized = false;          // asked only when two or more fit
  std::vector<HostScore> scores;     // best first, ties by name
  std::string node;                  // chosen; empty when nothing fitted
  bool bound = false;
  // What a verb said instead of an answer; empty when it answered.
  std::string filter_error;
  std::string prioritize_error;  // kube-scheduler goes on without scores, and so do we
  std::string bind_error;
};

// Puts one pod through filter, prioritize and bind. `connection` becomes Unavailable when the
// server could not be reached; everything else is in the result.
Submission SubmitPod(ExtenderClient& extender, const PodManifest& pod,
                     const std::vector<std::string>& nodes, absl::Status& connection);

// Lines for people:
//   default/a  bound to gpu-1
//     filter      2 of 3 nodes fit
//                 1 x CardInsufficientMemory (wants 3000 MiB)
//     prioritize  gpu-1 10, gpu-2 9
//     bind        gpu-1
std::string SubmissionToText(const Submission& submission);
nlohmann::json SubmissionToJson(const Submission& submission);

}  // namespace tangram::api::cli

#endif  // API_CLI_SUBMISSION_H_
