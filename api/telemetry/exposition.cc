// See exposition.h.
#include "api/telemetry/exposition.h"

#include <array>
#include <charconv>

#include "absl/strings/str_cat.h"
#include "model/string_map.h"

namespace tangram::api::telemetry {
namespace {

void AppendLabel(Exposition::Label label, std::string& out) {
  absl::StrAppend(&out, model::ToAbsl(label.first), "=\"");
  for (const char c : label.second) {
    if (c == '\n') {
      out += "\\n";
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
  }
  out += '"';
}

}  // namespace

void Exposition::Family(std::string_view name, MetricKind kind, std::string_view help) {
  name_ = name;
  absl::StrAppend(&out_, "# HELP ", model::ToAbsl(name), " ", model::ToAbsl(help), "\n# TYPE ",
                  model::ToAbsl(name), kind == MetricKind::kCounter ? " counter\n" : " gauge\n");
}

void Exposition::Begin(std::string_view labels) {
  out_ += name_;
  if (!labels.empty()) absl::StrAppend(&out_, "{", model::ToAbsl(labels), "}");
  out_ += ' ';
}

void Exposition::Sample(std::initializer_list<Label> labels, int64_t value) {
  SampleWith(Labels(labels), value);
}

void Exposition::SampleWith(std::string_view labels, int64_t value) {
  Begin(labels);
  absl::StrAppend(&out_, value, "\n");
}

void Exposition::SampleWith(std::string_view labels, double value) {
  Begin(labels);
  std::array<char, 32> text{};
  const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
  out_.append(text.data(), end);
  out_ += '\n';
}

void Exposition::Single(std::string_view name, MetricKind kind, std::string_view help,
                        int64_t value) {
  Family(name, kind, help);
  SampleWith(std::string_view(), value);
}

void Exposition::Single(std::string_view name, MetricKind kind, std::string_view help,
                        double value) {
  Family(name, kind, help);
  SampleWith(std::string_view(), value);
}

std::string Exposition::Labels(std::initializer_list<Label> labels) {
  std::string text;
  for (const Label& label : labels) {
    if (!text.empty()) text += ',';
    AppendLabel(label, text);
  }
  return text;
}

}  // namespace tangram::api::telemetry
