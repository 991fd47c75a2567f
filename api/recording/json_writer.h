// Values into JSON objects, by their Fields (fields.h). Internal to recording/.
#ifndef API_RECORDING_JSON_WRITER_H_
#define API_RECORDING_JSON_WRITER_H_

#include <concepts>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "api/recording/words.h"
#include "model/units.h"
#include "nlohmann/json.hpp"

namespace tangram::api::recording {

class JsonWriter {
 public:
  using Json = nlohmann::ordered_json;

  // Adds fields to `object`.
  explicit JsonWriter(Json& object) : object_(object) {}

  // What equals its default is left out.
  template <typename T>
  void operator()(const char* key, const T& value, const std::type_identity_t<T>& fallback = T()) {
    if constexpr (requires { value == fallback; }) {
      if (value == fallback) return;
    }
    object_[key] = Value(value);
  }
  template <typename T>
  void Bounded(const char* key, const T& value, int64_t, int64_t, T fallback = T()) {
    (*this)(key, value, fallback);
  }
  template <typename T>
  void AtMost(const char* key, const std::vector<T>& value, size_t) {
    (*this)(key, value);
  }

 private:
  static Json Value(const std::string& text) { return text; }
  static Json Value(std::integral auto number) { return number; }
  static Json Value(HasWords auto value) { return WordOf(value); }
  static Json Value(const std::map<std::string, std::string>& texts) { return texts; }
  template <HasWords Key, typename T>
  static Json Value(const std::map<Key, T>& values) {
    Json object = Json::object();
    for (const auto& [key, value] : values) object[std::string(WordOf(key))] = Value(value);
    return object;
  }
  template <typename Tag>
  static Json Value(model::Unit<Tag> amount) {
    return amount.value();
  }
  template <typename T>
  static Json Value(const std::optional<T>& value) {
    return Value(*value);
  }
  template <typename T>
  static Json Value(const std::vector<T>& values) {
    Json array = Json::array();
    for (const T& value : values) array.push_back(Value(value));
    return array;
  }
  template <typename T>
  requires std::is_class_v<T>
  static Json Value(const T& value) {
    Json object = Json::object();
    JsonWriter writer(object);
    Fields(writer, value);
    return object;
  }

  Json& object_;
};

}  // namespace tangram::api::recording

#endif  // API_RECORDING_JSON_WRITER_H_
