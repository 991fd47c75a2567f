// The two envelopes objects arrive in: a page of a list, and a line of a watch.
//
// Only the envelope is read here. The objects inside are handed on as the JSON text they are, in
// place: whoever gets one may read kReadablePadding bytes beyond its end (simdjson's requirement).
#ifndef API_KUBERNETES_DECODE_H_
#define API_KUBERNETES_DECODE_H_

#include <functional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "simdjson.h"

namespace tangram::api::kubernetes {

// One page of a list. Stays where it is made: the parser refers to the text. Not thread-safe.
class ListPage {
 public:
  explicit ListPage(std::string body);
  ListPage(const ListPage&) = delete;
  ListPage& operator=(const ListPage&) = delete;

  // Reads the list's metadata; to be called first. InvalidArgument when this is no list.
  absl::Status ReadHeader();
  const std::string& resource_version() const { return resource_version_; }
  const std::string& continue_token() const { return continue_token_; }  // empty = last page

  // Calls `on_item` with the text of each item, in order; at most once. InvalidArgument when the
  // items are cut or are no objects; those before were handed over then.
  absl::Status ForEachItem(const std::function<void(std::string_view)>& on_item);

 private:
  std::string body_;
  simdjson::ondemand::parser parser_;
  simdjson::ondemand::document document_;
  std::string resource_version_;
  std::string continue_token_;
};

struct WatchEvent {
  enum class Type { kAdded, kModified, kDeleted, kBookmark, kError, kOther };
  Type type = Type::kOther;
  std::string_view object;  // JSON text, a part of the line
  // metadata.resourceVersion of the object; empty for kError and kOther.
  std::string resource_version;
};

// Decodes lines of a watch. Not thread-safe.
class WatchDecoder {
 public:
  // `line` is followed by kReadablePadding readable bytes. InvalidArgument when it is no event, or
  // when its object has no resource version.
  absl::Status Decode(std::string_view line, WatchEvent& event);

 private:
  // Two, because a parser forgets its document when it begins another.
  simdjson::ondemand::parser line_parser_;
  simdjson::ondemand::parser object_parser_;
};

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_DECODE_H_
