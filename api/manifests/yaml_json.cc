// See yaml_json.h. yaml-cpp throws; nothing thrown leaves this file.
#include "api/manifests/yaml_json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <stdexcept>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/string_map.h"
#include "yaml-cpp/yaml.h"

namespace tangram::api::manifests {
namespace {

using nlohmann::json;

// Without aliases a text has fewer values than bytes, so only aliases meet a limit above that.
constexpr size_t kUnfoldedMax = 100'000;

// A mistake at a line; caught by ParseDocuments.
struct Mistake {
  int line = 0;
  std::string what;
};

template <typename T>
bool ReadAll(std::string_view text, T& value) {
  // from_chars takes no plus sign, YAML does.
  if (text.size() > 1 && text.front() == '+' && text[1] != '-') text.remove_prefix(1);
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

bool LooksNumeric(std::string_view text) {
  if (text.empty() || text.find_first_not_of("+-.0123456789eE") != std::string_view::npos) {
    return false;
  }
  return text.find_first_of("0123456789") != std::string_view::npos;
}

json PlainScalar(const std::string& text) {
  static constexpr std::array<std::string_view, 5> kNull = {"", "~", "null", "Null", "NULL"};
  for (const std::string_view word : kNull) {
    if (text == word) return nullptr;
  }
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  const size_t digits = text.find_first_not_of("+-");
  const bool leading_zero = digits != std::string::npos && text.size() > digits + 1 &&
                            text[digits] == '0' && text[digits + 1] >= '0' &&
                            text[digits + 1] <= '9';
  if (!LooksNumeric(text) || leading_zero) return text;
  int64_t integer = 0;
  uint64_t natural = 0;
  double number = 0;
  if (ReadAll(text, integer)) return integer;
  if (ReadAll(text, natural)) return natural;
  if (ReadAll(text, number) && std::isfinite(number)) return number;
  return text;
}

// `values_left` counts down.
json Convert(const YAML::Node& node, size_t& values_left) {
  const int line = node.Mark().line + 1;
  if (values_left-- == 0) throw Mistake{line, "aliases unfold into too many values"};
  switch (node.Type()) {
    case YAML::NodeType::Scalar:
      // yaml-cpp tags plain scalars "?" and quoted ones "!".
      if (node.Tag() == "?") return PlainScalar(node.Scalar());
      return node.Scalar();
    case YAML::NodeType::Sequence: {
      json array = json::array();
      for (const auto& item : node) array.push_back(Convert(item, values_left));
      return array;
    }
    case YAML::NodeType::Map: {
      json object = json::object();
      for (const auto& pair : node) {
        const int key_line = pair.first.Mark().line + 1;
        if (!pair.first.IsScalar()) throw Mistake{key_line, "a key must be a text"};
        const std::string& key = pair.first.Scalar();
        if (key == "<<") throw Mistake{key_line, "merge keys (<<) are not supported"};
        if (object.contains(key)) throw Mistake{key_line, absl::StrCat("key \"", key, "\" again")};
        object[key] = Convert(pair.second, values_left);
      }
      return object;
    }
    default:
      return nullptr;
  }
}

}  // namespace

absl::StatusOr<std::vector<json>> ParseDocuments(const std::string& text, std::string_view path) {
  // JSON is YAML as well, but this reads it many times faster.
  if (json value = json::parse(text, nullptr, false); !value.is_discarded()) {
    if (value.is_null()) return std::vector<json>();
    return std::vector<json>{std::move(value)};
  }
  const auto wrong = [path](int line, std::string_view what) {
    return absl::InvalidArgumentError(
        absl::StrCat(model::ToAbsl(path), ":", line, ": ", model::ToAbsl(what)));
  };
  try {
    std::vector<json> documents;
    size_t values_left = std::max(kUnfoldedMax, text.size());
    for (const YAML::Node& document : YAML::LoadAll(text)) {
      if (!document.IsNull()) documents.push_back(Convert(document, values_left));
    }
    return documents;
  } catch (const Mistake& mistake) {
    return wrong(mistake.line, mistake.what);
  } catch (const YAML::Exception& error) {
    return wrong(error.mark.line + 1, error.msg);
  }
}

}  // namespace tangram::api::manifests
