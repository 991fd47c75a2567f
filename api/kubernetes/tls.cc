#include "api/kubernetes/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "model/string_map.h"

namespace tangram::api::kubernetes {
namespace {

using model::ToAbsl;

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* object) const {
    Free(object);
  }
};
using BioPtr = std::unique_ptr<BIO, Deleter<BIO_free>>;
using CertificatePtr = std::unique_ptr<X509, Deleter<X509_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Deleter<EVP_PKEY_free>>;

BioPtr Read(const std::string& pem) {
  return BioPtr(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
}

absl::Status Bad(std::string_view what) {
  char text[256] = "no PEM block found";
  if (const unsigned long code = ERR_peek_last_error(); code != 0) {
    ERR_error_string_n(code, text, sizeof(text));
  }
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(what), ": ", text));
}

// OpenSSL asks for a pass phrase on the terminal unless told otherwise.
int NoPassPhrase(char*, int, int, void*) { return 0; }

absl::Status TrustOnly(SSL_CTX* context, const std::string& ca_pem) {
  const BioPtr bio = Read(ca_pem);
  X509_STORE* store = SSL_CTX_get_cert_store(context);
  int count = 0;
  while (CertificatePtr certificate{PEM_read_bio_X509(bio.get(), nullptr, NoPassPhrase, nullptr)}) {
    if (X509_STORE_add_cert(store, certificate.get()) != 1) return Bad("CA certificate");
    ++count;
  }
  if (count == 0) return Bad("CA certificate");
  ERR_clear_error();
  // A CA file may hold the server's own certificate or an intermediate: either is an anchor.
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
  return absl::OkStatus();
}

absl::Status Present(SSL_CTX* context, const ClientCertificate& identity) {
  const BioPtr bio = Read(identity.certificate_pem);
  const CertificatePtr leaf{PEM_read_bio_X509(bio.get(), nullptr, NoPassPhrase, nullptr)};
  if (leaf == nullptr || SSL_CTX_use_certificate(context, leaf.get()) != 1) {
    return Bad("client certificate");
  }
  while (CertificatePtr next{PEM_read_bio_X509(bio.get(), nullptr, NoPassPhrase, nullptr)}) {
    if (SSL_CTX_add1_chain_cert(context, next.get()) != 1) return Bad("client certificate chain");
  }
  ERR_clear_error();
  const BioPtr key_bio = Read(identity.key_pem);
  const KeyPtr key{PEM_read_bio_PrivateKey(key_bio.get(), nullptr, NoPassPhrase, nullptr)};
  if (key == nullptr || SSL_CTX_use_PrivateKey(context, key.get()) != 1) return Bad("client key");
  return absl::OkStatus();
}

int OnVerify(int accepted, X509_STORE_CTX* store) {
  if (accepted == 1) return 1;
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* verdict = static_cast<TlsVerdict*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  verdict->error = X509_verify_cert_error_string(X509_STORE_CTX_get_error(store));
  return 0;
}

// At the beginning of a handshake, before its first message is made.
void OnHandshake(const SSL* ssl, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0) return;
  const auto* verdict = static_cast<TlsVerdict*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
  if (verdict->indicate.empty()) return;
  SSL_set_tlsext_host_name(const_cast<SSL*>(ssl), verdict->indicate.c_str());
}

absl::Status ExpectName(SSL_CTX* context, const std::string& name) {
  X509_VERIFY_PARAM* expected = SSL_CTX_get0_param(context);
  X509_VERIFY_PARAM_set_hostflags(expected, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  unsigned char address[sizeof(in6_addr)];
  const bool is_address = inet_pton(AF_INET, name.c_str(), address) == 1 ||
                          inet_pton(AF_INET6, name.c_str(), address) == 1;
  const int set = is_address ? X509_VERIFY_PARAM_set1_ip_asc(expected, name.c_str())
                             : X509_VERIFY_PARAM_set1_host(expected, name.c_str(), name.size());
  return set == 1 ? absl::OkStatus() : Bad(absl::StrCat("server name \"", name, "\""));
}

}  // namespace

absl::Status ConfigureTls(ssl_ctx_st* context, const TlsSettings& settings, TlsVerdict* verdict) {
  ERR_clear_error();
  SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
  SSL_CTX_set_app_data(context, verdict);
  SSL_CTX_set_info_callback(context, OnHandshake);
  if (!settings.certificate.certificate_pem.empty()) {
    if (absl::Status s = Present(context, settings.certificate); !s.ok()) return s;
  }
  if (settings.insecure_skip_verify) {
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
    return absl::OkStatus();
  }
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, OnVerify);
  if (absl::Status s = ExpectName(context, settings.server_name); !s.ok()) return s;
  if (!settings.ca_pem.empty()) return TrustOnly(context, settings.ca_pem);
  if (SSL_CTX_set_default_verify_paths(context) != 1) return Bad("system CA certificates");
  return absl::OkStatus();
}

}  // namespace tangram::api::kubernetes
