// Routes by method and path, and the answers for those that do not exist. See server.h.
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "api/http/server.h"
#include "model/check.h"

namespace tangram::api::http {
namespace {

constexpr std::size_t kErrorTextMax = 1000;

void AppendJsonEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (byte < 0x20 || byte == 0x7f) {
      absl::StrAppendFormat(&out, "\\u%04x", byte);
    } else {
      out += c;
    }
  }
}

// Cuts at a character's first byte: half a UTF-8 sequence would make the JSON invalid.
std::string_view Cut(std::string_view text) {
  if (text.size() <= kErrorTextMax) return text;
  std::size_t end = kErrorTextMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace

Response ErrorResponse(int status, std::string_view message) {
  Response response;
  response.status = status;
  response.body = "{\"error\":\"";
  AppendJsonEscaped(Cut(message), response.body);
  response.body += "\"}";
  return response;
}

void Router::Handle(std::string method, std::string path, Handler handler) {
  TANGRAM_CHECK(!path.empty() && path.front() == '/' && handler != nullptr);
  const bool added =
      literals_[std::move(path)].emplace(std::move(method), std::move(handler)).second;
  TANGRAM_CHECK(added);
}

void Router::HandleAdmin(std::string method, std::string path, Handler handler) {
  admin_paths_.insert(path);
  Handle(std::move(method), std::move(path), std::move(handler));
}

void Router::HandlePrefix(std::string method, std::string prefix, Handler handler) {
  TANGRAM_CHECK(!prefix.empty() && prefix.front() == '/' && handler != nullptr);
  const bool added =
      prefixes_[std::move(prefix)].emplace(std::move(method), std::move(handler)).second;
  TANGRAM_CHECK(added);
}

const Router::Methods* Router::Find(std::string_view path) const {
  if (const auto literal = literals_.find(path); literal != literals_.end()) {
    return &literal->second;
  }
  const Methods* found = nullptr;
  std::size_t longest = 0;
  for (const auto& [prefix, methods] : prefixes_) {
    if (path.size() > prefix.size() && prefix.size() > longest &&
        path.substr(0, prefix.size()) == prefix) {
      found = &methods;
      longest = prefix.size();
    }
  }
  return found;
}

void Router::Dispatch(Request&& request, std::shared_ptr<Exchange> exchange) const {
  const Methods* const methods = Find(request.path);
  if (methods == nullptr) {
    exchange->Respond(ErrorResponse(404, "no such path: " + request.path));
    return;
  }
  auto handler = methods->find(request.method);
  if (handler == methods->end() && request.method == "HEAD") handler = methods->find("GET");
  if (handler == methods->end()) {
    std::string allowed;
    for (const auto& entry : *methods) {
      if (!allowed.empty()) allowed += ", ";
      allowed += entry.first;
      if (entry.first == "GET" && !methods->contains("HEAD")) allowed += ", HEAD";
    }
    Response response = ErrorResponse(405, "method " + request.method + " is not allowed on " +
                                               request.path + ", only " + allowed);
    response.headers.emplace_back("Allow", allowed);
    exchange->Respond(std::move(response));
    return;
  }
  handler->second(std::move(request), std::move(exchange));
}

}  // namespace tangram::api::http
