// A selector of objects by their labels, as kubectl's -l takes it.
//
//   pool=a,zone!=b,tier in (web, db),env notin (test),gpu,!spot
//
// Requirements, all of which must hold: equal (= or ==) and not equal, one of several values or
// none of them, the label there or not. As in Kubernetes `!=` and `notin` hold for objects that
// have no such label. Blanks do not matter. Comparisons of numbers (`>`, `<`) are not known.
// Immutable; safe to read from any thread.
#ifndef API_KUBERNETES_LABEL_SELECTOR_H_
#define API_KUBERNETES_LABEL_SELECTOR_H_

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::kubernetes {

using Labels = std::map<std::string, std::string>;

class LabelSelector {
 public:
  // InvalidArgument shows the text, the place, and what is allowed there: for keys and values that
  // no label may have (a key is [DNS name/]name; names and values are at most 63 letters, digits,
  // "-", "_" and ".", and begin and end with a letter or a digit), operators without values, lists
  // without brackets, and an empty text.
  static absl::StatusOr<LabelSelector> Parse(std::string_view text);

  bool Matches(const Labels& labels) const;

 private:
  struct Requirement {
    std::string key;
    bool wanted = true;            // that it holds; false: that it does not
    bool exists_only = false;      // whatever the value
    std::set<std::string> values;  // else one of these
  };
  class Reader;

  std::vector<Requirement> requirements_;
};

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_LABEL_SELECTOR_H_
