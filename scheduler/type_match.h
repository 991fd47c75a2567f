// Which types of cards the words of a pod mean.
//
// HAMi v2.10 takes any part of a type for it, whatever the case of letters: "A10" is found in
// "A100". So does the fit. But a type that bears the words as a whole is meant rather than one that
// bears them as a part of a longer word, and is preferred where there is a choice.
//
// Spellings that name one product are one: blank, dash and underscore (GPU Feature Discovery writes
// the blanks of a product as dashes), and a vendor's name that stands twice ("NVIDIA-NVIDIA A30",
// HAMi's agents before 2.10). A word that HAMi would find as it is written is found as well, so
// that nothing which HAMi excludes is taken. Values; any thread.
#ifndef SCHEDULER_TYPE_MATCH_H_
#define SCHEDULER_TYPE_MATCH_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/request.h"

namespace tangram::scheduler {

enum class TypeMatch : uint8_t {
  kNone,   // the type is excluded, or bears no word wished for
  kPart,   // it bears one as a part of longer words only
  kWhole,  // it bears one as whole words, or no type is wished for
};

// What the lists of types in the constraints say.
class TypeMatcher {
 public:
  explicit TypeMatcher(const model::CardConstraints& constraints);

  TypeMatch Of(std::string_view type) const;
  // Whether there is a wish, so that of two types that fit one may be preferred.
  bool wishes() const { return !use_.empty(); }

 private:
  struct Word {
    std::string written;  // in lower case
    std::string spelled;
  };
  static std::vector<Word> WordsOf(const std::vector<std::string>& list);
  static bool Contains(const Word& type, const Word& word);

  std::vector<Word> use_;
  std::vector<Word> avoid_;
};

}  // namespace tangram::scheduler

#endif  // SCHEDULER_TYPE_MATCH_H_
