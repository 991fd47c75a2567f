// The reading half of codec.h.
#include <algorithm>
#include <bit>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/hash/hash.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/pod_fields.h"
#include "api/extender/codec.h"
#include "model/string_map.h"

namespace tangram::api::extender {
namespace {

using hami::JsonPath;
using model::ToAbsl;
using Value = simdjson::ondemand::value;

// A pool that once saw a huge body does not keep its buffers for ever.
constexpr size_t kKeptBody = size_t{4} << 20;
constexpr size_t kKeptDecoders = 8;

bool SameKey(std::string_view key, std::string_view go_name) {
  return absl::EqualsIgnoreCase(ToAbsl(key), ToAbsl(go_name));
}

// Gives the body the spare bytes that simdjson reads past the end of its input.
void AddSpare(std::string& body) {
  if (body.capacity() - body.size() < simdjson::SIMDJSON_PADDING) {
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
  }
}

absl::Status NoObject(const JsonPath& root, simdjson::error_code error) {
  return hami::WrongType(root, "a JSON object", error);
}

// Takes a string without escapes from where it stands in the body: node names have none, and
// copying thousands of them into the parser's buffer is half the cost of a request.
bool TakePlainString(std::string_view token, std::string_view& text) {
  const size_t end = token.rfind('"');
  if (token.empty() || token.front() != '"' || end == 0) return false;
  text = token.substr(1, end - 1);
  return text.find('\\') == std::string_view::npos;
}

}  // namespace

struct ArgsDecoder::State {
  std::string body;
  simdjson::ondemand::parser parser;
  std::vector<std::string_view> names;
  size_t largest_body = 0;

  absl::Status ReadNames(Value value, const JsonPath& path, bool& given) {
    names.clear();
    bool is_null = false;
    TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadNull(value, path, is_null));
    given = !is_null;
    return hami::ForEachElement(value, path, [this](Value element, const JsonPath& at) {
      std::string_view& name = names.emplace_back();
      if (TakePlainString(element.raw_json_token(), name)) return absl::OkStatus();
      return hami::ReadString(element, at, name);
    });
  }

  absl::Status CheckNames(bool names_given, bool nodes_given) {
    if (!names_given && nodes_given) {
      return absl::FailedPreconditionError(
          "ExtenderArgs.Nodes is given without NodeNames: set nodeCacheCapable: true for this "
          "extender");
    }
    if (!names_given) {
      return absl::FailedPreconditionError(
          "ExtenderArgs.NodeNames: must be an array of node names, is null, and so is Nodes");
    }
    const auto empty = std::find(names.begin(), names.end(), std::string_view());
    if (empty != names.end()) {
      return absl::FailedPreconditionError(absl::StrCat(
          "ExtenderArgs.NodeNames[", empty - names.begin(), "]: must be a node name, is empty"));
    }
    return absl::OkStatus();
  }
};

ArgsDecoder::ArgsDecoder() : state_(std::make_unique<State>()) {}
ArgsDecoder::~ArgsDecoder() = default;

size_t ArgsDecoder::largest_body() const { return state_->largest_body; }

absl::StatusOr<scheduler::FilterCall> ArgsDecoder::Decode(std::string body) {
  State& state = *state_;
  state.body = std::move(body);
  state.names.clear();
  AddSpare(state.body);
  state.largest_body = std::max(state.largest_body, state.body.size());

  const JsonPath root("ExtenderArgs");
  simdjson::ondemand::document document;
  if (const auto error = state.parser.iterate(state.body).get(document)) {
    return hami::Malformed(root, error);
  }
  simdjson::ondemand::object object;
  if (const auto error = document.get_object().get(object)) return NoObject(root, error);

  bool pod_given = false;
  bool nodes_given = false;
  bool names_given = false;
  hami::DecodedPod decoded;
  const auto visit = [&](std::string_view key, Value value, const JsonPath& at) -> absl::Status {
    if (SameKey(key, "NodeNames")) return state.ReadNames(value, at, names_given);
    bool is_null = false;
    if (SameKey(key, "Nodes")) {
      TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadNull(value, at, is_null));
      nodes_given = !is_null;
    } else if (SameKey(key, "Pod")) {
      TANGRAM_JSON_RETURN_IF_ERROR(hami::ReadNull(value, at, is_null));
      if (is_null) return absl::OkStatus();
      auto pod = hami::ReadPod(value, at, hami::kDefaultResourceNames);
      if (!pod.ok()) return pod.status();
      decoded = std::move(*pod);
      pod_given = true;
    }
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::ForEachField(object, root, visit));
  TANGRAM_JSON_RETURN_IF_ERROR(hami::ExpectEnd(document, root));
  if (!pod_given) {
    return hami::WrongValue(JsonPath(root, "Pod"), "a Pod object", "null or absent");
  }
  if (decoded.pod.id.uid.empty()) {
    return absl::InvalidArgumentError(
        "ExtenderArgs.Pod.metadata.uid: must be the uid of the pod, is empty");
  }
  TANGRAM_JSON_RETURN_IF_ERROR(state.CheckNames(names_given, nodes_given));
  if (!decoded.refusal.empty()) return absl::FailedPreconditionError(decoded.refusal);
  return scheduler::FilterCall{.pod = std::move(decoded.pod), .names = state.names};
}

DecoderPool::Lease::Lease(DecoderPool& pool, std::unique_ptr<ArgsDecoder> decoder)
    : pool_(pool), decoder_(std::move(decoder)) {}

DecoderPool::Lease::~Lease() { pool_.Return(std::move(decoder_)); }

DecoderPool::Lease DecoderPool::Borrow() {
  {
    const model::MutexLock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<ArgsDecoder> decoder = std::move(idle_.back());
      idle_.pop_back();
      return Lease(*this, std::move(decoder));
    }
  }
  return Lease(*this, std::make_unique<ArgsDecoder>());
}

void DecoderPool::Return(std::unique_ptr<ArgsDecoder> decoder) {
  if (decoder->largest_body() > kKeptBody) return;
  const model::MutexLock lock(mutex_);
  if (idle_.size() < kKeptDecoders) idle_.push_back(std::move(decoder));
}

absl::StatusOr<scheduler::BindCall> DecodeBindingArgs(std::string body) {
  const JsonPath root("ExtenderBindingArgs");
  AddSpare(body);
  simdjson::ondemand::parser parser;
  simdjson::ondemand::document document;
  if (const auto error = parser.iterate(body).get(document)) return hami::Malformed(root, error);
  simdjson::ondemand::object object;
  if (const auto error = document.get_object().get(object)) return NoObject(root, error);

  std::string_view name;
  std::string_view name_space;
  std::string_view uid;
  std::string_view node;
  const auto visit = [&](std::string_view key, Value value, const JsonPath& at) -> absl::Status {
    if (SameKey(key, "PodName")) return hami::ReadString(value, at, name);
    if (SameKey(key, "PodNamespace")) return hami::ReadString(value, at, name_space);
    if (SameKey(key, "PodUID")) return hami::ReadString(value, at, uid);
    if (SameKey(key, "Node")) return hami::ReadString(value, at, node);
    return absl::OkStatus();
  };
  TANGRAM_JSON_RETURN_IF_ERROR(hami::ForEachField(object, root, visit));
  TANGRAM_JSON_RETURN_IF_ERROR(hami::ExpectEnd(document, root));
  for (const auto& [field, value] : {std::pair<std::string_view, std::string_view>("PodName", name),
                                     {"PodNamespace", name_space},
                                     {"PodUID", uid},
                                     {"Node", node}}) {
    if (value.empty()) {
      return absl::FailedPreconditionError(absl::StrCat("ExtenderBindingArgs.", ToAbsl(field),
                                                        ": must be given, is empty or absent"));
    }
  }
  scheduler::BindCall call;
  call.pod = {std::string(name_space), std::string(name), std::string(uid)};
  call.node = std::string(node);
  return call;
}

}  // namespace tangram::api::extender
