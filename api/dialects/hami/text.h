// Small readers of Go's text forms: comma lists, bools, integers.
#ifndef API_DIALECTS_HAMI_TEXT_H_
#define API_DIALECTS_HAMI_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tangram::api::hami {

// Without spaces, tabs and line ends at both sides.
std::string_view Trim(std::string_view text);
// The pieces between commas, trimmed, empty ones left out.
std::vector<std::string> SplitList(std::string_view text);

// What one list of a pod's annotation may be: far above any that somebody wrote by hand, and small
// enough that pods of them fill no memory.
inline constexpr size_t kListEntriesMost = 512;
inline constexpr size_t kListEntryBytesMost = 256;
// As SplitList, each entry once and, when `lower`, in lower case (ASCII). Of a list with more
// different entries than kListEntriesMost, or a longer one than kListEntryBytesMost, nothing is
// kept, and `problem` says what it has and what is allowed. Takes time by the length of the text.
std::vector<std::string> SplitBoundedList(std::string_view text, bool lower, std::string* problem);
// A bool literal as Go's strconv.ParseBool reads it: 1 t T TRUE true True 0 f F FALSE false False.
std::optional<bool> ParseGoBool(std::string_view text);
// A base-10 integer of int32 range, optionally signed, nothing around it.
std::optional<int32_t> ParseInt32(std::string_view text);
// Whether `text` contains `word`, which is in lower case, in any letter case (ASCII).
bool ContainsIgnoringCase(std::string_view text, std::string_view word);

}  // namespace tangram::api::hami

#endif  // API_DIALECTS_HAMI_TEXT_H_
