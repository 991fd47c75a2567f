#include "api/standalone/object_reader.h"

#include <algorithm>
#include <array>
#include <optional>

#include "absl/strings/str_cat.h"
#include "api/manifests/json_scan.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::standalone {
namespace {

using model::ToAbsl;
using simdjson::dom::element;

constexpr size_t kListsMax = 8;  // in one another
constexpr std::array<std::string_view, 3> kKinds = {"Node", "Pod", "DeviceClass"};
constexpr std::string_view kList = "List";
constexpr char kNoKind[] = "kind: missing; allowed: Node, Pod, DeviceClass";

bool IsRead(std::string_view kind) {
  return std::find(kKinds.begin(), kKinds.end(), kind) != kKinds.end();
}

bool IsListKind(std::string_view kind) { return kind.ends_with(kList); }

// Text with the bytes behind it that simdjson wants to read; a copy where there is no room.
class Padded {
 public:
  Padded(std::string_view text, const char* limit) : text_(text) {
    room_ = static_cast<size_t>(limit - (text.data() + text.size()));
    if (room_ >= simdjson::SIMDJSON_PADDING) return;
    copy_ = simdjson::padded_string(text);
    text_ = {copy_.data(), copy_.size()};
    room_ = simdjson::SIMDJSON_PADDING;
  }
  simdjson::padded_string_view view() const {
    return simdjson::padded_string_view(text_.data(), text_.size(), text_.size() + room_);
  }
  const char* limit() const { return text_.data() + text_.size() + room_; }

 private:
  std::string_view text_;
  size_t room_ = 0;
  simdjson::padded_string copy_;
};

std::string TextAt(const element& object, std::string_view pointer) {
  std::string_view text;
  return object.at_pointer(pointer).get_string().get(text) ? std::string() : std::string(text);
}

bool Has(const element& object, std::string_view pointer) {
  element found;
  return object.at_pointer(pointer).get(found) == simdjson::SUCCESS && !found.is_null();
}

// Why no cluster is described by an object of that kind; empty where it may be passed over.
std::string WhyRefused(std::string_view kind, const element& object) {
  if (kind == "Table") {
    return "kind \"Table\" is what is printed for people to read; give what kubectl get nodes,pods "
           "-A -o yaml (or json) prints";
  }
  if (kind != "Status") return "";
  return absl::StrCat("kind \"Status\": this is an answer of the API server and no cluster: ",
                      model::Shown(TextAt(object, "/message")));
}

}  // namespace

absl::Status ObjectReader::Read(const manifests::Document& document) {
  document_ = &document;
  ++documents_;
  last_ = {};
  Value root;
  root.json = document.json;
  root.limit = document.json.data() + document.json.size() + document.room;
  absl::Status status = ReadValue(root);
  if (status.ok()) status = CheckWhole();
  document_ = nullptr;
  return status;
}

absl::Status ObjectReader::ReadValue(const Value& value) {
  const Padded padded(value.json, value.limit);
  Value here = value;
  here.json = {padded.view().data(), padded.view().size()};
  here.limit = padded.limit();
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  simdjson::ondemand::object object;
  simdjson::ondemand::array items;
  if (here.json.front() != '{' && here.json.front() != '[') {
    return Wrong(here, absl::StrCat(model::Shown(here.json), " is no object of Kubernetes"));
  }
  if (const auto error = parser.iterate(padded.view()).get(document)) return NoJson(here, error);
  if (here.json.front() == '[') {
    if (const auto error = document.get_array().get(items)) return NoJson(here, error);
    return ReadItems(here, items, "");
  }
  if (const auto error = document.get_object().get(object)) return NoJson(here, error);
  std::string_view text;
  auto error = object.find_field_unordered("kind").get_string().get(text);
  if (error == simdjson::INCORRECT_TYPE) return Wrong(here, "kind: must be a text");
  if (error != simdjson::SUCCESS && error != simdjson::NO_SUCH_FIELD) return NoJson(here, error);
  const std::string kind(text);
  simdjson::ondemand::value list;
  error = object.find_field_unordered("items").get(list);
  const bool has_items = error == simdjson::SUCCESS;
  if (!has_items && error != simdjson::NO_SUCH_FIELD) return NoJson(here, error);
  if (IsRead(kind) || (!has_items && !IsListKind(kind))) return ReadItem(here, "");
  if (!has_items) return Wrong(here, absl::StrCat("items: missing in a ", kind));
  if (kind.empty() && document_->from_yaml && !document_->closed && here.parent == nullptr) {
    return Wrong(here,
                 "a list without a kind: kubectl writes \"kind: List\" behind the items, so the "
                 "file ends early; write it if the list is whole");
  }
  const std::string item_kind = kind.substr(0, kind.size() - std::min(kind.size(), kList.size()));
  if (!kind.empty() && !IsListKind(kind)) {
    return Wrong(here, absl::StrCat("kind: ", model::Shown(kind),
                                    " has items and is no list; "
                                    "allowed: List, NodeList, PodList, DeviceClassList"));
  }
  if (!item_kind.empty() && !IsRead(item_kind)) return visit_(kind, here.json);
  bool empty = false;
  if (list.is_null().get(empty) == simdjson::SUCCESS && empty) return absl::OkStatus();
  if (const auto wrong = list.get_array().get(items)) {
    if (wrong == simdjson::INCORRECT_TYPE) return Wrong(here, "items: must be a list");
    return NoJson(here, wrong);
  }
  return ReadItems(here, items, item_kind);
}

absl::Status ObjectReader::ReadItems(const Value& value, simdjson::ondemand::array items,
                                     std::string_view item_kind) {
  Value item;
  item.limit = value.limit;
  item.parent = &value;
  item.depth = value.depth + 1;
  for (auto element : items) {
    simdjson::ondemand::object object;
    if (const auto error = element.get_object().get(object)) {
      item.json = {};
      if (error == simdjson::INCORRECT_TYPE) return Wrong(item, "must be an object");
      return NoJson(value, error);
    }
    if (const auto error = object.raw_json().get(item.json)) return NoJson(value, error);
    if (absl::Status status = ReadItem(item, item_kind); !status.ok()) return status;
    ++item.index;
  }
  return absl::OkStatus();
}

absl::Status ObjectReader::ReadItem(const Value& item, std::string_view kind_of_list) {
  const char* const end = item.json.data() + item.json.size();
  const bool room = item.limit - end >= static_cast<std::ptrdiff_t>(simdjson::SIMDJSON_PADDING);
  element object;
  if (const auto error =
          item_parser_.parse(item.json.data(), item.json.size(), !room).get(object)) {
    return NoJson(item, error);
  }
  std::string kind = TextAt(object, "/kind");
  if (kind.empty()) kind = kind_of_list;
  if (kind.empty()) return Wrong(item, kNoKind);
  if (const std::string why = WhyRefused(kind, object); !why.empty()) return Wrong(item, why);
  if (IsListKind(kind) && item.parent != nullptr) {
    if (item.depth <= kListsMax) return ReadValue(item);
    return Wrong(item, absl::StrCat("more than ", kListsMax, " lists in one another"));
  }
  if (document_->from_yaml && !document_->closed) {
    last_.name = absl::StrCat(kind, " ", TextAt(object, "/metadata/name"));
    last_.printed = Has(object, "/metadata/resourceVersion");
    last_.lacks.clear();
    if (kind == "Pod" && !Has(object, "/spec/containers/0")) last_.lacks = "spec.containers";
    if (kind == "Pod" && last_.printed && !Has(object, "/status/phase")) {
      last_.lacks = "status.phase";
    }
    if (kind == "Node" && !Has(object, "/status")) last_.lacks = "status";
    if (kind == "Node" && last_.printed && !Has(object, "/status/nodeInfo")) {
      last_.lacks = "status.nodeInfo";
    }
  }
  const absl::Status status = visit_(kind, item.json);
  return status.ok() ? status : Wrong(item, model::ToStd(status.message()));
}

absl::Status ObjectReader::CheckWhole() const {
  if (!document_->last || document_->closed || document_->item_closed || last_.name.empty()) {
    return absl::OkStatus();
  }
  const Value root;
  if (!last_.lacks.empty()) {
    return Wrong(root, absl::StrCat("the file ends early: the last object, ",
                                    model::Shown(last_.name), ", has no ", last_.lacks));
  }
  if (last_.printed && document_->torn) {
    return Wrong(root, absl::StrCat("the file ends early, within ", model::Shown(last_.name),
                                    ": what kubectl prints ends with a line end; write one if the "
                                    "file is whole"));
  }
  return absl::OkStatus();
}

size_t ObjectReader::LineOf(const Value& value) const {
  if (value.parent == nullptr) return document_->line;
  if (document_->from_yaml) {
    const bool told = value.parent->parent == nullptr && value.index < document_->item_lines.size();
    return told ? document_->item_lines[value.index] : LineOf(*value.parent);
  }
  if (value.json.empty()) return LineOf(*value.parent);
  const auto offset = static_cast<size_t>(value.json.data() - value.parent->json.data());
  return LineOf(*value.parent) + manifests::LineAt(value.parent->json, offset) - 1;
}

absl::Status ObjectReader::Wrong(const Value& value, std::string_view what) const {
  std::string place;
  for (const Value* at = &value; at->parent != nullptr; at = at->parent) {
    place = absl::StrCat("items[", at->index, "]", place.empty() ? "" : ".", place);
  }
  if (documents_ > 1) {
    place = absl::StrCat("document ", documents_, place.empty() ? "" : ": ", place);
  }
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(path_), ":", LineOf(value), ": ", place,
                                                 place.empty() ? "" : ": ", ToAbsl(what)));
}

absl::Status ObjectReader::NoJson(const Value& value, simdjson::error_code error) const {
  if (document_->from_yaml) return Wrong(value, simdjson::error_message(error));
  return manifests::JsonError(path_, value.json, LineOf(value), simdjson::error_message(error));
}

}  // namespace tangram::api::standalone
