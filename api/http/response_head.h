// The first bytes of an answer: status line and fields. Pure.
//
// Internal to this folder.
#ifndef API_HTTP_RESPONSE_HEAD_H_
#define API_HTTP_RESPONSE_HEAD_H_

#include <string>

#include "api/http/server.h"

namespace tangram::api::http::internal {

struct HeadOptions {
  bool http_1_0 = false;  // The client must be told that the connection stays.
  bool close = false;     // The connection ends with this answer.
};

// Status line, Content-Type, Content-Length (not for 204), the response's own fields, Connection,
// and the empty line. Fields with control characters are left out. `response.status` is 200 ...
// 599.
std::string MakeResponseHead(const Response& response, HeadOptions options);

// 204 and 304 never carry a body.
bool MayHaveBody(int status);

}  // namespace tangram::api::http::internal

#endif  // API_HTTP_RESPONSE_HEAD_H_
