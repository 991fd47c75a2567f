// Comma-separated tables as traces are published: a header line, then one record a line.
//
// Fields are plain text without quotes; blanks around a field play no part, nor does the mark that
// spreadsheets write before a text (api/manifests/utf8.h); an empty line is passed over; a line may
// end in CR LF.
// Errors name file, line, column and value.
#ifndef API_TRACES_CSV_H_
#define API_TRACES_CSV_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace tangram::api::traces {

class CsvTable {
 public:
  // `file` is only for messages. InvalidArgument when the header is empty or names a column twice,
  // and where a record has another number of fields than the header or a quote in it.
  static absl::StatusOr<CsvTable> Parse(std::string file, std::string_view text);

  size_t rows() const { return lines_.size(); }
  bool HasColumn(std::string_view name) const { return Column(name) >= 0; }
  // InvalidArgument naming the columns that are missing.
  absl::Status Require(const std::vector<std::string_view>& columns) const;
  // The field; empty when there is no such column.
  std::string_view Text(size_t row, std::string_view column) const;
  // The field as a whole number within the range; InvalidArgument says what is allowed.
  absl::StatusOr<int64_t> Number(size_t row, std::string_view column, int64_t low,
                                 int64_t high) const;
  // An error about that field: "pods.csv:17: gpu_milli: \"x\": must be …".
  absl::Status Error(size_t row, std::string_view column, std::string_view must) const;

 private:
  int Column(std::string_view name) const;

  std::string file_;
  std::vector<std::string> columns_;
  std::vector<std::string> fields_;  // row by row
  std::vector<size_t> lines_;        // of each row, from 1
};

}  // namespace tangram::api::traces

#endif  // API_TRACES_CSV_H_
