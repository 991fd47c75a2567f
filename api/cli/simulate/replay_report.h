// What `tangram simulate replay` prints.
#ifndef API_CLI_SIMULATE_REPLAY_REPORT_H_
#define API_CLI_SIMULATE_REPLAY_REPORT_H_

#include <cstdint>
#include <string>

#include "api/cli/simulate/output.h"
#include "api/recording/line.h"
#include "scheduler/recording/rerun.h"
#include "scheduler/recording/verifier.h"

namespace tangram::api::cli::simulate {

// What was replayed.
struct Replayed {
  recording::Header header;
  std::string policy;       // of nodes, as it is replayed
  std::string card_policy;  // likewise
  std::string mig_policy;
  uint64_t lines = 0;
  double recorded_seconds = 0;
  std::string warning;  // why it has no end; empty: it is whole
  double seconds = 0;   // what the replay took
};

// The recording under its own policy: what was judged anew, and what came out otherwise. Schema
// tangram.dev/simulation-replay/v1.
std::string ReplayText(const Replayed& replayed, const scheduler::recording::Findings& findings,
                       Form form);

// The recording under another policy, beside what was recorded. The same schema.
std::string RerunText(const Replayed& replayed, const scheduler::recording::RerunReport& report,
                      Form form);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_REPLAY_REPORT_H_
