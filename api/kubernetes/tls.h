// TLS of the client side: what we trust and who we are.
//
// Verification is OpenSSL's own, inside the handshake and against the name we dialled, so that no
// byte of a request (above all no token) reaches a server that is not the one meant. cpp-httplib's
// verification is switched off in return: it checks after the handshake, and it adds the system's
// roots whenever the CA does not come from a file.
#ifndef API_KUBERNETES_TLS_H_
#define API_KUBERNETES_TLS_H_

#include <string>

#include "absl/status/status.h"
#include "api/kubernetes/access.h"

// OpenSSL's SSL_CTX.
struct ssl_ctx_st;

namespace tangram::api::kubernetes {

struct TlsSettings {
  bool insecure_skip_verify = false;
  std::string server_name;  // the name or IP address that the server's certificate must bear
  std::string ca_pem;       // empty = the system's roots; else these and no others
  ClientCertificate certificate;
  friend bool operator==(const TlsSettings&, const TlsSettings&) = default;
};

// What the last handshake said, and what it is to say. One per context, at a fixed address while
// the context lives.
struct TlsVerdict {
  std::string indicate = {};  // the server name to ask for; empty = what the library asks for
  std::string error;          // empty = nothing to complain about
};

// Sets `context` up (TLS 1.2 or later) and makes failed verifications write their cause into
// `verdict`. InvalidArgument when a PEM text holds no certificate or key, or when the key does not
// belong to the certificate.
absl::Status ConfigureTls(ssl_ctx_st* context, const TlsSettings& settings, TlsVerdict* verdict);

}  // namespace tangram::api::kubernetes

#endif  // API_KUBERNETES_TLS_H_
