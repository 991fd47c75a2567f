// Rows of words, aligned for a terminal.
#ifndef API_CLI_SIMULATE_TABLE_H_
#define API_CLI_SIMULATE_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "api/cli/simulate/sheet.h"

namespace tangram::api::cli::simulate {

class Table {
 public:
  enum class Align : uint8_t { kLeft, kRight };
  struct Column {
    std::string head;
    Align align = Align::kLeft;
  };

  explicit Table(std::vector<Column> columns) : columns_(std::move(columns)) {}
  // As many cells as columns. Control characters are shown as '?'.
  void Add(std::vector<std::string> cells);
  bool empty() const { return rows_.empty(); }
  // Heads, then rows; two blanks between columns, none at the end of a line.
  std::string Text() const;
  // The same for the other forms. The first column is set to the left there, whatever it is here.
  Sheet AsSheet() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

// "1,234,567", as people read amounts.
std::string Grouped(int64_t number);
// "1 node", "3 nodes", "1,200 nodes".
std::string Counted(int64_t number, std::string_view one, std::string_view many);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_TABLE_H_
