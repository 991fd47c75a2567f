#include "api/manifests/utf8.h"

#include <cstdint>
#include <utility>

#include "simdjson.h"

namespace tangram::api::manifests {
namespace {

constexpr std::string_view kMark = "\xef\xbb\xbf";
constexpr std::string_view kReplacement = "\xef\xbf\xbd";
constexpr std::string_view kLittleEndian = "\xff\xfe";
constexpr std::string_view kBigEndian = "\xfe\xff";

void AppendUtf8(uint32_t point, std::string& out) {
  const auto add = [&out](uint32_t byte) { out.push_back(static_cast<char>(byte)); };
  if (point < 0x80) return add(point);
  if (point < 0x800) {
    add(0xC0 | (point >> 6));
  } else if (point < 0x10000) {
    add(0xE0 | (point >> 12));
    add(0x80 | ((point >> 6) & 0x3F));
  } else {
    add(0xF0 | (point >> 18));
    add(0x80 | ((point >> 12) & 0x3F));
    add(0x80 | ((point >> 6) & 0x3F));
  }
  add(0x80 | (point & 0x3F));
}

// Collects text and remembers the line of the first piece that was no character.
class Repaired {
 public:
  explicit Repaired(size_t size) { text_.reserve(size); }

  void Add(uint32_t point) {
    if (point == '\n') ++line_;
    AppendUtf8(point, text_);
  }
  void AddBytes(std::string_view bytes) {
    for (const char byte : bytes) line_ += byte == '\n' ? 1 : 0;
    text_ += bytes;
  }
  void AddBroken() {
    if (first_broken_ == 0) first_broken_ = line_;
    text_ += kReplacement;
  }
  size_t first_broken() const { return first_broken_; }
  std::string Take() { return std::move(text_); }

 private:
  std::string text_;
  size_t line_ = 1;
  size_t first_broken_ = 0;
};

// How many bytes the character at the front of `text` has; 0 where there is none (RFC 3629).
size_t CharacterLength(std::string_view text) {
  const auto at = [text](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto continues = [&at](size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return continues(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const unsigned low = first == 0xE0 ? 0xA0 : 0x80;
    const unsigned high = first == 0xED ? 0x9F : 0xBF;
    return at(1) >= low && at(1) <= high && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const unsigned low = first == 0xF0 ? 0x90 : 0x80;
    const unsigned high = first == 0xF4 ? 0x8F : 0xBF;
    return at(1) >= low && at(1) <= high && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

void RepairUtf8(std::string_view text, Repaired& out) {
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    if (length == 0) {
      out.AddBroken();
    } else {
      out.AddBytes(text.substr(0, length));
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
}

void ConvertUtf16(std::string_view text, bool big_endian, Repaired& out) {
  const auto unit = [&](size_t i) {
    const uint32_t first = static_cast<unsigned char>(text[i]);
    const uint32_t second = static_cast<unsigned char>(text[i + 1]);
    return big_endian ? first << 8 | second : second << 8 | first;
  };
  size_t i = 0;
  for (; i + 1 < text.size(); i += 2) {
    const uint32_t high = unit(i);
    const bool is_pair = high >= 0xD800 && high < 0xDC00 && i + 3 < text.size() &&
                         unit(i + 2) >= 0xDC00 && unit(i + 2) < 0xE000;
    if (is_pair) {
      out.Add(0x10000 + ((high - 0xD800) << 10) + (unit(i + 2) - 0xDC00));
      i += 2;
    } else if (high >= 0xD800 && high < 0xE000) {
      out.AddBroken();
    } else {
      out.Add(high);
    }
  }
  if (i < text.size()) out.AddBroken();
}

}  // namespace

bool IsPlainUtf8(std::string_view text) {
  return !text.starts_with(kMark) && simdjson::validate_utf8(text.data(), text.size());
}

size_t MakeUtf8(std::string& text) {
  if (IsPlainUtf8(text)) return 0;
  Repaired out(text.size());
  const std::string_view all = text;
  if (all.starts_with(kLittleEndian) || all.starts_with(kBigEndian)) {
    ConvertUtf16(all.substr(2), all.starts_with(kBigEndian), out);
  } else {
    RepairUtf8(all.starts_with(kMark) ? all.substr(kMark.size()) : all, out);
  }
  text = out.Take();
  return out.first_broken();
}

}  // namespace tangram::api::manifests
