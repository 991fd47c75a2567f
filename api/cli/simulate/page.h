// The frame of the HTML reports.
//
// A page is one file: style inside, no script, nothing fetched. It reads on a phone and on a desk,
// by day and by night, and prints in black on white.
#ifndef API_CLI_SIMULATE_PAGE_H_
#define API_CLI_SIMULATE_PAGE_H_

#include <string>
#include <string_view>
#include <vector>

namespace tangram::api::cli::simulate {

// `lede` and `body` are HTML, `kicker` and `title` are text.
std::string Page(std::string_view kicker, std::string_view title, std::string_view lede,
                 std::string_view body);

// A heading with what stands below it; `note` is text, and may be empty.
std::string Section(std::string_view heading, std::string_view note, std::string_view body);

// The few numbers that matter most, large.
struct KeyFigure {
  std::string value;  // "96.2"
  std::string unit;   // "%"
  std::string label;  // "allocated at 100 % arrived"
};
std::string KeyFigures(const std::vector<KeyFigure>& figures);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_PAGE_H_
