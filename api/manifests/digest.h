// Digests of files and results.
#ifndef API_MANIFESTS_DIGEST_H_
#define API_MANIFESTS_DIGEST_H_

#include <string>
#include <string_view>

namespace tangram::api::manifests {

// SHA-256 as 64 lower-case hexadecimal digits.
std::string Sha256Hex(std::string_view bytes);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_DIGEST_H_
