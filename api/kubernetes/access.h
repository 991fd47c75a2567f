// How to reach one cluster: address, trust, and credentials that may change while we run.
//
// Made once by LoadKubeconfig (kubeconfig.h) or InClusterAccess (in_cluster.h) and then shared,
// read-only, by every client of the process. The sources inside are thread-safe, so that a rotated
// token, certificate or CA is read once for all connections.
//
// Rotation: a file is read again when its last reading is older than a minute, and at once after
// Invalidate (a server said 401). While a new reading fails the old value goes on being used, as
// client-go does, except after Invalidate: then the error is the answer.
#ifndef API_KUBERNETES_ACCESS_H_
#define API_KUBERNETES_ACCESS_H_

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/mutex.h"

namespace tangram::api::kubernetes {

using WallTime = std::chrono::system_clock::time_point;

// Text that comes from a file or from the configuration itself. Thread-safe.
class TextSource {
 public:
  // Fixed text; never changes.
  static std::shared_ptr<TextSource> Fixed(std::string text);
  // The content of a file. `field` names the setting in errors, e.g. "users[0].user.tokenFile".
  static std::shared_ptr<TextSource> File(std::string path, std::string field);

  // The text; NotFound or FailedPrecondition naming field and path when it cannot be read or is
  // larger than 1 MiB.
  absl::StatusOr<std::string> Get(WallTime now);
  // Makes the next Get read the file again. A fixed text stays.
  void Invalidate();

 private:
  TextSource(std::string path, std::string field, std::string text);

  const std::string path_;  // empty = fixed
  const std::string field_;
  model::Mutex mutex_;
  std::string text_ TANGRAM_GUARDED_BY(mutex_);
  bool known_ TANGRAM_GUARDED_BY(mutex_) = false;  // text_ may be used
  WallTime read_at_ TANGRAM_GUARDED_BY(mutex_);
};

// A client certificate with its key, both PEM. Both empty = none.
struct ClientCertificate {
  std::string certificate_pem;
  std::string key_pem;
  friend bool operator==(const ClientCertificate&, const ClientCertificate&) = default;
};

// Who we are. Thread-safe.
class CredentialSource {
 public:
  virtual ~CredentialSource() = default;
  // The bearer token, checked by CheckToken; empty = send none.
  virtual absl::StatusOr<std::string> BearerToken(WallTime now) = 0;
  virtual absl::StatusOr<ClientCertificate> Certificate(WallTime now) = 0;
  // The server refused these credentials (401): fetch new ones at the next call.
  virtual void Invalidate() = 0;
  // From any thread: a call that waits for something ends soon, with an error, and none waits any
  // more. What is known already is still given out.
  virtual void Stop() {}
};

// Credentials made of text sources; any of them may be null.
struct TextCredentials {
  std::shared_ptr<TextSource> token;
  std::shared_ptr<TextSource> certificate;
  std::shared_ptr<TextSource> key;
};
std::shared_ptr<CredentialSource> MakeTextCredentials(TextCredentials parts);

// The token without the white space around it. InvalidArgument when a character is left that could
// break out of the Authorization header (anything outside printable ASCII); the message does not
// quote the token.
absl::StatusOr<std::string> CheckToken(std::string_view token, std::string_view origin);

// What stands between us and the server: it is asked by CONNECT for a TLS server, by whole URLs for
// a plain one.
struct Proxy {
  std::string host;  // IPv6 without brackets
  int port = 80;
  std::string user = {};  // empty: it asks for none
  std::string password = {};

  // "http://host:port", for log lines.
  std::string Url() const;
};

struct ClusterAccess {
  bool tls = true;
  std::string host;  // name or address, IPv6 without brackets
  int port = 443;
  std::string path_prefix;  // "" or "/prefix" without a slash at the end
  bool insecure_skip_tls_verify = false;
  std::string tls_server_name;                    // empty = host
  std::shared_ptr<TextSource> ca;                 // PEM; null = the system's roots
  std::shared_ptr<CredentialSource> credentials;  // never null
  std::optional<Proxy> proxy;
  std::string name_space = "default";
  std::string origin;  // where this came from, for log lines

  // "https://host:port/prefix", for log lines.
  std::string Url() const;
};

// Reads `url` ("https://host:6443/prefix") into tls, host, port and path_prefix. InvalidArgument
// naming `field`, the value and what is allowed.
absl::Status ParseServerUrl(std::string_view url, std::string_view field, ClusterAccess& access);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_ACCESS_H_
