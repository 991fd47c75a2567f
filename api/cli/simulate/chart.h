// Curves against the percent of GPU that arrived, as inline SVG.
#ifndef API_CLI_SIMULATE_CHART_H_
#define API_CLI_SIMULATE_CHART_H_

#include <cstddef>
#include <string>
#include <vector>

namespace tangram::api::cli::simulate {

struct ChartLine {
  std::string name;
  std::vector<double> values;  // by whole percent arrived
};

struct Chart {
  std::string title;
  std::string caption;
  std::vector<ChartLine> lines;
  size_t from = 0;      // the first percent shown
  bool ideal = false;   // a dotted line where all that arrives is placed
  bool zoomed = false;  // the height spans the values shown; else it begins at 0
};

// A <figure> with a legend where there are several lines. Lines stretch with the page, texts do
// not.
std::string LineChart(const Chart& chart);

// At most `count` round steps that cover low to high: 0, 20, 40, ...
std::vector<double> RoundSteps(double low, double high, size_t count);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_CHART_H_
