// The report for people: a bar per card.
#ifndef API_CLI_TOP_TABLE_H_
#define API_CLI_TOP_TABLE_H_

#include <string>

#include "api/cli/top_report.h"

namespace tangram::api::cli {

// Whether stdout shows colours: it is a terminal, and NO_COLOR is not set to anything.
bool StdoutShowsColour();

// A table of the cards, then closed nodes, waiting pods, and the sums. ASCII but for names.
std::string RenderTop(const TopReport& report, bool colour);

}  // namespace tangram::api::cli

#endif  // API_CLI_TOP_TABLE_H_
