// Text as JSON string content, for lines and documents that are written by hand.
//
// Used where a document is written in one pass without a tree in memory (log lines, `GET /top`).
// Documents that fit into memory are made with nlohmann instead. Pure functions.
#ifndef API_TELEMETRY_JSON_TEXT_H_
#define API_TELEMETRY_JSON_TEXT_H_

#include <string>
#include <string_view>

namespace tangram::api::telemetry {

// Appends `text` in double quotes. Quote, backslash and every control character (C0, DEL, C1) are
// escaped, and each byte that is no UTF-8 becomes U+FFFD: whatever `text` is, the result is one
// valid JSON string on one line, and it cannot move a terminal's cursor.
void AppendJsonString(std::string_view text, std::string& out);

}  // namespace tangram::api::telemetry

#endif  // API_TELEMETRY_JSON_TEXT_H_
