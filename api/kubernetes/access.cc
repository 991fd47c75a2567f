#include "api/kubernetes/access.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "model/string_map.h"

namespace tangram::api::kubernetes {
namespace {

using model::MutexLock;
using model::ToAbsl;

constexpr std::chrono::seconds kRereadAfter{60};
// After a failed reading the old value is kept; the disk is asked again only now and then.
constexpr std::chrono::seconds kRetryAfter{10};
constexpr std::size_t kTextBytesMax = 1 << 20;

absl::StatusOr<std::string> ReadFile(const std::string& path, const std::string& field) {
  std::ifstream in(path, std::ios::binary);
  if (!in) {
    return absl::NotFoundError(absl::StrCat(field, ": cannot read file \"", path, "\""));
  }
  std::string text(kTextBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (in.bad()) {
    return absl::NotFoundError(absl::StrCat(field, ": cannot read file \"", path, "\""));
  }
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (text.size() > kTextBytesMax) {
    return absl::FailedPreconditionError(
        absl::StrCat(field, ": file \"", path, "\" is larger than the 1 MiB allowed"));
  }
  return text;
}

class FromText : public CredentialSource {
 public:
  explicit FromText(TextCredentials parts) : parts_(std::move(parts)) {}

  absl::StatusOr<std::string> BearerToken(WallTime now) override {
    if (parts_.token == nullptr) return std::string();
    absl::StatusOr<std::string> text = parts_.token->Get(now);
    if (!text.ok()) return text.status();
    return CheckToken(*text, "token");
  }

  absl::StatusOr<ClientCertificate> Certificate(WallTime now) override {
    ClientCertificate out;
    if (parts_.certificate == nullptr) return out;
    absl::StatusOr<std::string> certificate = parts_.certificate->Get(now);
    if (!certificate.ok()) return certificate.status();
    absl::StatusOr<std::string> key = parts_.key->Get(now);
    if (!key.ok()) return key.status();
    out.certificate_pem = *std::move(certificate);
    out.key_pem = *std::move(key);
    return out;
  }

  void Invalidate() override {
    for (TextSource* part : {parts_.token.get(), parts_.certificate.get(), parts_.key.get()}) {
      if (part != nullptr) part->Invalidate();
    }
  }

 private:
  const TextCredentials parts_;
};

absl::Status BadUrl(std::string_view field, std::string_view url, std::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(ToAbsl(field), ": \"", ToAbsl(url),
                                                 "\": ", ToAbsl(why),
                                                 "; allowed: http(s)://HOST[:PORT][/PREFIX]"));
}

}  // namespace

TextSource::TextSource(std::string path, std::string field, std::string text)
    : path_(std::move(path)), field_(std::move(field)), text_(std::move(text)) {
  known_ = path_.empty();
}

std::shared_ptr<TextSource> TextSource::Fixed(std::string text) {
  return std::shared_ptr<TextSource>(new TextSource("", "", std::move(text)));
}

std::shared_ptr<TextSource> TextSource::File(std::string path, std::string field) {
  return std::shared_ptr<TextSource>(new TextSource(std::move(path), std::move(field), ""));
}

absl::StatusOr<std::string> TextSource::Get(WallTime now) {
  MutexLock lock(mutex_);
  // A clock that was set back must not keep a stale token alive, hence the absolute age.
  const auto age = now > read_at_ ? now - read_at_ : read_at_ - now;
  if (path_.empty() || (known_ && age <= kRereadAfter)) return text_;
  absl::StatusOr<std::string> text = ReadFile(path_, field_);
  if (text.ok()) {
    text_ = *std::move(text);
    known_ = true;
    read_at_ = now;
    return text_;
  }
  if (!known_) return text.status();
  read_at_ = now - kRereadAfter + kRetryAfter;
  return text_;
}

void TextSource::Invalidate() {
  MutexLock lock(mutex_);
  known_ = path_.empty();
}

std::shared_ptr<CredentialSource> MakeTextCredentials(TextCredentials parts) {
  return std::make_shared<FromText>(std::move(parts));
}

absl::StatusOr<std::string> CheckToken(std::string_view token, std::string_view origin) {
  const auto space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  while (!token.empty() && space(token.front())) token.remove_prefix(1);
  while (!token.empty() && space(token.back())) token.remove_suffix(1);
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] > ' ' && token[i] < 0x7f) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        ToAbsl(origin), ": character ", i + 1, " has code ", static_cast<unsigned char>(token[i]),
        "; a bearer token consists of printable ASCII without spaces"));
  }
  return std::string(token);
}

std::string ClusterAccess::Url() const {
  const bool v6 = host.find(':') != std::string::npos;
  return absl::StrCat(tls ? "https" : "http", "://", v6 ? "[" : "", host, v6 ? "]" : "", ":", port,
                      path_prefix);
}

std::string Proxy::Url() const {
  const bool v6 = host.find(':') != std::string::npos;
  return absl::StrCat("http://", v6 ? "[" : "", host, v6 ? "]" : "", ":", port);
}

absl::Status ParseServerUrl(std::string_view url, std::string_view field, ClusterAccess& access) {
  std::string_view rest = url;
  if (rest.starts_with("https://")) {
    access.tls = true;
    rest.remove_prefix(8);
  } else if (rest.starts_with("http://")) {
    access.tls = false;
    rest.remove_prefix(7);
  } else {
    return BadUrl(field, url, "the scheme is neither http nor https");
  }
  if (rest.find_first_of(" \t\r\n?#@") != std::string_view::npos) {
    return BadUrl(field, url, "spaces, user names, queries and fragments are not supported");
  }
  const std::size_t slash = rest.find('/');
  std::string_view authority = rest.substr(0, slash);
  std::string_view prefix = slash == std::string_view::npos ? "" : rest.substr(slash);
  while (prefix.ends_with('/')) prefix.remove_suffix(1);

  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return BadUrl(field, url, "\"[\" without \"]\"");
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (host.empty()) return BadUrl(field, url, "the host is empty");
  int number = access.tls ? 443 : 80;
  if (!port.empty()) {
    port.remove_prefix(1);
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (error != std::errc() || end != port.data() + port.size() || number < 1 || number > 65535) {
      return BadUrl(field, url, "the port is not a number from 1 to 65535");
    }
  }
  access.host = std::string(host);
  access.port = number;
  access.path_prefix = std::string(prefix);
  return absl::OkStatus();
}

}  // namespace tangram::api::kubernetes
