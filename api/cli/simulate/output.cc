#include "api/cli/simulate/output.h"

#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "api/cli/choice.h"
#include "api/manifests/files.h"
#include "api/manifests/json_yaml.h"

namespace tangram::api::cli::simulate {

void AddOutputOptions(CLI::App* command, OutputOptions* options) {
  AddChoice<Form>(command, "-o,--output", options->form,
                  {{"table", Form::kTable},
                   {"json", Form::kJson},
                   {"yaml", Form::kYaml},
                   {"csv", Form::kCsv},
                   {"md", Form::kMarkdown},
                   {"html", Form::kHtml}},
                  "table, json, yaml, csv, md or html (default: table)")
      ->option_text("FORM");
  command->add_option("--out", options->file, "write the report there (default: stdout)")
      ->option_text("FILE");
}

std::string JsonText(const nlohmann::json& value) { return manifests::ToJson(value); }

std::string YamlText(const nlohmann::json& value) { return manifests::ToYaml(value); }

absl::Status CheckWritable(const std::string& file) {
  if (file.empty()) return absl::OkStatus();
  std::error_code ignored;
  const std::filesystem::path path = file;
  // A regular file is replaced by another one of its folder; a pipe is written to.
  const bool replaced =
      !std::filesystem::exists(path, ignored) || std::filesystem::is_regular_file(path, ignored);
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : ".";
  errno = std::filesystem::is_directory(path, ignored) ? EISDIR : 0;
  if (errno == 0 && ::access((replaced ? folder : path).c_str(), W_OK) == 0) {
    return absl::OkStatus();
  }
  return absl::UnavailableError(absl::StrCat("cannot write ", file, ": ", std::strerror(errno)));
}

absl::Status Emit(const std::string& text, const std::string& file) {
  if (!file.empty()) return manifests::WriteFile(file, text);
  const size_t written = std::fwrite(text.data(), 1, text.size(), stdout);
  if (written == text.size() && std::fflush(stdout) == 0) return absl::OkStatus();
  // Who closes the other end of a pipe has seen enough.
  if (errno == EPIPE) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("cannot write the report to stdout: ", std::strerror(errno)));
}

}  // namespace tangram::api::cli::simulate
