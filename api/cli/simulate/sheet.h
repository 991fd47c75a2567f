// A table of texts, and the ways to write it down.
#ifndef API_CLI_SIMULATE_SHEET_H_
#define API_CLI_SIMULATE_SHEET_H_

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace tangram::api::cli::simulate {

// The first column names its row; all others are numbers, or short words, set to the right, but
// for those that are texts.
struct Sheet {
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;  // each as long as the head
  // Columns of texts: set to the left, and broken into lines where a page is too narrow.
  std::set<size_t> texts = {};
};

// For terminals: columns as wide as their widest text, two blanks apart.
std::string AsText(const Sheet& sheet);
// RFC 4180 with line feeds: fields with a comma, a quote or a line end are quoted.
std::string AsCsv(const Sheet& sheet);
// A table of GitHub's Markdown; bars in texts are escaped.
std::string AsMarkdown(const Sheet& sheet);
// <table>, texts escaped.
std::string AsHtml(const Sheet& sheet);

// `text` as it may stand in HTML, between tags or inside double quotes. A number keeps its percent
// sign on the line.
std::string HtmlText(std::string_view text);
// "true" or "false", as csv has it.
std::string TrueOrFalse(bool value);
// 1213 as "1,213".
std::string Thousands(uint64_t number);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_SHEET_H_
