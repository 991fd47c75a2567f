#include "api/kubernetes/status.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::kubernetes {
namespace {

using Json = nlohmann::json;
using model::ToAbsl;

constexpr std::size_t kMessageBytesMax = 512;
constexpr std::size_t kStatusBytesMax = 256 * 1024;

std::string Readable(std::string_view text) {
  std::string out(text.substr(0, kMessageBytesMax));
  std::replace_if(
      out.begin(), out.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; }, ' ');
  return out;
}

std::string Text(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_string()) return "";
  return found->get_ref<const std::string&>();
}

int Number(const Json& object, const char* key) {
  const auto found = object.find(key);
  if (found == object.end() || !found->is_number_integer()) return 0;
  const auto value = found->get<int64_t>();
  return value > 0 && value < 100000 ? static_cast<int>(value) : 0;
}

absl::StatusCode CodeOf(int http_status) {
  switch (http_status) {
    case 400:
    case 413:
    case 422:
      return absl::StatusCode::kInvalidArgument;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 404:
      return absl::StatusCode::kNotFound;
    case 409:
      return absl::StatusCode::kAborted;
    case 410:
      return absl::StatusCode::kOutOfRange;
    case 429:
      return absl::StatusCode::kResourceExhausted;
    case 503:
      return absl::StatusCode::kUnavailable;
    case 504:
      return absl::StatusCode::kDeadlineExceeded;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace

bool ApiStatus::IsExpired() const { return code == 410 || reason == "Expired" || reason == "Gone"; }

bool ApiStatus::IsTooLargeResourceVersion() const {
  // Servers before 1.17 give no cause; the text is what client-go compares there, too.
  return cause == "ResourceVersionTooLarge" ||
         message.find("Too large resource version") != std::string::npos;
}

ApiStatus DecodeStatus(int http_status, std::string_view body) {
  ApiStatus out;
  out.code = http_status;
  Json json = Json::value_t::discarded;
  if (body.size() <= kStatusBytesMax) {
    json = Json::parse(body.begin(), body.end(), nullptr, /*allow_exceptions=*/false);
  }
  if (!json.is_object() || Text(json, "kind") != "Status") {
    out.message = Readable(body);
    return out;
  }
  if (const int code = Number(json, "code"); code >= 100 && code <= 599) out.code = code;
  out.reason = Readable(Text(json, "reason"));
  out.message = Readable(Text(json, "message"));
  const auto details = json.find("details");
  if (details == json.end() || !details->is_object()) return out;
  out.retry_after_seconds = Number(*details, "retryAfterSeconds");
  const auto causes = details->find("causes");
  if (causes != details->end() && causes->is_array() && !causes->empty() &&
      causes->front().is_object()) {
    out.cause = Readable(Text(causes->front(), "reason"));
  }
  return out;
}

absl::Status ToStatus(const ApiStatus& status, std::string_view what) {
  return absl::Status(
      CodeOf(status.code),
      absl::StrCat(ToAbsl(what), ": HTTP ", status.code, status.reason.empty() ? "" : " ",
                   status.reason, status.message.empty() ? "" : ": ", status.message));
}

}  // namespace tangram::api::kubernetes
