// Which known word a misspelt one may have meant.
//
// For every "did you mean": options, keys of files, resources and annotations of pods. Pure
// functions, callable from any thread.
#ifndef MODEL_NEAREST_WORD_H_
#define MODEL_NEAREST_WORD_H_

#include <cstddef>
#include <span>
#include <string_view>

namespace tangram::model {

// How many insertions, deletions, replacements and swaps of neighbours turn `a` into `b`. Takes
// time and memory by the product and the sum of both lengths.
size_t EditDistance(std::string_view a, std::string_view b);

// The candidate nearest to `text`, the first of equals. Letter case and the separators '-', '_',
// '.' and ' ' play no part, and every third letter of the longer word may be wrong, three at most.
// Empty where no candidate is that near, and for a text of more than 128 bytes, which nobody
// misspelt by three letters.
std::string_view NearestWord(std::string_view text, std::span<const std::string_view> candidates);

}  // namespace tangram::model

#endif  // MODEL_NEAREST_WORD_H_
