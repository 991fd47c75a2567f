// The load of bench/verbs: pod after pod through filter, prioritize and bind, as kube-scheduler
// does it, over one connection to Tangram; and the same bodies to an echo server, which answers as
// many bytes without reading any. The difference is what deciding costs.
//
// A bound pod is deleted again, so every round meets the same cluster and must get the same
// answers, unless the server learns from the pods.
#ifndef BENCH_VERB_LOAD_H_
#define BENCH_VERB_LOAD_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "bench/cluster_profile.h"
#include "bench/http_connection.h"
#include "bench/kubernetes_json.h"
#include "bench/statistics.h"

namespace tangram::bench {

enum class Verb : uint8_t { kFilter, kPrioritize, kBind };
inline constexpr size_t kVerbs = 3;
inline constexpr std::array<std::string_view, kVerbs> kVerbNames = {"filter", "prioritize", "bind"};

// Times of one round in microseconds, by verb.
using RoundTimes = std::array<std::vector<double>, kVerbs>;

struct RoundResult {
  RoundTimes times;
  uint64_t hash = 0;         // of every answer of the round
  size_t pods_fitting = 0;   // pods that some node took
  size_t refusals_most = 0;  // nodes refused with a reason in one answer
};

struct VerbLoadOptions {
  int pods = 0;  // a round
  // How many different wishes the pods have; with fewer wishes than pods some come again.
  int wishes = 0;
  // Instead: every pod of every round has a wish of its own.
  bool fresh_wishes = false;
  // Of the first pod; loads of one server must not make the same pods.
  uint64_t first_serial = 0;
  // Both servers must be ready.
  uint16_t tangram_port = 0;
  uint16_t echo_port = 0;
  // Filter names every node (--candidates=all), which is then checked.
  bool complete_answers = true;
};

class VerbLoad {
 public:
  VerbLoad(const Profile& profile, const VerbLoadOptions& options);

  // Tangram's round. The first one teaches the echo server's round what to send and to answer. In
  // both, the same work is done between two calls, so that both servers idle as long.
  // An error is a wrong answer: a status, a text that is not understood, a node left out.
  absl::StatusOr<RoundResult> TangramRound();
  absl::StatusOr<RoundTimes> EchoRound();

 private:
  // What a pod of the round sent and got.
  struct Exchange {
    std::string filter_answer;
    std::string node;  // empty: nothing fitted
    std::array<size_t, kVerbs> answer_sizes{};
  };

  WaitingPod MakePod(size_t number);
  // The names in the order in which kube-scheduler's parallel filters might have left them.
  void AppendNames(size_t number, std::string& out) const;
  // What kube-scheduler asks for after such a filter answer: the nodes it left, in its order. All
  // the others behind them make the call as long as it can get.
  std::string PrioritizeNames(std::string_view fitting_text) const;
  absl::StatusOr<HttpAnswer> Post(HttpConnection& server, std::string_view path,
                                  std::string_view body);
  absl::Status Judge(const WaitingPod& pod, size_t number, RoundResult& round, TextHash& hash);
  absl::Status Echo(size_t number, RoundTimes& times);
  absl::Status Bind(const WaitingPod& pod, Exchange& exchange, RoundResult& round);

  const Profile& profile_;
  const size_t pods_;
  const size_t wishes_;
  const bool fresh_wishes_;
  const bool complete_answers_;
  HttpConnection tangram_;
  HttpConnection echo_;
  std::vector<std::string> orders_;  // lists of all names, a little different from one another
  std::vector<Exchange> exchanges_;  // by number of the pod in its round
  std::string body_;
  uint64_t serial_;
};

}  // namespace tangram::bench

#endif  // BENCH_VERB_LOAD_H_
