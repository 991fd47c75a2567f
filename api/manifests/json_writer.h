// Scalars as JSON text.
#ifndef API_MANIFESTS_JSON_WRITER_H_
#define API_MANIFESTS_JSON_WRITER_H_

#include <string>
#include <string_view>

namespace tangram::api::manifests {

// The text, which must be UTF-8, in quotes.
void AppendJsonText(std::string_view text, std::string& json);

// What the scalar means when it stands in YAML without quotes: null, a bool, a number or the text
// (yaml_text.h). Whole numbers up to 64 bits are kept exactly, others as a double has them.
void AppendPlainScalar(std::string_view text, std::string& json);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_JSON_WRITER_H_
