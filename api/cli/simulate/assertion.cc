#include "api/cli/simulate/assertion.h"

#include <array>
#include <cmath>
#include <functional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {
namespace {

using scheduler::simulation::ClassCount;
using scheduler::simulation::kPodClasses;
using scheduler::simulation::PodClass;
using scheduler::simulation::PodClassName;
using scheduler::simulation::RunReport;

using Curve = std::vector<double> RunReport::*;
using Classes = std::array<ClassCount, kPodClasses> RunReport::*;

struct CurveMeasure {
  std::string_view name;
  Curve curve;
};
constexpr CurveMeasure kCurves[] = {{"allocated", &RunReport::allocated},
                                    {"fragmentation_ratio", &RunReport::fragmentation_ratio},
                                    {"fragmentation_amount", &RunReport::fragmentation_amount}};

struct ClassMeasure {
  std::string_view name;
  Classes classes;
};
constexpr ClassMeasure kClasses[] = {{"served", &RunReport::classes},
                                     {"served_at_100", &RunReport::classes_at_100}};

struct CountMeasure {
  std::string_view name;
  double (*value)(const RunReport&);
};
constexpr CountMeasure kCounts[] = {
    {"placed_pods", [](const RunReport& report) { return static_cast<double>(report.placed()); }},
    {"failed_pods", [](const RunReport& report) { return static_cast<double>(report.failed()); }},
    {"cards_free", [](const RunReport& report) { return static_cast<double>(report.cards_free); }},
    {"cards_touched",
     [](const RunReport& report) { return static_cast<double>(report.cards_touched); }}};

struct Comparison {
  std::string_view sign;
  bool (*holds)(double, double);
};
// Longer signs first, so that >= is not read as >.
constexpr Comparison kComparisons[] = {{">=", [](double a, double b) { return a >= b; }},
                                       {"<=", [](double a, double b) { return a <= b; }},
                                       {"==", [](double a, double b) { return a == b; }},
                                       {"!=", [](double a, double b) { return a != b; }},
                                       {">", [](double a, double b) { return a > b; }},
                                       {"<", [](double a, double b) { return a < b; }}};

template <typename Table>
auto Find(const Table& table, std::string_view name) -> decltype(&table[0]) {
  for (const auto& row : table) {
    if (row.name == name) return &row;
  }
  return nullptr;
}

int ClassNamed(std::string_view name) {
  for (size_t i = 0; i < kPodClasses; ++i) {
    if (PodClassName(static_cast<PodClass>(i)) == name) return static_cast<int>(i);
  }
  return -1;
}

absl::Status Wrong(std::string_view text, std::string_view allowed) {
  return absl::InvalidArgumentError(
      absl::StrCat("--assert ", model::Shown(text), ": ", model::ToAbsl(allowed)));
}

std::string Trimmed(std::string_view text) {
  return std::string(absl::StripAsciiWhitespace(model::ToAbsl(text)));
}

absl::Status CheckWords(const Assertion& assertion) {
  if (Find(kCurves, assertion.measure) != nullptr) {
    uint32_t percent = 0;
    if (assertion.where == "last" || absl::SimpleAtoi(assertion.where, &percent)) {
      return absl::OkStatus();
    }
    return Wrong(assertion.text,
                 absl::StrCat(assertion.measure,
                              " must be followed by @ and the "
                              "percent of GPU arrived, a whole number or \"last\""));
  }
  if (Find(kClasses, assertion.measure) != nullptr) {
    if (ClassNamed(assertion.where) >= 0) return absl::OkStatus();
    return Wrong(assertion.text, absl::StrCat(assertion.measure,
                                              " must be followed by @ and a "
                                              "class: cpu, share, 1, 2-4 or 8"));
  }
  if (Find(kCounts, assertion.measure) == nullptr) {
    return Wrong(assertion.text,
                 "the measure must be one of allocated@X, fragmentation_ratio@X, "
                 "fragmentation_amount@X, served@CLASS, served_at_100@CLASS, placed_pods, "
                 "failed_pods, cards_free, cards_touched");
  }
  if (assertion.where.empty()) return absl::OkStatus();
  return Wrong(assertion.text, absl::StrCat(assertion.measure, " takes no @"));
}

// "95.31", "2532": as many digits as tell something.
std::string Plain(double value) {
  return value == std::floor(value) ? absl::StrFormat("%.0f", value)
                                    : absl::StrFormat("%.4f", value);
}

}  // namespace

absl::StatusOr<Assertion> ParseAssertion(std::string_view text) {
  Assertion assertion{.text = std::string(text), .measure = {}, .where = {}, .comparison = {}};
  size_t at = text.size();
  for (const Comparison& comparison : kComparisons) {
    const size_t found = text.find(comparison.sign);
    if (found >= at) continue;
    at = found;
    assertion.comparison = comparison.sign;
  }
  if (assertion.comparison.empty()) {
    return Wrong(text, "must be MEASURE, one of >= <= == != > <, and a number");
  }
  const std::string_view left = text.substr(0, at);
  const std::string number = Trimmed(text.substr(at + assertion.comparison.size()));
  if (!absl::SimpleAtod(number, &assertion.wanted) || !std::isfinite(assertion.wanted)) {
    return Wrong(text, absl::StrCat(model::Shown(number), " must be a number"));
  }
  const size_t sign = left.find('@');
  assertion.measure = Trimmed(left.substr(0, sign));
  if (sign != std::string_view::npos) assertion.where = Trimmed(left.substr(sign + 1));
  if (absl::Status status = CheckWords(assertion); !status.ok()) return status;
  return assertion;
}

absl::Status CheckAssertion(const Assertion& assertion, const RunReport& report) {
  double value = 0;
  if (const auto* measure = Find(kCurves, assertion.measure); measure != nullptr) {
    const std::vector<double>& curve = report.*measure->curve;
    uint32_t percent = 0;
    const bool last = !absl::SimpleAtoi(assertion.where, &percent);
    if (curve.empty() || (!last && percent >= curve.size())) {
      return absl::FailedPreconditionError(
          absl::StrCat(assertion.text, " does not hold: the run ended when ",
                       curve.empty() ? 0 : curve.size() - 1, " % of the GPU had arrived"));
    }
    value = last ? curve.back() : curve[percent];
  } else if (const auto* of_class = Find(kClasses, assertion.measure); of_class != nullptr) {
    const auto index = static_cast<size_t>(ClassNamed(assertion.where));
    value = (report.*of_class->classes)[index].served_percent();
  } else {
    value = Find(kCounts, assertion.measure)->value(report);
  }
  for (const Comparison& comparison : kComparisons) {
    if (comparison.sign != assertion.comparison) continue;
    if (comparison.holds(value, assertion.wanted)) return absl::OkStatus();
  }
  return absl::FailedPreconditionError(
      absl::StrCat(assertion.text, " does not hold: it is ", Plain(value)));
}

}  // namespace tangram::api::cli::simulate
