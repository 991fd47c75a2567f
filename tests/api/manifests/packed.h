// Texts packed as gzip packs them.
#ifndef TESTS_API_MANIFESTS_PACKED_H_
#define TESTS_API_MANIFESTS_PACKED_H_

#include <gtest/gtest.h>
#include <zlib.h>

#include <string>

namespace tangram::api::manifests {

inline std::string Packed(const std::string& text) {
  z_stream z{};
  EXPECT_EQ(deflateInit2(&z, 6, Z_DEFLATED, MAX_WBITS + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&z, text.size()) + 64, '\0');
  z.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  z.avail_in = static_cast<uInt>(text.size());
  z.next_out = reinterpret_cast<Bytef*>(out.data());
  z.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&z, Z_FINISH), Z_STREAM_END);
  out.resize(z.total_out);
  deflateEnd(&z);
  return out;
}

}  // namespace tangram::api::manifests

#endif  // TESTS_API_MANIFESTS_PACKED_H_
