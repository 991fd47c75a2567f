#include "api/standalone/identities.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "api/manifests/digest.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::standalone {
namespace {

std::string NameOf(const model::Pod& pod) {
  return absl::StrCat(pod.id.name_space, "/", pod.id.name);
}

// Two descriptions of one pod, with the uids that the file gives them: `kept` becomes the one that
// counts.
absl::Status Merge(const std::string& kept_uid, model::Pod& kept, model::Pod&& other) {
  if (kept_uid != other.id.uid) {
    // A namesake that has ended made room for the other.
    if (!kept.terminal && !other.terminal) {
      return absl::InvalidArgumentError(absl::StrCat(
          "pod ", NameOf(kept), " comes twice, with the uids ", model::Shown(kept_uid), " and ",
          model::Shown(other.id.uid), ": two dumps were put together; leave the older out"));
    }
    if (kept.terminal) kept = std::move(other);
    return absl::OkStatus();
  }
  if (kept.terminal) return absl::OkStatus();
  const bool alike = kept.node == other.node && kept.allocation == other.allocation &&
                     kept.allocation_state == other.allocation_state;
  if (kept.bound() && other.bound() && !other.terminal && !alike) {
    return absl::InvalidArgumentError(absl::StrCat("pod ", NameOf(kept), " comes twice, bound to ",
                                                   kept.node, " and to ", other.node,
                                                   ", and not alike: leave one of them out"));
  }
  if (other.terminal || !kept.bound()) kept = std::move(other);
  return absl::OkStatus();
}

}  // namespace

bool IsNodeName(std::string_view name) {
  constexpr size_t kLongest = 253;
  const auto alphanumeric = [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c));
  };
  if (name.empty() || name.size() > kLongest) return false;
  for (size_t i = 0; i < name.size(); ++i) {
    if (alphanumeric(name[i])) continue;
    // Between labels and within them, never at the end of one.
    const bool inside = i > 0 && i + 1 < name.size() && (name[i] == '-' || name[i] == '.');
    if (!inside || (name[i] == '.' && (name[i - 1] == '.' || name[i - 1] == '-')) ||
        (name[i] == '-' && name[i - 1] == '.')) {
      return false;
    }
  }
  return true;
}

std::string InventedUid(std::string_view name_space, std::string_view name) {
  const std::string digits =
      manifests::Sha256Hex(absl::StrCat(model::ToAbsl(name_space), "/", model::ToAbsl(name)));
  const std::string_view hex = digits;
  // Version 8 and the variant of RFC 9562: made of something else than time or chance.
  return absl::StrCat(model::ToAbsl(hex.substr(0, 8)), "-", model::ToAbsl(hex.substr(8, 4)), "-8",
                      model::ToAbsl(hex.substr(13, 3)), "-8", model::ToAbsl(hex.substr(17, 3)), "-",
                      model::ToAbsl(hex.substr(20, 12)));
}

absl::Status SettlePods(std::vector<model::Pod>& pods, std::vector<std::string>& warnings) {
  std::vector<model::Pod> settled;
  settled.reserve(pods.size());
  std::vector<std::string> given;  // the uid that each of them has in the file
  model::StringMap<size_t> by_name;
  for (model::Pod& pod : pods) {
    const auto [found, is_new] = by_name.try_emplace(NameOf(pod), settled.size());
    if (is_new) {
      given.push_back(pod.id.uid);
      settled.push_back(std::move(pod));
      continue;
    }
    model::Pod& kept = settled[found->second];
    std::string& uid = given[found->second];
    const std::string other = pod.id.uid;
    if (absl::Status status = Merge(uid, kept, std::move(pod)); !status.ok()) return status;
    if (kept.id.uid == other) uid = other;
  }
  std::erase_if(settled, [](const model::Pod& pod) { return pod.terminal; });
  model::StringMap<size_t> by_uid;
  for (size_t i = 0; i < settled.size(); ++i) {
    model::Pod& pod = settled[i];
    std::string invented = InventedUid(pod.id.name_space, pod.id.name);
    if (pod.id.uid.empty()) pod.id.uid = invented;
    const auto [holder, is_own] = by_uid.try_emplace(pod.id.uid, i);
    if (is_own) continue;
    warnings.push_back(absl::StrCat("pods ", NameOf(settled[holder->second]), " and ", NameOf(pod),
                                    " have the same uid ", model::Shown(pod.id.uid),
                                    "; both count"));
    pod.id.uid = std::move(invented);
    by_uid.try_emplace(pod.id.uid, i);
  }
  pods = std::move(settled);
  return absl::OkStatus();
}

}  // namespace tangram::api::standalone
