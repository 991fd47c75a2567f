// Status line and fields of an answer, written by hand. See response_head.h.
#include "api/http/response_head.h"

#include <algorithm>
#include <string_view>

#include "absl/strings/str_cat.h"

namespace tangram::api::http::internal {
namespace {

// RFC 9110 section 15: the codes that Tangram sends. Clients go by the number alone, so the others
// need no phrase.
const char* Reason(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    default:
      return "";
  }
}

bool HasControl(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
}

}  // namespace

bool MayHaveBody(int status) { return status != 204 && status != 304; }

std::string MakeResponseHead(const Response& response, HeadOptions options) {
  std::string head =
      absl::StrCat("HTTP/1.1 ", response.status, " ", Reason(response.status), "\r\n");
  if (MayHaveBody(response.status) && !HasControl(response.content_type)) {
    absl::StrAppend(&head, "Content-Type: ", response.content_type, "\r\n");
  }
  if (response.status != 204) {
    absl::StrAppend(&head, "Content-Length: ", response.body.size(), "\r\n");
  }
  for (const auto& [name, value] : response.headers) {
    if (name.empty() || HasControl(name) || HasControl(value)) continue;
    absl::StrAppend(&head, name, ": ", value, "\r\n");
  }
  if (options.close) {
    absl::StrAppend(&head, "Connection: close\r\n");
  } else if (options.http_1_0) {
    absl::StrAppend(&head, "Connection: keep-alive\r\n");
  }
  absl::StrAppend(&head, "\r\n");
  return head;
}

}  // namespace tangram::api::http::internal
