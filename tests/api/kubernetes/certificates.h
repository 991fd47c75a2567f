// Certificates made on the spot, for tests of TLS.
#ifndef TESTS_API_KUBERNETES_CERTIFICATES_H_
#define TESTS_API_KUBERNETES_CERTIFICATES_H_

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <string>

namespace tangram::api::kubernetes::testing {

class Certificate {
 public:
  // Signed by `issuer`, or by itself when null. `alt_names` e.g. "IP:127.0.0.1,DNS:api.example".
  Certificate(const std::string& common_name, const std::string& alt_names,
              const Certificate* issuer)
      : key_(EVP_EC_gen("P-256")), x509_(X509_new()) {
    static long serial = 1;
    X509_set_version(x509_, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(x509_), ++serial);
    X509_gmtime_adj(X509_getm_notBefore(x509_), -60);
    X509_gmtime_adj(X509_getm_notAfter(x509_), 3600);
    X509_set_pubkey(x509_, key_);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509_), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.c_str()), -1, -1,
                               0);
    X509* signer = issuer == nullptr ? x509_ : issuer->x509_;
    X509_set_issuer_name(x509_, X509_get_subject_name(signer));
    if (issuer == nullptr) Extend(NID_basic_constraints, "critical,CA:TRUE");
    if (!alt_names.empty()) Extend(NID_subject_alt_name, alt_names);
    X509_sign(x509_, issuer == nullptr ? key_ : issuer->key_, EVP_sha256());
  }
  ~Certificate() {
    X509_free(x509_);
    EVP_PKEY_free(key_);
  }
  Certificate(const Certificate&) = delete;
  Certificate& operator=(const Certificate&) = delete;

  std::string Pem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, x509_);
    return Text(bio);
  }
  std::string KeyPem() const {
    BIO* bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, key_, nullptr, nullptr, 0, nullptr, nullptr);
    return Text(bio);
  }
  X509* x509() const { return x509_; }
  EVP_PKEY* key() const { return key_; }

 private:
  void Extend(int nid, const std::string& value) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
    X509_add_ext(x509_, extension, -1);
    X509_EXTENSION_free(extension);
  }
  static std::string Text(BIO* bio) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(bio, &data);
    std::string out(data, static_cast<std::size_t>(size));
    BIO_free(bio);
    return out;
  }

  EVP_PKEY* key_;
  X509* x509_;
};

// A server's TLS context; asks for a client certificate signed by `client_ca` unless that is null.
class ServerContext {
 public:
  ServerContext(const Certificate& certificate, const Certificate* client_ca)
      : context_(SSL_CTX_new(TLS_server_method())) {
    SSL_CTX_use_certificate(context_, certificate.x509());
    SSL_CTX_use_PrivateKey(context_, certificate.key());
    if (client_ca != nullptr) {
      X509_STORE_add_cert(SSL_CTX_get_cert_store(context_), client_ca->x509());
      SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
    }
  }
  ~ServerContext() { SSL_CTX_free(context_); }
  ServerContext(const ServerContext&) = delete;
  ServerContext& operator=(const ServerContext&) = delete;
  SSL_CTX* get() const { return context_; }

 private:
  SSL_CTX* context_;
};

}  // namespace tangram::api::kubernetes::testing

#endif  // TESTS_API_KUBERNETES_CERTIFICATES_H_
