#include "api/kubernetes/label_selector.h"

#include <cctype>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::kubernetes {
namespace {

constexpr size_t kNameMost = 63;
constexpr size_t kPrefixMost = 253;

bool IsAlphanumeric(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

bool IsWordLetter(char c) { return IsAlphanumeric(c) || c == '-' || c == '_' || c == '.'; }

// What Kubernetes calls a qualified name without its prefix.
bool IsName(std::string_view text) {
  if (text.empty() || text.size() > kNameMost) return false;
  return IsAlphanumeric(text.front()) && IsAlphanumeric(text.back());
}

bool IsKey(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return IsName(text);
  const std::string_view prefix = text.substr(0, slash);
  const std::string_view name = text.substr(slash + 1);
  return !prefix.empty() && prefix.size() <= kPrefixMost && IsAlphanumeric(prefix.front()) &&
         IsAlphanumeric(prefix.back()) && prefix.find('_') == std::string_view::npos &&
         name.find('/') == std::string_view::npos && IsName(name);
}

bool IsValue(std::string_view text) {
  return text.empty() || (text.find('/') == std::string_view::npos && IsName(text));
}

}  // namespace

// Reads one requirement after another.
class LabelSelector::Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  absl::Status ReadAll(std::vector<Requirement>* all) {
    do {
      Requirement requirement;
      if (absl::Status status = ReadOne(&requirement); !status.ok()) return status;
      all->push_back(std::move(requirement));
    } while (Take(","));
    if (!AtEnd()) return Wrong("\",\" or the end");
    return absl::OkStatus();
  }

 private:
  absl::Status Wrong(std::string_view allowed) const {
    const std::string where =
        at_ == text_.size() ? "its end" : absl::StrCat(model::Shown(text_.substr(at_, 16)));
    return absl::InvalidArgumentError(absl::StrCat("selector ", model::Shown(text_), ": at ", where,
                                                   ": must be ", model::ToAbsl(allowed)));
  }
  void PassBlanks() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) ++at_;
  }
  bool AtEnd() {
    PassBlanks();
    return at_ == text_.size();
  }
  bool Take(std::string_view sign) {
    PassBlanks();
    if (!text_.substr(at_).starts_with(sign)) return false;
    at_ += sign.size();
    return true;
  }
  // A word, empty where there is none; it stays where `keep` says so.
  std::string_view Word(bool keep = false) {
    PassBlanks();
    size_t end = at_;
    while (end < text_.size() && (IsWordLetter(text_[end]) || text_[end] == '/')) ++end;
    const std::string_view word = text_.substr(at_, end - at_);
    if (!keep) at_ = end;
    return word;
  }

  absl::Status ReadOne(Requirement* requirement) {
    const bool absent = Take("!");
    const std::string_view key = Word(/*keep=*/true);
    if (!IsKey(key)) return Wrong("the key of a label, such as pool or example.com/pool");
    requirement->key = Word();
    if (absent || AtEnd() || text_[at_] == ',') {
      requirement->wanted = !absent;
      requirement->exists_only = true;
      return absl::OkStatus();
    }
    if (Take("!=")) {
      requirement->wanted = false;
      return ReadValue(requirement);
    }
    if (Take("==") || Take("=")) return ReadValue(requirement);
    const std::string_view word = Word(/*keep=*/true);
    if (word != "in" && word != "notin") return Wrong("=, ==, !=, in, notin, \",\" or the end");
    requirement->wanted = Word() == "in";
    return ReadList(requirement);
  }

  absl::Status ReadValue(Requirement* requirement) {
    const std::string_view value = Word(/*keep=*/true);
    if (!IsValue(value)) return Wrong("the value of a label");
    requirement->values.emplace(Word());
    return absl::OkStatus();
  }

  absl::Status ReadList(Requirement* requirement) {
    if (!Take("(")) return Wrong("a list of values in brackets");
    do {
      if (absl::Status status = ReadValue(requirement); !status.ok()) return status;
    } while (Take(","));
    if (!Take(")")) return Wrong("\",\" or \")\"");
    return absl::OkStatus();
  }

  std::string_view text_;
  size_t at_ = 0;
};

absl::StatusOr<LabelSelector> LabelSelector::Parse(std::string_view text) {
  LabelSelector selector;
  if (absl::Status status = Reader(text).ReadAll(&selector.requirements_); !status.ok()) {
    return status;
  }
  return selector;
}

bool LabelSelector::Matches(const Labels& labels) const {
  for (const Requirement& requirement : requirements_) {
    const auto label = labels.find(requirement.key);
    const bool holds = label != labels.end() &&
                       (requirement.exists_only || requirement.values.contains(label->second));
    if (holds != requirement.wanted) return false;
  }
  return true;
}

}  // namespace tangram::api::kubernetes
