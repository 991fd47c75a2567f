#include "api/kubernetes/proxy.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "model/string_map.h"

namespace tangram::api::kubernetes {
namespace {

using model::ToAbsl;

constexpr int kDefaultPort = 80;

// An address as 16 bytes, IPv4 as IPv6 maps it.
struct Address {
  std::array<unsigned char, 16> bytes{};
  bool v4 = false;
};

std::optional<Address> ParseAddress(const std::string& text) {
  Address address;
  if (::inet_pton(AF_INET6, text.c_str(), address.bytes.data()) == 1) return address;
  address.bytes = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  address.v4 = true;
  if (::inet_pton(AF_INET, text.c_str(), &address.bytes[12]) == 1) return address;
  return std::nullopt;
}

bool IsLoopback(const Address& address) {
  if (address.v4) return address.bytes[12] == 127;
  Address one;
  one.bytes[15] = 1;
  return address.bytes == one.bytes;
}

std::optional<int> ParseNumber(std::string_view text, int most) {
  int number = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc() && end == text.data() + text.size();
  return whole && number >= 0 && number <= most ? std::optional(number) : std::nullopt;
}

// "10.0.0.0/8"; false where it is no range, or of another family.
bool InRange(const std::string& range, const Address& address) {
  const size_t slash = range.find('/');
  if (slash == std::string::npos) return false;
  const std::optional<Address> base = ParseAddress(range.substr(0, slash));
  if (!base || base->v4 != address.v4) return false;
  const auto given = ParseNumber(std::string_view(range).substr(slash + 1), base->v4 ? 32 : 128);
  if (!given) return false;
  const int bits = *given + (base->v4 ? 96 : 0);
  const auto whole = static_cast<size_t>(bits / 8);
  if (std::memcmp(base->bytes.data(), address.bytes.data(), whole) != 0) return false;
  const int rest = bits % 8;
  if (rest == 0) return true;
  const int mask = (0xff << (8 - rest)) & 0xff;
  return (base->bytes[whole] & mask) == (address.bytes[whole] & mask);
}

struct HostAndPort {
  std::string host;  // without brackets
  std::string port;  // empty: not said
};

// "name", "name:1", "10.0.0.1:1", "[::1]:1", "::1".
HostAndPort SplitPort(const std::string& text) {
  if (!text.empty() && text.front() == '[') {
    const size_t end = text.find(']');
    if (end == std::string::npos) return {text, ""};
    const bool colon = end + 1 < text.size() && text[end + 1] == ':';
    return {text.substr(1, end - 1), colon ? text.substr(end + 2) : ""};
  }
  const size_t colon = text.find(':');
  if (colon == std::string::npos || text.find(':', colon + 1) != std::string::npos) {
    return {text, ""};
  }
  return {text.substr(0, colon), text.substr(colon + 1)};
}

// One entry of NO_PROXY, in lower case.
bool Means(const std::string& entry, const std::string& host, const std::optional<Address>& address,
           const std::string& port) {
  if (entry == "*") return true;
  if (address && InRange(entry, *address)) return true;
  auto [name, wanted_port] = SplitPort(entry);
  if (name.empty() || (!wanted_port.empty() && wanted_port != port)) return false;
  if (const auto meant = ParseAddress(name)) return address && meant->bytes == address->bytes;
  if (name.starts_with("*.")) name.erase(0, 1);
  if (name.front() == '.') return host.ends_with(name);
  return host == name || host.ends_with("." + name);
}

// "%40" to "@"; what is no escape stays as it is.
std::string Unescape(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    int code = 0;
    const bool escape =
        text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(&text[i + 1], &text[i + 1] + 2, code, 16).ptr == &text[i + 1] + 2;
    out.push_back(escape ? static_cast<char>(code) : text[i]);
    if (escape) i += 2;
  }
  return out;
}

std::string Variable(const char* upper, const char* lower) {
  for (const char* name : {upper, lower}) {
    const char* value = std::getenv(name);
    if (value != nullptr && *value != '\0') return value;
  }
  return "";
}

}  // namespace

absl::StatusOr<Proxy> ParseProxyUrl(std::string_view text, std::string_view field) {
  const auto bad = [field](const std::string& what) {
    return absl::InvalidArgumentError(
        absl::StrCat(ToAbsl(field), ": ", what, "; allowed: http://[USER:PASSWORD@]HOST[:PORT]"));
  };
  if (const size_t scheme = text.find("://"); scheme != std::string_view::npos) {
    const std::string name = absl::AsciiStrToLower(ToAbsl(text.substr(0, scheme)));
    if (name != "http") return bad(absl::StrCat("proxies of ", name, ":// are not supported"));
    text.remove_prefix(scheme + 3);
  }
  Proxy proxy;
  if (const size_t at = text.rfind('@'); at != std::string_view::npos) {
    const std::string_view who = text.substr(0, at);
    const size_t colon = who.find(':');
    // The library sends both or nothing.
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == who.size()) {
      return bad("user and password belong together");
    }
    proxy.user = Unescape(who.substr(0, colon));
    proxy.password = Unescape(who.substr(colon + 1));
    text.remove_prefix(at + 1);
  }
  if (text.ends_with('/')) text.remove_suffix(1);
  const HostAndPort parts = SplitPort(std::string(text));
  const bool plain = std::all_of(parts.host.begin(), parts.host.end(), [](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || std::strchr("-._:", c) != nullptr;
  });
  if (parts.host.empty() || !plain) return bad(absl::StrCat("\"", ToAbsl(text), "\" is no host"));
  const auto port =
      parts.port.empty() ? std::optional(kDefaultPort) : ParseNumber(parts.port, 65535);
  if (!port || *port == 0) return bad(absl::StrCat("port \"", parts.port, "\""));
  proxy.host = parts.host;
  proxy.port = *port;
  return proxy;
}

bool GoesWithoutProxy(std::string_view no_proxy, std::string_view host, int port) {
  const std::string name = absl::AsciiStrToLower(ToAbsl(host));
  const std::optional<Address> address = ParseAddress(name);
  if (name == "localhost" || (address && IsLoopback(*address))) return true;
  const std::vector<std::string> entries = absl::StrSplit(ToAbsl(no_proxy), ',');
  return std::any_of(entries.begin(), entries.end(), [&](const std::string& entry) {
    const std::string word(absl::StripAsciiWhitespace(absl::AsciiStrToLower(entry)));
    return !word.empty() && Means(word, name, address, std::to_string(port));
  });
}

absl::StatusOr<std::optional<Proxy>> ProxyFromEnvironment(const ClusterAccess& access) {
  const std::string text =
      access.tls ? Variable("HTTPS_PROXY", "https_proxy") : Variable("HTTP_PROXY", "http_proxy");
  if (text.empty()) return std::nullopt;
  if (GoesWithoutProxy(Variable("NO_PROXY", "no_proxy"), access.host, access.port)) {
    return std::nullopt;
  }
  auto proxy = ParseProxyUrl(
      text, access.tls ? "environment variable HTTPS_PROXY" : "environment variable HTTP_PROXY");
  if (!proxy.ok()) return proxy.status();
  return *std::move(proxy);
}

}  // namespace tangram::api::kubernetes
