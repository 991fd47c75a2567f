#include "api/kubernetes/fields.h"

#include "absl/strings/str_cat.h"
#include "model/string_map.h"

namespace tangram::api::kubernetes {

using model::ToAbsl;

std::string Escape(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4];
    out += kHex[byte & 15];
  }
  return out;
}

std::string NodePath(std::string_view name) { return absl::StrCat(kNodesPath, "/", Escape(name)); }

std::string PodPath(std::string_view name_space, std::string_view name) {
  return absl::StrCat("/api/v1/namespaces/", Escape(name_space), "/pods/", Escape(name));
}

std::string BindingPath(std::string_view name_space, std::string_view name) {
  return absl::StrCat(PodPath(name_space, name), "/binding");
}

std::string EventsPath(std::string_view name_space) {
  return absl::StrCat("/api/v1/namespaces/", Escape(name_space), "/events");
}

std::string ListPath(std::string_view resource, std::string_view field_selector, int limit,
                     std::string_view continue_token) {
  std::string path = absl::StrCat(ToAbsl(resource), "?limit=", limit);
  if (!field_selector.empty()) absl::StrAppend(&path, "&fieldSelector=", Escape(field_selector));
  if (!continue_token.empty()) absl::StrAppend(&path, "&continue=", Escape(continue_token));
  return path;
}

std::string WatchPath(std::string_view resource, std::string_view field_selector,
                      std::string_view resource_version, int64_t timeout_seconds) {
  std::string path = absl::StrCat(ToAbsl(resource), "?watch=1&allowWatchBookmarks=true",
                                  "&resourceVersion=", Escape(resource_version),
                                  "&timeoutSeconds=", timeout_seconds);
  if (!field_selector.empty()) absl::StrAppend(&path, "&fieldSelector=", Escape(field_selector));
  return path;
}

}  // namespace tangram::api::kubernetes
