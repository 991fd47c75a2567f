#include "api/cli/simulate/sheet.h"

#include <algorithm>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {
namespace {

using Cells = std::vector<std::string>;

// The characters of a UTF-8 text, which is what a terminal gives a column each.
size_t WidthOf(const std::string& text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::string CsvField(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

void AppendCsv(const Cells& cells, std::string* text) {
  for (size_t i = 0; i < cells.size(); ++i) {
    absl::StrAppend(text, i == 0 ? "" : ",", CsvField(cells[i]));
  }
  absl::StrAppend(text, "\n");
}

void AppendMarkdown(const Cells& cells, std::string* text) {
  for (const std::string& cell : cells) {
    absl::StrAppend(text, "| ", absl::StrReplaceAll(cell, {{"|", "\\|"}, {"\n", " "}}), " ");
  }
  absl::StrAppend(text, "|\n");
}

void AppendHtml(const Sheet& sheet, const Cells& cells, const char* tag, std::string* text) {
  absl::StrAppend(text, "<tr>");
  for (size_t i = 0; i < cells.size(); ++i) {
    const char* cell = i == 0 ? "th" : tag;
    const char* how = sheet.texts.count(i) > 0 ? " class=\"text\"" : "";
    absl::StrAppend(text, "<", cell, how, ">", HtmlText(cells[i]), "</", cell, ">");
  }
  absl::StrAppend(text, "</tr>\n");
}

}  // namespace

std::string AsText(const Sheet& sheet) {
  std::vector<size_t> widths(sheet.head.size(), 0);
  const auto widen = [&widths](const Cells& cells) {
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], WidthOf(cells[i]));
  };
  widen(sheet.head);
  for (const Cells& row : sheet.rows) widen(row);
  std::string text;
  const auto append = [&](const Cells& cells) {
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string padding(widths[i] - WidthOf(cells[i]), ' ');
      const bool last = i + 1 == cells.size();
      if (i == 0) {
        absl::StrAppend(&text, cells[i], last ? "" : padding);
      } else if (sheet.texts.count(i) > 0) {
        absl::StrAppend(&text, "  ", cells[i], last ? "" : padding);
      } else {
        absl::StrAppend(&text, "  ", padding, cells[i]);
      }
    }
    absl::StrAppend(&text, "\n");
  };
  append(sheet.head);
  for (const Cells& row : sheet.rows) append(row);
  return text;
}

std::string AsCsv(const Sheet& sheet) {
  std::string text;
  AppendCsv(sheet.head, &text);
  for (const Cells& row : sheet.rows) AppendCsv(row, &text);
  return text;
}

std::string AsMarkdown(const Sheet& sheet) {
  std::string text;
  AppendMarkdown(sheet.head, &text);
  for (size_t i = 0; i < sheet.head.size(); ++i) {
    absl::StrAppend(&text, i == 0 || sheet.texts.count(i) > 0 ? "|---" : "|---:");
  }
  absl::StrAppend(&text, "|\n");
  for (const Cells& row : sheet.rows) AppendMarkdown(row, &text);
  return text;
}

std::string AsHtml(const Sheet& sheet) {
  std::string text = "<div class=\"scroll\"><table>\n<thead>";
  AppendHtml(sheet, sheet.head, "th", &text);
  absl::StrAppend(&text, "</thead><tbody>\n");
  for (const Cells& row : sheet.rows) AppendHtml(sheet, row, "td", &text);
  absl::StrAppend(&text, "</tbody></table></div>\n");
  return text;
}

std::string HtmlText(std::string_view text) {
  return absl::StrReplaceAll(model::ToAbsl(text), {{" %", "&nbsp;%"},
                                                   {"&", "&amp;"},
                                                   {"<", "&lt;"},
                                                   {">", "&gt;"},
                                                   {"\"", "&quot;"},
                                                   {"'", "&#39;"}});
}

std::string TrueOrFalse(bool value) { return value ? "true" : "false"; }

std::string Thousands(uint64_t number) {
  std::string digits = absl::StrCat(number);
  for (size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

}  // namespace tangram::api::cli::simulate
