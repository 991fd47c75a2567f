// What bench/verbs found out: tables, claims and their verdicts.
#ifndef BENCH_VERB_REPORT_H_
#define BENCH_VERB_REPORT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "bench/claims.h"
#include "bench/cluster_profile.h"
#include "bench/verb_load.h"

namespace tangram::bench {

// One cluster in one state, all rounds.
struct VerbResult {
  int nodes = 0;
  Fill fill = Fill::kEmpty;
  size_t states = 0;  // different nodes
  size_t bound_pods = 0;
  int pods_per_round = 0;
  std::vector<RoundResult> tangram;
  std::vector<RoundTimes> echo;  // parallel to `tangram`
  int64_t peak_kibibytes = 0;    // of the Tangram process
};

// The table of one result, as lines.
std::string VerbTable(const VerbResult& result);

// What must hold in every result: the answers of every round are equal, an empty cluster takes
// every pod, a full one takes none and gives a reason for every node, an aged one is as varied as
// wanted.
std::vector<Claim> AnswerClaims(const VerbResult& result);
// What is claimed of time, at 5,000 nodes only: p50 of filter and prioritize at most 1 ms and at
// most 6 times the echo floor's, p50 of bind at most 1 ms.
std::vector<Claim> TimeClaims(const VerbResult& result);

}  // namespace tangram::bench

#endif  // BENCH_VERB_REPORT_H_
