// Where a JSON value ends, and where a text is no JSON.
//
// Pure functions, callable from any thread, for any text.
#ifndef API_MANIFESTS_JSON_SCAN_H_
#define API_MANIFESTS_JSON_SCAN_H_

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace tangram::api::manifests {

// Objects and arrays in one another, in JSON and in YAML. Those of Kubernetes have some thirty.
inline constexpr size_t kNestingMax = 500;

// What is wrong with a text, and where.
struct TextMistake {
  size_t offset = 0;  // of the byte that is wrong; the length of the text where more is wanted
  std::string what;
  std::optional<size_t> began = {};  // the offset of what does not end
};

struct JsonScan {
  size_t length = 0;                   // of the value
  std::optional<TextMistake> mistake;  // set: there is no whole value
};

// The object or array at the front of `text`, found by its brackets and quotes alone: what stands
// between them is not looked at. One pass without a tree. Mistakes are brackets that do not match
// or are too many in one another, line ends and other control characters within a text, and an end
// that comes too early.
JsonScan ScanJson(std::string_view text);

// Whether an object or array stands at the front of the text, blanks aside, and ScanJson finds no
// mistake in it. To be asked before a tree is made of what may come from anywhere: who walks a tree
// goes as deep as it is.
bool IsBoundedJson(std::string_view text);

// The first place at which `text` is no JSON value by RFC 8259; nothing where it is one.
std::optional<TextMistake> FindJsonMistake(std::string_view text);

// The line of an offset, from 1.
size_t LineAt(std::string_view text, size_t offset);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_JSON_SCAN_H_
