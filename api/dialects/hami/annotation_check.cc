#include "api/dialects/hami/annotation_check.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/keys.h"
#include "api/dialects/hami/other_vendors.h"
#include "api/dialects/hami/text.h"
#include "model/nearest_word.h"
#include "model/shown.h"
#include "model/string_map.h"
#include "scheduler/policy.h"
#include "scheduler/view_policy.h"

namespace tangram::api::hami {
namespace {

using model::Shown;
using model::ToAbsl;
using Value = simdjson::ondemand::value;

// How the value is read.
enum class Form : uint8_t { kNodePolicy, kCardPolicy, kBool, kModes, kTypes, kUuids, kElsewhere };

struct UserKey {
  std::string_view key;
  Form form;
};

std::vector<UserKey> UserKeys() {
  std::vector<UserKey> keys = {
      {kNodePolicy, Form::kNodePolicy},
      {kCardPolicy, Form::kCardPolicy},
      {kNumaBind, Form::kBool},
      {kModes, Form::kModes},
      {kUseTypes, Form::kTypes},
      {kAvoidTypes, Form::kTypes},
      {kUseUuids, Form::kUuids},
      {kAvoidUuids, Form::kUuids},
      {kScoringWeights, Form::kElsewhere},
      {kMigProfile, Form::kElsewhere},
  };
  for (const VendorDialect& other : kOtherVendors) {
    keys.insert(keys.end(), {{other.use_types, Form::kTypes},
                             {other.avoid_types, Form::kTypes},
                             {other.use_uuids, Form::kUuids},
                             {other.avoid_uuids, Form::kUuids}});
  }
  return keys;
}

// Keys that are right where they are and near one of a user's: what a bind writes, and HAMi's for
// vendors that Tangram leaves alone.
bool IsKnownOtherwise(std::string_view key) {
  constexpr std::string_view kWritten[] = {kPodNode,    kPodTime,   kBindPhase,      kBindTime,
                                           kToAllocate, kAllocated, kMigAllocations, kNodeWake};
  const auto begins = [key](std::string_view domain) { return key.starts_with(domain); };
  return std::find(std::begin(kWritten), std::end(kWritten), key) != std::end(kWritten) ||
         std::any_of(kOtherVendors.begin(), kOtherVendors.end(),
                     [key](const VendorDialect& other) {
                       return key == other.to_allocate || key == other.allocated;
                     }) ||
         begins("hami.io/use-") || begins("hami.io/no-use-") || key == "hami.io/numa-alignment";
}

bool IsOfNode(std::string_view key) {
  return key == kNodeRegister || key == kNodeCordon || key == kNodeLock ||
         std::any_of(kOtherVendors.begin(), kOtherVendors.end(),
                     [key](const VendorDialect& other) { return key == other.node_register; });
}

std::string_view DomainOf(std::string_view key) {
  const size_t slash = key.find('/');
  return slash == std::string_view::npos ? std::string_view() : key.substr(0, slash);
}

std::string_view NameOf(std::string_view key) { return key.substr(key.find('/') + 1); }

// The key that was meant; "" when the annotation is somebody else's.
std::string_view Meant(std::string_view key, const std::vector<UserKey>& known) {
  std::vector<std::string_view> keys, domains;
  for (const UserKey& user : known) {
    keys.push_back(user.key);
    domains.push_back(DomainOf(user.key));
  }
  const std::string_view domain = DomainOf(key);
  if (!domain.empty() && model::NearestWord(domain, domains).empty()) return {};
  if (!domain.empty()) {
    const std::string_view nearest = model::NearestWord(key, keys);
    if (!nearest.empty()) return nearest;
  }
  const auto named = std::find_if(keys.begin(), keys.end(), [key](std::string_view other) {
    return NameOf(other) == NameOf(key);
  });
  return named == keys.end() ? std::string_view() : *named;
}

std::string Joined(const std::vector<std::string_view>& words) {
  return absl::StrJoin(words, ", ", [](std::string* out, std::string_view word) { *out += word; });
}

// "is "binpak", allowed are binpack, spread; did you mean binpack? It counts as binpack".
std::string Unknown(std::string_view value, const std::vector<std::string_view>& allowed,
                    std::string_view counts_as) {
  std::string text = absl::StrCat("is ", Shown(value), ", allowed are ", Joined(allowed));
  const std::string_view nearest = model::NearestWord(value, allowed);
  if (!nearest.empty()) absl::StrAppend(&text, " (did you mean ", ToAbsl(nearest), "?)");
  return absl::StrCat(text, ": it counts as ", ToAbsl(counts_as));
}

bool Contains(const std::vector<std::string_view>& words, std::string_view word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

std::string CheckNodePolicy(std::string_view value) {
  std::vector<std::string_view> allowed = scheduler::NodePolicyNames();
  const std::vector<std::string_view> views = scheduler::ViewPolicyNames();
  allowed.insert(allowed.end(), views.begin(), views.end());
  return Contains(allowed, value) ? "" : Unknown(value, allowed, "binpack");
}

std::string CheckCardPolicy(std::string_view value) {
  const std::vector<std::string_view> allowed = {"binpack", "spread", "mutex", "numa",
                                                 "topology-aware"};
  for (const std::string& word : SplitList(value)) {
    if (Contains(allowed, word)) continue;
    const bool chain = value.find(',') != std::string_view::npos;
    return Unknown(word, allowed, chain ? "not written" : "spread");
  }
  return Trim(value).empty() ? absl::StrCat("is empty, allowed are ", Joined(allowed)) : "";
}

// HAMi reads it as a text in which the mode of a card must be found.
std::string CheckModes(std::string_view value) {
  constexpr std::string_view kModesKnown[] = {"hami-core", "mig", "mps"};
  if (Trim(value).empty()) return "is empty, which is no condition";
  const bool any = std::any_of(
      std::begin(kModesKnown), std::end(kModesKnown),
      [value](std::string_view mode) { return value.find(mode) != std::string_view::npos; });
  if (any) return "";
  return absl::StrCat("is ", Shown(value),
                      " and names none of the modes hami-core, mig and mps: "
                      "no card of such a mode is taken");
}

std::string CheckList(std::string_view value, bool uuids) {
  const size_t length = value.size();
  if (length > kListEntriesMost * kListEntryBytesMost) return "";  // refused in words
  const std::vector<std::string> entries = SplitList(value);
  if (entries.empty()) return "is empty, which is no condition";
  for (const std::string& entry : entries) {
    const bool parted = entry.find_first_of(";|") != std::string::npos ||
                        (uuids && entry.find_first_of(" \t\n") != std::string::npos);
    if (!parted) continue;
    return absl::StrCat("has the entry ", Shown(entry),
                        ", which counts as one: entries are parted by commas");
  }
  return "";
}

std::string CheckValue(Form form, std::string_view value) {
  switch (form) {
    case Form::kNodePolicy:
      return CheckNodePolicy(value);
    case Form::kCardPolicy:
      return CheckCardPolicy(value);
    case Form::kBool:
      return ParseGoBool(value).has_value()
                 ? ""
                 : absl::StrCat("is ", Shown(value),
                                ", allowed are true and false: it counts as "
                                "false");
    case Form::kModes:
      return CheckModes(value);
    case Form::kTypes:
    case Form::kUuids:
      return CheckList(value, form == Form::kUuids);
    case Form::kElsewhere:
      return "";
  }
  return "";
}

}  // namespace

bool IsUserAnnotation(std::string_view key) {
  const std::vector<UserKey> known = UserKeys();
  return std::any_of(known.begin(), known.end(),
                     [key](const UserKey& user) { return user.key == key; });
}

std::string CheckAnnotation(std::string_view key, std::string_view value) {
  const std::vector<UserKey> known = UserKeys();
  const auto written = absl::StrCat("annotation ", ToAbsl(key).substr(0, 128), " ");
  for (const UserKey& user : known) {
    if (user.key != key) continue;
    const std::string wrong = CheckValue(user.form, value);
    return wrong.empty() ? "" : written + wrong;
  }
  if (IsKnownOtherwise(key)) return "";
  if (IsOfNode(key)) return absl::StrCat(written, "is one of nodes and does nothing on a pod");
  const std::string_view meant = Meant(key, known);
  if (meant.empty()) return "";
  return absl::StrCat(written, "is unknown and does nothing; did you mean ", ToAbsl(meant), "?");
}

std::vector<std::string> CheckAnnotations(std::string_view pod) {
  // Each key that is nobody's costs a comparison with all of ours.
  constexpr size_t kMostLookedAt = 256;
  std::vector<std::string> notes;
  size_t looked_at = 0;
  const auto annotation = [&](std::string_view key, Value value, const JsonPath& path) {
    if (++looked_at > kMostLookedAt || notes.size() == kMostAnnotationNotes) {
      return absl::OkStatus();
    }
    std::string_view text;
    TANGRAM_JSON_RETURN_IF_ERROR(ReadString(value, path, text));
    std::string note = CheckAnnotation(key, text);
    if (!note.empty()) notes.push_back(std::move(note));
    return absl::OkStatus();
  };
  const auto label = [&](std::string_view key, Value, const JsonPath&) {
    if (++looked_at > kMostLookedAt || notes.size() == kMostAnnotationNotes) {
      return absl::OkStatus();
    }
    if (IsUserAnnotation(key)) {
      notes.push_back(
          absl::StrCat("label ", ToAbsl(key), " does nothing: it must be an annotation"));
    }
    return absl::OkStatus();
  };
  const auto metadata = [&](std::string_view key, Value value, const JsonPath& path) {
    if (key == "annotations") return ForEachField(value, path, annotation);
    if (key == "labels") return ForEachField(value, path, label);
    return absl::OkStatus();
  };
  const auto visit = [&](std::string_view key, Value value, const JsonPath& path) {
    return key == "metadata" ? ForEachField(value, path, metadata) : absl::OkStatus();
  };
  if (!WalkObject(pod, JsonPath("Pod"), visit).ok()) return {};
  return notes;
}

}  // namespace tangram::api::hami
