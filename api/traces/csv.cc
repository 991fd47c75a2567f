#include "api/traces/csv.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "api/manifests/utf8.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::traces {
namespace {

std::vector<std::string> FieldsOf(std::string_view line) {
  std::vector<std::string> fields;
  for (const absl::string_view field : absl::StrSplit(model::ToAbsl(line), ',')) {
    fields.emplace_back(absl::StripAsciiWhitespace(field));
  }
  return fields;
}

}  // namespace

absl::StatusOr<CsvTable> CsvTable::Parse(std::string file, std::string_view text) {
  std::string readable(text);
  manifests::MakeUtf8(readable);
  text = readable;
  CsvTable table;
  table.file_ = std::move(file);
  size_t number = 0;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    ++number;
    if (absl::StripAsciiWhitespace(model::ToAbsl(line)).empty()) continue;
    const auto wrong = [&](std::string_view what) {
      return absl::InvalidArgumentError(
          absl::StrCat(table.file_, ":", number, ": ", model::ToAbsl(what)));
    };
    if (line.find('"') != std::string_view::npos) {
      return wrong("fields must be plain text, this line has a quote");
    }
    std::vector<std::string> fields = FieldsOf(line);
    if (table.columns_.empty()) {
      std::vector<std::string> sorted = fields;
      std::sort(sorted.begin(), sorted.end());
      if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) {
        return wrong("the header names a column twice");
      }
      table.columns_ = std::move(fields);
      continue;
    }
    if (fields.size() != table.columns_.size()) {
      return wrong(absl::StrCat(fields.size(), " fields; must be as many as the header has, ",
                                table.columns_.size()));
    }
    std::move(fields.begin(), fields.end(), std::back_inserter(table.fields_));
    table.lines_.push_back(number);
  }
  if (table.columns_.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(table.file_, ": must begin with a header line"));
  }
  return table;
}

int CsvTable::Column(std::string_view name) const {
  const auto found = std::find(columns_.begin(), columns_.end(), name);
  return found == columns_.end() ? -1 : static_cast<int>(found - columns_.begin());
}

absl::Status CsvTable::Require(const std::vector<std::string_view>& columns) const {
  std::vector<std::string> missing;
  for (const std::string_view column : columns) {
    if (!HasColumn(column)) missing.emplace_back(column);
  }
  if (missing.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(file_, ":1: columns missing: ", absl::StrJoin(missing, ", "), "; there are ",
                   absl::StrJoin(columns_, ", ")));
}

std::string_view CsvTable::Text(size_t row, std::string_view column) const {
  const int at = Column(column);
  return at < 0 ? std::string_view()
                : std::string_view(fields_[row * columns_.size() + static_cast<size_t>(at)]);
}

absl::StatusOr<int64_t> CsvTable::Number(size_t row, std::string_view column, int64_t low,
                                         int64_t high) const {
  int64_t value = 0;
  if (!absl::SimpleAtoi(model::ToAbsl(Text(row, column)), &value) || value < low || value > high) {
    return Error(row, column, absl::StrCat("must be a whole number from ", low, " to ", high));
  }
  return value;
}

absl::Status CsvTable::Error(size_t row, std::string_view column, std::string_view must) const {
  return absl::InvalidArgumentError(
      absl::StrCat(file_, ":", lines_[row], ": ", model::ToAbsl(column), ": ",
                   model::Shown(Text(row, column)), ": ", model::ToAbsl(must)));
}

}  // namespace tangram::api::traces
