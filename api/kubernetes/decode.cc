#include "api/kubernetes/decode.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "api/kubernetes/line_buffer.h"

namespace tangram::api::kubernetes {
namespace {

using simdjson::ondemand::document;
using simdjson::ondemand::object;
using simdjson::ondemand::value;

static_assert(kReadablePadding >= simdjson::SIMDJSON_PADDING);

absl::Status Bad(const char* what, simdjson::error_code code) {
  return absl::InvalidArgumentError(absl::StrCat(what, ": ", simdjson::error_message(code)));
}

// The string under `key`; empty when there is none or when it is null.
simdjson::error_code OptionalText(object& from, const char* key, std::string& out) {
  out.clear();
  value found;
  simdjson::error_code error = from.find_field_unordered(key).get(found);
  if (error == simdjson::NO_SUCH_FIELD) return simdjson::SUCCESS;
  if (error != simdjson::SUCCESS) return error;
  bool is_null = false;
  if (error = found.is_null().get(is_null); error != simdjson::SUCCESS || is_null) return error;
  std::string_view text;
  if (error = found.get_string().get(text); error == simdjson::SUCCESS) out.assign(text);
  return error;
}

WatchEvent::Type TypeOf(std::string_view text) {
  if (text == "ADDED") return WatchEvent::Type::kAdded;
  if (text == "MODIFIED") return WatchEvent::Type::kModified;
  if (text == "DELETED") return WatchEvent::Type::kDeleted;
  if (text == "BOOKMARK") return WatchEvent::Type::kBookmark;
  if (text == "ERROR") return WatchEvent::Type::kError;
  return WatchEvent::Type::kOther;
}

simdjson::error_code ReadEvent(simdjson::ondemand::parser& parser, std::string_view line,
                               WatchEvent& event) {
  document doc;
  object root;
  simdjson::error_code error =
      parser.iterate(line.data(), line.size(), line.size() + kReadablePadding).get(doc);
  if (error != simdjson::SUCCESS) return error;
  if (error = doc.get_object().get(root); error != simdjson::SUCCESS) return error;
  bool typed = false;
  for (auto entry : root) {
    simdjson::ondemand::field field;
    if (error = std::move(entry).get(field); error != simdjson::SUCCESS) return error;
    std::string_view key;
    if (error = field.unescaped_key().get(key); error != simdjson::SUCCESS) return error;
    if (key == "type") {
      std::string_view type;
      if (error = field.value().get_string().get(type); error != simdjson::SUCCESS) return error;
      event.type = TypeOf(type);
      typed = true;
    } else if (key == "object") {
      object inner;
      if (error = field.value().get_object().get(inner); error != simdjson::SUCCESS) return error;
      if (error = inner.raw_json().get(event.object); error != simdjson::SUCCESS) return error;
    }
  }
  if (!typed || event.object.empty()) return simdjson::NO_SUCH_FIELD;
  // Something behind the event: two events ran into one line.
  return doc.current_location().error() == simdjson::OUT_OF_BOUNDS ? simdjson::SUCCESS
                                                                   : simdjson::TAPE_ERROR;
}

simdjson::error_code ReadResourceVersion(simdjson::ondemand::parser& parser, std::string_view json,
                                         std::string& out) {
  document doc;
  object metadata;
  simdjson::error_code error =
      parser.iterate(json.data(), json.size(), json.size() + kReadablePadding).get(doc);
  if (error != simdjson::SUCCESS) return error;
  if (error = doc["metadata"].get_object().get(metadata); error != simdjson::SUCCESS) return error;
  if (error = OptionalText(metadata, "resourceVersion", out); error != simdjson::SUCCESS) {
    return error;
  }
  return out.empty() ? simdjson::NO_SUCH_FIELD : simdjson::SUCCESS;
}

}  // namespace

ListPage::ListPage(std::string body) : body_(std::move(body)) {
  body_.reserve(body_.size() + kReadablePadding);
}

absl::Status ListPage::ReadHeader() {
  simdjson::error_code error =
      parser_.iterate(body_.data(), body_.size(), body_.size() + kReadablePadding).get(document_);
  if (error != simdjson::SUCCESS) return Bad("list", error);
  object metadata;
  if (error = document_["metadata"].get_object().get(metadata); error != simdjson::SUCCESS) {
    return Bad("list: metadata", error);
  }
  if (error = OptionalText(metadata, "resourceVersion", resource_version_);
      error != simdjson::SUCCESS) {
    return Bad("list: metadata.resourceVersion", error);
  }
  if (error = OptionalText(metadata, "continue", continue_token_); error != simdjson::SUCCESS) {
    return Bad("list: metadata.continue", error);
  }
  return resource_version_.empty() ? Bad("list: metadata.resourceVersion", simdjson::NO_SUCH_FIELD)
                                   : absl::OkStatus();
}

absl::Status ListPage::ForEachItem(const std::function<void(std::string_view)>& on_item) {
  value items;
  simdjson::error_code error = document_["items"].get(items);
  if (error != simdjson::SUCCESS) return Bad("list: items", error);
  bool is_null = false;
  if (error = items.is_null().get(is_null); error != simdjson::SUCCESS) return Bad("items", error);
  if (is_null) return absl::OkStatus();
  simdjson::ondemand::array array;
  if (error = items.get_array().get(array); error != simdjson::SUCCESS) return Bad("items", error);
  for (auto element : array) {
    object item;
    std::string_view text;
    if (error = element.get_object().get(item); error != simdjson::SUCCESS) {
      return Bad("list: item", error);
    }
    if (error = item.raw_json().get(text); error != simdjson::SUCCESS) {
      return Bad("list: item", error);
    }
    on_item(text);
  }
  return absl::OkStatus();
}

absl::Status WatchDecoder::Decode(std::string_view line, WatchEvent& event) {
  event = WatchEvent();
  if (auto error = ReadEvent(line_parser_, line, event); error != simdjson::SUCCESS) {
    return Bad("watch event", error);
  }
  if (event.type == WatchEvent::Type::kError || event.type == WatchEvent::Type::kOther) {
    return absl::OkStatus();
  }
  if (auto error = ReadResourceVersion(object_parser_, event.object, event.resource_version);
      error != simdjson::SUCCESS) {
    return Bad("watch event: object.metadata.resourceVersion", error);
  }
  return absl::OkStatus();
}

}  // namespace tangram::api::kubernetes
