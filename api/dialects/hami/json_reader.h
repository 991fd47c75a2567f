// Walking JSON with simdjson On-Demand, with errors that name the field.
//
// For the .cc files of the codecs only: it pulls in simdjson. Rules that every caller keeps:
//   1. An object or array is walked once, in document order; a value is read at most once.
//   2. Views given to a visitor live as long as the parser's current document.
//   3. A null object, array or string reads as an absent one (Go sends null for what is empty).
//   4. Of a key that comes twice the last one wins, as in Go.
// A value that nobody reads is skipped, not validated.
#ifndef API_DIALECTS_HAMI_JSON_READER_H_
#define API_DIALECTS_HAMI_JSON_READER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "simdjson.h"

// Returns from the calling function when `expression` is an absl::Status that is not ok.
#define TANGRAM_JSON_RETURN_IF_ERROR(expression)                      \
  do {                                                                \
    if (absl::Status json_status = (expression); !json_status.ok()) { \
      return json_status;                                             \
    }                                                                 \
  } while (false)

namespace tangram::api::hami {

// Where a value stands, e.g. Pod.spec.containers[1]. A chain of stack objects: costs nothing until
// an error is written. A path must not outlive its parent or its key.
class JsonPath {
 public:
  explicit JsonPath(std::string_view root) : key_(root) {}
  JsonPath(const JsonPath& parent, std::string_view key) : parent_(&parent), key_(key) {}
  JsonPath(const JsonPath& parent, int64_t index) : parent_(&parent), index_(index) {}

  // "Pod.spec.containers[1].resources.limits[nvidia.com/gpu]".
  std::string ToString() const;

 private:
  const JsonPath* parent_ = nullptr;
  std::string_view key_;
  int64_t index_ = -1;
};

// `value` with what is unfit for a message taken out: cut after 80 bytes, control characters as
// '?'.
std::string Shorten(std::string_view value);

// InvalidArgument: "<path>: must be <allowed>, is <value>".
absl::Status WrongValue(const JsonPath& path, std::string_view allowed, std::string_view value);
// InvalidArgument: "<path>: malformed JSON (<simdjson's words>)".
absl::Status Malformed(const JsonPath& path, simdjson::error_code error);
// Either of the two: a wrong type is the sender's mistake, anything else a broken document.
absl::Status WrongType(const JsonPath& path, std::string_view allowed, simdjson::error_code error);

// Whether the value is null.
absl::Status ReadNull(simdjson::ondemand::value value, const JsonPath& path, bool& is_null);
// Null reads as the empty string.
absl::Status ReadString(simdjson::ondemand::value value, const JsonPath& path,
                        std::string_view& text);
absl::Status ReadBool(simdjson::ondemand::value value, const JsonPath& path, bool& flag);
// An integer from `min` to `max`; null reads as 0.
absl::Status ReadInteger(simdjson::ondemand::value value, const JsonPath& path, int64_t min,
                         int64_t max, int64_t& number);
// A Kubernetes quantity is a string ("3k") or, in hand-written files, a number: its text.
absl::Status ReadQuantityText(simdjson::ondemand::value value, const JsonPath& path,
                              std::string_view& text);

// Calls visit(key, value, path of the value) for each field, until one fails.
template <typename Visit>
absl::Status ForEachField(simdjson::ondemand::object& object, const JsonPath& path, Visit&& visit) {
  for (auto item : object) {
    simdjson::ondemand::field field;
    if (const auto error = std::move(item).get(field)) return Malformed(path, error);
    std::string_view key;
    if (const auto error = field.unescaped_key().get(key)) return Malformed(path, error);
    const JsonPath field_path(path, key);
    TANGRAM_JSON_RETURN_IF_ERROR(visit(key, field.value(), field_path));
  }
  return absl::OkStatus();
}

template <typename Visit>
absl::Status ForEachField(simdjson::ondemand::value value, const JsonPath& path, Visit&& visit) {
  bool is_null = false;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadNull(value, path, is_null));
  if (is_null) return absl::OkStatus();
  simdjson::ondemand::object object;
  if (const auto error = value.get_object().get(object)) {
    return WrongType(path, "an object", error);
  }
  return ForEachField(object, path, std::forward<Visit>(visit));
}

// Calls visit(value, path of the value) for each element, until one fails.
template <typename Visit>
absl::Status ForEachElement(simdjson::ondemand::array& array, const JsonPath& path, Visit&& visit) {
  int64_t index = 0;
  for (auto item : array) {
    simdjson::ondemand::value element;
    const JsonPath element_path(path, index++);
    if (const auto error = item.get(element)) return Malformed(path, error);
    TANGRAM_JSON_RETURN_IF_ERROR(visit(element, element_path));
  }
  return absl::OkStatus();
}

template <typename Visit>
absl::Status ForEachElement(simdjson::ondemand::value value, const JsonPath& path, Visit&& visit) {
  bool is_null = false;
  TANGRAM_JSON_RETURN_IF_ERROR(ReadNull(value, path, is_null));
  if (is_null) return absl::OkStatus();
  simdjson::ondemand::array array;
  if (const auto error = value.get_array().get(array)) return WrongType(path, "an array", error);
  return ForEachElement(array, path, std::forward<Visit>(visit));
}

// After the root was walked to its end: nothing but white space may follow.
absl::Status ExpectEnd(simdjson::ondemand::document& document, const JsonPath& path);

// Walks the one object, or the one array, that `json` is. What the visitor gets is gone afterwards,
// texts included: it copies what is to stay.
template <typename Visit>
absl::Status WalkObject(std::string_view json, const JsonPath& root, Visit visit) {
  const simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (const auto error = parser.iterate(padded).get(document)) return Malformed(root, error);
  simdjson::ondemand::object object;
  if (const auto error = document.get_object().get(object)) {
    return WrongType(root, "an object", error);
  }
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachField(object, root, visit));
  return ExpectEnd(document, root);
}

template <typename Visit>
absl::Status WalkArray(std::string_view json, const JsonPath& root, Visit visit) {
  const simdjson::padded_string padded(json);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (const auto error = parser.iterate(padded).get(document)) return Malformed(root, error);
  simdjson::ondemand::array array;
  if (const auto error = document.get_array().get(array)) {
    return WrongType(root, "an array", error);
  }
  TANGRAM_JSON_RETURN_IF_ERROR(ForEachElement(array, root, visit));
  return ExpectEnd(document, root);
}

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_JSON_READER_H_
