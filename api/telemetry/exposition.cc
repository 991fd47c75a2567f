// See exposition.h.
#include "api/telemetry/exposition.h"

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

void Exposition::Sample(std::initializer_list<Label> labels, int64_t value) {
  out_ += name_;
  if (labels.size() > 0) absl::StrAppend(&out_, "{", Labels(labels), "}");
  absl::StrAppend(&out_, " ", value, "\n");
}

void Exposition::Sample(std::string_view labels, Label last, int64_t value) {
  absl::StrAppend(&out_, model::ToAbsl(name_), "{", model::ToAbsl(labels), ",");
  AppendLabel(last, out_);
  absl::StrAppend(&out_, "} ", value, "\n");
}

void Exposition::Single(std::string_view name, MetricKind kind, std::string_view help,
                        int64_t value) {
  Family(name, kind, help);
  Sample({}, value);
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
