// The Status object: how the API server says that something went wrong.
//
// Source: meta/v1 Status, "Kubernetes API Conventions". Proxies and load balancers in front of the
// API server answer other things (HTML, plain text, nothing); those are decoded as far as they go.
#ifndef API_KUBERNETES_STATUS_H_
#define API_KUBERNETES_STATUS_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace tangram::api::kubernetes {

struct ApiStatus {
  int code = 0;                 // HTTP status; from the body when it says one
  std::string reason;           // "NotFound", "Conflict", "Expired", ...; may be empty
  std::string message;          // for people; at most 512 bytes, control characters removed
  std::string cause;            // reason of the first cause, e.g. "ResourceVersionTooLarge"
  int retry_after_seconds = 0;  // details.retryAfterSeconds; 0 = not said

  // The version that was asked for is gone: list again.
  bool IsExpired() const;
  // The version that was asked for is newer than what this server has seen.
  bool IsTooLargeResourceVersion() const;
};

// Decodes `body`, the answer that came with `http_status`. Never fails: of a body that is no Status
// the beginning becomes the message.
ApiStatus DecodeStatus(int http_status, std::string_view body);

// The same as an absl::Status that says `what` was tried: 400/422 InvalidArgument, 401
// Unauthenticated, 403 PermissionDenied, 404 NotFound, 409 Aborted, 410 OutOfRange, 429
// ResourceExhausted, 503 Unavailable, 504 DeadlineExceeded, other Internal.
absl::Status ToStatus(const ApiStatus& status, std::string_view what);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_STATUS_H_
