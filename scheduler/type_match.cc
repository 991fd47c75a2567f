#include "scheduler/type_match.h"

#include <algorithm>

#include "model/vendor.h"

namespace tangram::scheduler {
namespace {

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

// What of equal spellings is equal; `lower` is in lower case.
std::string Spell(std::string_view lower) {
  std::string spelled;
  for (const char c : lower) {
    const bool separator = c == ' ' || c == '-' || c == '_';
    if (!separator) spelled.push_back(c);
    if (separator && !spelled.ends_with('-')) spelled.push_back('-');
  }
  for (const model::Vendor vendor : model::kVendors) {
    const std::string name = LowerCase(model::VendorName(vendor)) + "-";
    while (spelled.starts_with(name + name)) spelled.erase(0, name.size());
  }
  return spelled;
}

bool IsOfWord(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || static_cast<unsigned char>(c) >= 0x80;
}

// Whether `text` has `words` with no letter and no digit before or behind them.
bool HasWhole(std::string_view text, std::string_view words) {
  if (words.starts_with('-')) words.remove_prefix(1);
  if (words.ends_with('-')) words.remove_suffix(1);
  if (words.empty()) return false;
  for (size_t at = text.find(words); at != std::string_view::npos; at = text.find(words, at + 1)) {
    const size_t end = at + words.size();
    const bool begins = at == 0 || !IsOfWord(text[at - 1]) || !IsOfWord(words.front());
    const bool ends = end == text.size() || !IsOfWord(text[end]) || !IsOfWord(words.back());
    if (begins && ends) return true;
  }
  return false;
}

}  // namespace

TypeMatcher::TypeMatcher(const model::CardConstraints& constraints)
    : use_(WordsOf(constraints.use_types)), avoid_(WordsOf(constraints.avoid_types)) {}

std::vector<TypeMatcher::Word> TypeMatcher::WordsOf(const std::vector<std::string>& list) {
  std::vector<Word> words;
  words.reserve(list.size());
  for (const std::string& word : list) {
    std::string written = LowerCase(word);
    std::string spelled = Spell(written);
    words.push_back({std::move(written), std::move(spelled)});
  }
  return words;
}

bool TypeMatcher::Contains(const Word& type, const Word& word) {
  return type.written.find(word.written) != std::string::npos ||
         type.spelled.find(word.spelled) != std::string::npos;
}

TypeMatch TypeMatcher::Of(std::string_view type) const {
  if (use_.empty() && avoid_.empty()) return TypeMatch::kWhole;
  Word read{LowerCase(type), {}};
  read.spelled = Spell(read.written);
  const auto in_type = [&read](const Word& word) { return Contains(read, word); };
  if (std::any_of(avoid_.begin(), avoid_.end(), in_type)) return TypeMatch::kNone;
  if (use_.empty()) return TypeMatch::kWhole;
  const bool whole = std::any_of(use_.begin(), use_.end(), [&read](const Word& word) {
    return HasWhole(read.spelled, word.spelled);
  });
  if (whole) return TypeMatch::kWhole;
  return std::any_of(use_.begin(), use_.end(), in_type) ? TypeMatch::kPart : TypeMatch::kNone;
}

}  // namespace tangram::scheduler
