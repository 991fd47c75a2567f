#include "api/manifests/json_yaml.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "yaml-cpp/yaml.h"

namespace tangram::api::manifests {
namespace {

using nlohmann::json;

// Whether YAML of any version reads the bare word as a text.
bool PlainKey(const std::string& key) {
  static const char* const kOther[] = {"y", "n", "yes", "no", "on", "off", "true", "false", "null"};
  if (key.empty() || !absl::ascii_isalpha(static_cast<unsigned char>(key.front()))) return false;
  const std::string lower = absl::AsciiStrToLower(key);
  if (std::any_of(std::begin(kOther), std::end(kOther),
                  [&lower](const char* word) { return lower == word; })) {
    return false;
  }
  return std::all_of(key.begin(), key.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
  });
}

void EmitText(YAML::Emitter& out, const std::string& text) { out << YAML::DoubleQuoted << text; }

void EmitValue(YAML::Emitter& out, const json& value) {
  if (value.is_object()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginMap;
    for (const auto& at : MembersInOrder(value)) {
      const std::string& key = at.key();
      out << YAML::Key;
      if (PlainKey(key)) {
        out << key;
      } else {
        EmitText(out, key);
      }
      out << YAML::Value;
      EmitValue(out, *at);
    }
    out << YAML::EndMap;
  } else if (value.is_array()) {
    if (value.empty()) out << YAML::Flow;
    out << YAML::BeginSeq;
    for (const json& member : value) EmitValue(out, member);
    out << YAML::EndSeq;
  } else if (value.is_string()) {
    EmitText(out, value.get_ref<const std::string&>());
  } else if (value.is_null()) {
    out << YAML::Null;
  } else {
    out << value.dump();
  }
}

// As json::dump(2) writes, but for the order of members.
void AppendJson(const json& value, size_t depth, std::string* text) {
  const auto line = [text](size_t level) {
    absl::StrAppend(text, "\n", std::string(2 * level, ' '));
  };
  if (value.empty() || !value.is_structured()) {
    absl::StrAppend(text, value.dump(-1, ' ', false, json::error_handler_t::replace));
    return;
  }
  const bool object = value.is_object();
  text->push_back(object ? '{' : '[');
  const char* between = "";
  const auto element = [&](const json& member, const std::string& key) {
    absl::StrAppend(text, between);
    between = ",";
    line(depth + 1);
    if (object) {
      absl::StrAppend(text, json(key).dump(-1, ' ', false, json::error_handler_t::replace), ": ");
    }
    AppendJson(member, depth + 1, text);
  };
  if (object) {
    for (const auto& at : MembersInOrder(value)) element(*at, at.key());
  } else {
    for (const json& member : value) element(member, "");
  }
  line(depth);
  text->push_back(object ? '}' : ']');
}

}  // namespace

std::vector<json::const_iterator> MembersInOrder(const json& object) {
  std::vector<json::const_iterator> members;
  bool numbers = true;
  for (auto at = object.begin(); at != object.end(); ++at) {
    members.push_back(at);
    numbers =
        numbers && !at.key().empty() && std::all_of(at.key().begin(), at.key().end(), [](char c) {
          return absl::ascii_isdigit(static_cast<unsigned char>(c));
        });
  }
  if (numbers) {
    std::sort(members.begin(), members.end(), [](const auto& left, const auto& right) {
      const std::string &a = left.key(), &b = right.key();
      return a.size() != b.size() ? a.size() < b.size() : a < b;
    });
  }
  return members;
}

std::string ToJson(const json& value) {
  std::string text;
  AppendJson(value, 0, &text);
  return absl::StrCat(text, "\n");
}

std::string ToYaml(const json& value) {
  YAML::Emitter out;
  EmitValue(out, value);
  return absl::StrCat(out.c_str(), "\n");
}

}  // namespace tangram::api::manifests
