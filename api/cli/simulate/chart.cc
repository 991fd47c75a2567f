#include "api/cli/simulate/chart.h"

#include <algorithm>
#include <cmath>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/cli/simulate/sheet.h"

namespace tangram::api::cli::simulate {
namespace {

constexpr size_t kStyles = 10;  // line styles of the page
constexpr size_t kRows = 6;     // horizontal lines at most
constexpr size_t kColumns = 8;

// The part of the plane that is drawn, stretched to a square of 1000.
struct Window {
  double left = 0, right = 1, low = 0, high = 1;

  double X(double x) const { return 1000 * (x - left) / (right - left); }
  double Y(double y) const { return 1000 * (high - y) / (high - low); }
};

Window WindowOf(const Chart& chart) {
  size_t length = 0;
  double low = HUGE_VAL, high = -HUGE_VAL;
  for (const ChartLine& line : chart.lines) {
    length = std::max(length, line.values.size());
    for (size_t x = chart.from; x < line.values.size(); ++x) {
      low = std::min(low, line.values[x]);
      high = std::max(high, line.values[x]);
    }
  }
  if (low > high) low = 0, high = 1;
  if (!chart.zoomed) low = std::min(low, 0.0);
  if (high <= low) high = low + 1;
  const std::vector<double> steps = RoundSteps(low, high, kRows);
  const auto from = static_cast<double>(chart.from);
  return {.left = from,
          .right = std::max(from + 1, static_cast<double>(length) - 1),
          .low = steps.front(),
          .high = steps.back()};
}

std::string Points(const std::vector<double>& values, size_t from, const Window& window) {
  std::string points;
  for (size_t x = from; x < values.size(); ++x) {
    absl::StrAppendFormat(&points, "%s%.4g,%.4g", x == from ? "" : " ",
                          window.X(static_cast<double>(x)), window.Y(values[x]));
  }
  return points;
}

std::string Legend(const Chart& chart) {
  if (chart.lines.size() < 2) return "";
  std::string html = "<ul class=\"legend\">";
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    absl::StrAppend(
        &html, "<li><svg viewBox=\"0 0 28 8\" aria-hidden=\"true\"><path class=\"line c",
        i % kStyles, "\" d=\"M0 4h28\"/></svg>", HtmlText(chart.lines[i].name), "</li>");
  }
  return absl::StrCat(html, "</ul>\n");
}

}  // namespace

std::vector<double> RoundSteps(double low, double high, size_t count) {
  const double rough = (high - low) / static_cast<double>(count);
  const double power = std::pow(10, std::floor(std::log10(rough)));
  double step = 10 * power;
  for (const double round : {1.0, 2.0, 5.0}) {
    if (round * power >= rough * 0.999) {
      step = round * power;
      break;
    }
  }
  const auto first = std::llround(std::floor(low / step + 1e-9));
  const auto last = std::llround(std::ceil(high / step - 1e-9));
  std::vector<double> steps;
  for (auto i = first; i <= last; ++i) steps.push_back(static_cast<double>(i) * step);
  return steps;
}

std::string LineChart(const Chart& chart) {
  const Window window = WindowOf(chart);
  std::string labels;
  std::string drawn;
  for (const double y : RoundSteps(window.low, window.high, kRows)) {
    absl::StrAppendFormat(&drawn, "<path class=\"axis\" d=\"M0 %.4gH1000\"/>\n", window.Y(y));
    absl::StrAppendFormat(&labels, "<span class=\"y\" style=\"top:%.4g%%\">%.4g %%</span>\n",
                          window.Y(y) / 10, y);
  }
  for (const double x : RoundSteps(window.left, window.right, kColumns)) {
    if (x < window.left || x > window.right) continue;
    absl::StrAppendFormat(&labels, "<span class=\"x\" style=\"left:%.4g%%\">%.4g</span>\n",
                          window.X(x) / 10, x);
  }
  if (chart.ideal) {
    const double end = std::min(window.right, window.high);
    absl::StrAppendFormat(&drawn, "<path class=\"ideal\" d=\"M%.4g %.4gL%.4g %.4g\"/>\n",
                          window.X(window.left), window.Y(window.left), window.X(end),
                          window.Y(end));
  }
  for (size_t i = 0; i < chart.lines.size(); ++i) {
    absl::StrAppend(&drawn, "<polyline class=\"line c", i % kStyles, "\" points=\"",
                    Points(chart.lines[i].values, chart.from, window), "\"/>\n");
  }
  const std::string title = HtmlText(chart.title);
  return absl::StrCat("<figure>\n<h3>", title, "</h3>\n", "<div class=\"plot\">\n",
                      "<svg viewBox=\"0 0 1000 1000\" preserveAspectRatio=\"none\" role=\"img\" ",
                      "aria-label=\"", title, "\">\n", drawn, "</svg>\n", labels, "</div>\n",
                      Legend(chart), "<figcaption>", HtmlText(chart.caption),
                      "</figcaption>\n</figure>\n");
}

}  // namespace tangram::api::cli::simulate
