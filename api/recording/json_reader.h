// Values from JSON objects, by their Fields (fields.h). Internal to recording/.
//
// The first thing that is wrong is kept, with the path to it; reading goes on with defaults.
#ifndef API_RECORDING_JSON_READER_H_
#define API_RECORDING_JSON_READER_H_

#include <algorithm>
#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "api/recording/words.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "model/units.h"
#include "nlohmann/json.hpp"

namespace tangram::api::recording {

class JsonReader {
 public:
  using Json = nlohmann::json;

  // Reads fields of `object`, which must be an object; `path` leads to it, and is empty or ends in
  // a dot. `status` gets the first error.
  JsonReader(const Json& object, std::string path, absl::Status& status)
      : object_(object), path_(std::move(path)), status_(status) {}

  template <typename T>
  void operator()(const char* key, T& value, const std::type_identity_t<T>& fallback = T()) {
    if (const Json* json = Find(key)) {
      Read(*json, absl::StrCat(path_, key), value);
    } else {
      value = fallback;
    }
  }
  template <std::integral T>
  void Bounded(const char* key, T& value, int64_t low, int64_t high, T fallback = T()) {
    value = fallback;
    if (const Json* json = Find(key)) ReadNumber(*json, absl::StrCat(path_, key), low, high, value);
  }
  template <typename T>
  void AtMost(const char* key, std::vector<T>& value, size_t most) {
    (*this)(key, value);
    if (value.size() <= most) return;
    Refuse(absl::StrCat(path_, key), absl::StrCat(value.size(), " elements"),
           absl::StrCat("at most ", most));
    value.clear();
  }
  // Complains of what nobody asked for: a newer version wrote it, and it may matter.
  void Finish() {
    if (seen_.size() == object_.size()) return;
    for (const auto& item : object_.items()) {
      if (std::find(seen_.begin(), seen_.end(), item.key()) != seen_.end()) continue;
      Refuse(absl::StrCat(path_, item.key()), "this field", "a field that this version knows");
    }
  }

 private:
  const Json* Find(const char* key) {
    const auto found = object_.find(key);
    if (found == object_.end()) return nullptr;
    seen_.emplace_back(key);
    return &*found;
  }

  void Refuse(const std::string& where, std::string_view value, std::string_view allowed) {
    if (!status_.ok()) return;
    status_ = absl::InvalidArgumentError(absl::StrCat(
        where, ": ", model::ToAbsl(value), " is not allowed; must be ", model::ToAbsl(allowed)));
  }
  void Fail(const std::string& where, const Json& json, std::string_view allowed) {
    std::string value = json.dump(-1, ' ', false, Json::error_handler_t::replace);
    Refuse(where, std::string_view(value).substr(0, 64), allowed);
  }

  template <std::integral T>
  void ReadNumber(const Json& json, const std::string& where, int64_t low, int64_t high, T& value) {
    const bool number =
        json.is_number_integer() &&
        (!json.is_number_unsigned() ||
         json.get<uint64_t>() <= static_cast<uint64_t>(std::numeric_limits<int64_t>::max()));
    if (number && json.get<int64_t>() >= low && json.get<int64_t>() <= high) {
      value = static_cast<T>(json.get<int64_t>());
    } else {
      Fail(where, json, absl::StrCat("a whole number from ", low, " to ", high));
    }
  }

  void Read(const Json& json, const std::string& where, std::string& value) {
    if (json.is_string()) {
      value = json.get<std::string>();
    } else {
      Fail(where, json, "a text");
    }
  }
  void Read(const Json& json, const std::string& where, bool& value) {
    if (json.is_boolean()) {
      value = json.get<bool>();
    } else {
      Fail(where, json, "true or false");
    }
  }
  template <std::integral T>
  void Read(const Json& json, const std::string& where, T& value) {
    constexpr int64_t kMost = std::numeric_limits<int64_t>::max();
    constexpr bool kWide = sizeof(T) == sizeof(int64_t);
    const int64_t low = std::is_unsigned_v<T> ? 0 : int64_t{std::numeric_limits<T>::min()};
    ReadNumber(json, where, low,
               kWide ? kMost : static_cast<int64_t>(std::numeric_limits<T>::max()), value);
  }
  template <typename Tag>
  void Read(const Json& json, const std::string& where, model::Unit<Tag>& value) {
    int32_t amount = 0;
    ReadNumber(json, where, 0, model::Unit<Tag>::kMax, amount);
    value = model::Unit<Tag>(amount);
  }
  template <HasWords Enum>
  void Read(const Json& json, const std::string& where, Enum& value) {
    const auto read = json.is_string() ? ValueOf<Enum>(json.get<std::string>()) : std::nullopt;
    if (!read.has_value()) return Fail(where, json, AllWords<Enum>());
    value = *read;
  }
  template <HasWords Key, typename T>
  void Read(const Json& json, const std::string& where, std::map<Key, T>& values) {
    if (!json.is_object()) return Fail(where, json, "an object");
    for (const auto& item : json.items()) {
      const std::optional<Key> key = ValueOf<Key>(item.key());
      if (!key.has_value()) {
        return Refuse(where, model::Shown(item.key()), AllWords<Key>());
      }
      Read(item.value(), absl::StrCat(where, ".", item.key()), values[*key]);
    }
  }
  void Read(const Json& json, const std::string& where, std::map<std::string, std::string>& texts) {
    if (!json.is_object()) return Fail(where, json, "an object");
    for (const auto& item : json.items()) {
      Read(item.value(), absl::StrCat(where, ".", item.key()), texts[item.key()]);
    }
  }
  template <typename T>
  void Read(const Json& json, const std::string& where, std::optional<T>& value) {
    Read(json, where, value.emplace());
  }
  template <typename T>
  void Read(const Json& json, const std::string& where, std::vector<T>& values) {
    values.clear();
    if (!json.is_array()) return Fail(where, json, "a list");
    values.reserve(json.size());
    for (size_t i = 0; i < json.size(); ++i) {
      T value{};
      Read(json[i], absl::StrCat(where, "[", i, "]"), value);
      values.push_back(std::move(value));
    }
  }
  template <typename T>
  requires std::is_class_v<T>
  void Read(const Json& json, const std::string& where, T& value) {
    if (!json.is_object()) return Fail(where, json, "an object");
    JsonReader reader(json, where + ".", status_);
    Fields(reader, value);
    reader.Finish();
  }

  const Json& object_;
  const std::string path_;
  absl::Status& status_;
  std::vector<std::string> seen_;
};

}  // namespace tangram::api::recording

#endif  // API_RECORDING_JSON_READER_H_
