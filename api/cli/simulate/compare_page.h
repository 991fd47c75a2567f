// A comparison as an HTML page.
#ifndef API_CLI_SIMULATE_COMPARE_PAGE_H_
#define API_CLI_SIMULATE_COMPARE_PAGE_H_

#include <string>

namespace tangram::api::cli::simulate {

struct Comparison;

// Who wins, with the intervals drawn; a line for each policy; who was served; list by list.
std::string ComparePage(const Comparison& comparison);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_COMPARE_PAGE_H_
