// See json_text.h.
#include "api/telemetry/json_text.h"

#include <cstddef>
#include <cstdint>

namespace tangram::api::telemetry {
namespace {

constexpr std::string_view kHex = "0123456789abcdef";

void AppendEscape(uint32_t code, std::string& out) {
  out += "\\u00";
  out += kHex[(code >> 4) & 0xf];
  out += kHex[code & 0xf];
}

struct Sequence {
  size_t length = 0;  // 0: the bytes are no UTF-8
  uint32_t code = 0;
};

// Decodes the character that begins at text[at], a byte of 0x80 or more.
Sequence Decode(std::string_view text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const uint32_t lead = byte(at);
  size_t length = 0;
  uint32_t code = 0;
  uint32_t smallest = 0;
  if ((lead & 0xe0) == 0xc0) {
    length = 2, code = lead & 0x1f, smallest = 0x80;
  } else if ((lead & 0xf0) == 0xe0) {
    length = 3, code = lead & 0x0f, smallest = 0x800;
  } else if ((lead & 0xf8) == 0xf0) {
    length = 4, code = lead & 0x07, smallest = 0x10000;
  }
  if (length == 0 || at + length > text.size()) return {};
  for (size_t i = at + 1; i < at + length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3fu);
  }
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  if (code < smallest || code > 0x10ffff || surrogate) return {};
  return {length, code};
}

}  // namespace

void AppendJsonString(std::string_view text, std::string& out) {
  out += '"';
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == '"' || byte == '\\') {
      out += '\\';
      out += text[i++];
    } else if (byte == '\n' || byte == '\t') {
      out += byte == '\n' ? "\\n" : "\\t";
      ++i;
    } else if (byte < 0x20 || byte == 0x7f) {
      AppendEscape(byte, out);
      ++i;
    } else if (byte < 0x80) {
      out += text[i++];
    } else if (const Sequence next = Decode(text, i); next.length == 0) {
      out += "\xef\xbf\xbd";
      ++i;
    } else {
      if (next.code < 0xa0) {
        AppendEscape(next.code, out);
      } else {
        out += text.substr(i, next.length);
      }
      i += next.length;
    }
  }
  out += '"';
}

}  // namespace tangram::api::telemetry
