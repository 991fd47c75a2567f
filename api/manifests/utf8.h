// Texts of files as UTF-8, in whatever encoding they come.
#ifndef API_MANIFESTS_UTF8_H_
#define API_MANIFESTS_UTF8_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace tangram::api::manifests {

// Whether the text is UTF-8 without a mark before it, so that MakeUtf8 would leave it as it is.
bool IsPlainUtf8(std::string_view text);

// Makes the text plain UTF-8: a mark before it is dropped, UTF-16 with its mark (a redirection in
// PowerShell writes it) is converted, and every byte that belongs to no character becomes U+FFFD.
// Returns the line, from 1, of the first such byte; 0 where there was none.
size_t MakeUtf8(std::string& text);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_UTF8_H_
