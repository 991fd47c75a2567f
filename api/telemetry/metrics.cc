// The families that are counted in the process, on prometheus-cpp.
#include "api/telemetry/metrics.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "prometheus/counter.h"
#include "prometheus/family.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"

namespace tangram::api::telemetry {
namespace {

constexpr std::array<const char*, 3> kVerbs = {"filter", "prioritize", "bind"};
constexpr std::array<const char*, 4> kVerbOutcomes = {"ok", "error", "bad_request", "not_ready"};
constexpr std::array<const char*, 5> kWriteKinds = {"binding", "node_lock", "pod_label",
                                                    "pod_fence", "wake_up"};
constexpr std::array<const char*, 5> kWriteOutcomes = {"done", "conflict", "not_found", "refused",
                                                       "unknown"};
constexpr std::array<const char*, 2> kReadKinds = {"pod", "node_lock"};
constexpr std::array<const char*, 3> kReadOutcomes = {"found", "gone", "unknown"};

// Three a decade from 0.1 ms to 1 s. A bind may wait for a node lock for seconds, hence the last
// ones.
const std::vector<double>& VerbBuckets() {
  static const std::vector<double> buckets = {0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025,
                                              0.005,   0.01,   0.025,   0.05,   0.1,   0.25,
                                              0.5,     1,      5,       30};
  return buckets;
}

// One counter per pair of words, made at once so that every series begins at 0.
template <size_t kKinds, size_t kOutcomes>
class CounterTable {
 public:
  CounterTable(prometheus::Family<prometheus::Counter>& family, const char* row_label,
               const std::array<const char*, kKinds>& kinds,
               const std::array<const char*, kOutcomes>& outcomes) {
    for (size_t i = 0; i < kKinds; ++i) {
      for (size_t j = 0; j < kOutcomes; ++j) {
        counters_[i][j] = &family.Add({{row_label, kinds[i]}, {"outcome", outcomes[j]}});
      }
    }
  }

  void Count(size_t kind, size_t outcome) { counters_.at(kind).at(outcome)->Increment(); }

 private:
  std::array<std::array<prometheus::Counter*, kOutcomes>, kKinds> counters_{};
};

template <size_t kSize>
size_t Position(const std::array<const char*, kSize>& words, std::string_view word) {
  return static_cast<size_t>(std::find(words.begin(), words.end(), word) - words.begin());
}

prometheus::Family<prometheus::Counter>& CounterFamily(prometheus::Registry& registry,
                                                       const char* name, const char* help) {
  return prometheus::BuildCounter().Name(name).Help(help).Register(registry);
}

}  // namespace

struct Metrics::State {
  State()
      : answers(CounterFamily(registry, "tangram_verb_answers_total",
                              "Answers to kube-scheduler by what they were."),
                "verb", kVerbs, kVerbOutcomes),
        writes(CounterFamily(registry, "tangram_api_writes_total",
                             "Writes to the API server by how they ended."),
               "kind", kWriteKinds, kWriteOutcomes),
        reads(CounterFamily(registry, "tangram_api_reads_total",
                            "GETs of one object from the API server by what they found."),
              "kind", kReadKinds, kReadOutcomes) {
    auto& family = prometheus::BuildHistogram()
                       .Name("tangram_verb_duration_seconds")
                       .Help("Time from a request being read to its answer being given.")
                       .Register(registry);
    for (size_t i = 0; i < kVerbs.size(); ++i) {
      verbs[i] = &family.Add({{"verb", kVerbs[i]}}, VerbBuckets());
    }
    auto& rejections = CounterFamily(
        registry, "tangram_filter_rejections_total",
        "Filter calls in which no node fitted, by the reason that kept most nodes off.");
    for (size_t i = 0; i < unfit.size(); ++i) {
      const auto word = scheduler::ReasonWord(static_cast<scheduler::Reason>(i));
      unfit[i] = &rejections.Add({{"reason", std::string(word)}});
    }
  }

  prometheus::Registry registry;
  CounterTable<kVerbs.size(), kVerbOutcomes.size()> answers;
  CounterTable<kWriteKinds.size(), kWriteOutcomes.size()> writes;
  CounterTable<kReadKinds.size(), kReadOutcomes.size()> reads;
  std::array<prometheus::Histogram*, kVerbs.size()> verbs{};
  std::array<prometheus::Counter*, scheduler::kReasonCount> unfit{};  // by reason
};

Metrics::Metrics() : state_(std::make_unique<State>()) {}
Metrics::~Metrics() = default;

void Metrics::ObserveVerb(std::string_view verb, double seconds, std::string_view outcome) {
  const size_t i = Position(kVerbs, verb);
  const size_t j = Position(kVerbOutcomes, outcome);
  if (i == kVerbs.size() || j == kVerbOutcomes.size()) return;
  state_->verbs[i]->Observe(seconds);
  state_->answers.Count(i, j);
}

void Metrics::CountWrite(WriteKind kind, scheduler::WriteOutcome outcome) {
  state_->writes.Count(static_cast<size_t>(kind), static_cast<size_t>(outcome));
}

void Metrics::CountRead(ReadKind kind, ReadOutcome outcome) {
  state_->reads.Count(static_cast<size_t>(kind), static_cast<size_t>(outcome));
}

void Metrics::CountUnfit(scheduler::Reason reason) {
  state_->unfit.at(static_cast<size_t>(reason))->Increment();
}

std::string Metrics::Render() const {
  std::vector<prometheus::MetricFamily> families = state_->registry.Collect();
  // The library keeps the series of a family in a hash map.
  for (prometheus::MetricFamily& family : families) {
    std::sort(family.metric.begin(), family.metric.end(),
              [](const auto& a, const auto& b) { return a.label < b.label; });
  }
  return prometheus::TextSerializer().Serialize(families);
}

}  // namespace tangram::api::telemetry
