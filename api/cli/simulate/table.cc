#include "api/cli/simulate/table.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "model/check.h"
#include "model/string_map.h"

namespace tangram::api::cli::simulate {

void Table::Add(std::vector<std::string> cells) {
  TANGRAM_CHECK(cells.size() == columns_.size());
  for (std::string& cell : cells) {
    std::replace_if(
        cell.begin(), cell.end(),
        [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); }, '?');
  }
  rows_.push_back(std::move(cells));
}

std::string Table::Text() const {
  std::vector<std::string> heads;
  for (const Column& column : columns_) heads.push_back(column.head);
  std::vector<size_t> widths(columns_.size());
  const auto widen = [&widths](const std::vector<std::string>& cells) {
    for (size_t i = 0; i < cells.size(); ++i) widths[i] = std::max(widths[i], cells[i].size());
  };
  widen(heads);
  for (const auto& row : rows_) widen(row);
  std::string text;
  const auto write = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      const std::string blanks(widths[i] - cells[i].size(), ' ');
      const bool right = columns_[i].align == Align::kRight;
      absl::StrAppend(&line, i == 0 ? "" : "  ", right ? blanks : "", cells[i],
                      right ? "" : blanks);
    }
    absl::StripTrailingAsciiWhitespace(&line);
    absl::StrAppend(&text, line, "\n");
  };
  write(heads);
  for (const auto& row : rows_) write(row);
  return text;
}

Sheet Table::AsSheet() const {
  Sheet sheet{.head = {}, .rows = rows_};
  for (size_t i = 0; i < columns_.size(); ++i) {
    sheet.head.push_back(columns_[i].head);
    if (i > 0 && columns_[i].align == Align::kLeft) sheet.texts.insert(i);
  }
  return sheet;
}

std::string Grouped(int64_t number) {
  std::string text = absl::StrCat(number);
  const size_t begin = number < 0 ? 1 : 0;
  for (size_t at = text.size(); at > begin + 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string Counted(int64_t number, std::string_view one, std::string_view many) {
  return absl::StrCat(Grouped(number), " ", model::ToAbsl(number == 1 ? one : many));
}

}  // namespace tangram::api::cli::simulate
