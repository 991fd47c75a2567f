// Where a report goes, and in which form.
#ifndef API_CLI_SIMULATE_OUTPUT_H_
#define API_CLI_SIMULATE_OUTPUT_H_

#include <cstdint>
#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "nlohmann/json.hpp"

namespace tangram::api::cli::simulate {

enum class Form : uint8_t { kTable, kJson, kYaml, kCsv, kMarkdown, kHtml };

struct OutputOptions {
  Form form = Form::kTable;
  std::string file;  // empty: stdout
};

// -o/--output and --out. `options` must outlive `command`.
void AddOutputOptions(CLI::App* command, OutputOptions* options);

// JSON as the forms kJson and kYaml print it: two blanks a level, a line end at the end.
std::string JsonText(const nlohmann::json& value);
std::string YamlText(const nlohmann::json& value);

// Whether Emit will be able to write there, as far as can be told before hours of work: the folder
// is there and may be written. OK for stdout.
absl::Status CheckWritable(const std::string& file);

// Writes to the file, or to stdout. A file appears whole or not at all.
absl::Status Emit(const std::string& text, const std::string& file);

}  // namespace tangram::api::cli::simulate

#endif  // API_CLI_SIMULATE_OUTPUT_H_
