// The writing half of codec.h: pieces by the thousand, one answer.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "api/extender/codec.h"
#include "scheduler/reason_texts.h"

namespace tangram::api::extender {
namespace {

using scheduler::FilterOutcome;

// Whether JSON wants one of these eight bytes escaped: a control character, '"' or '\'.
bool NeedsEscape(uint64_t bytes) {
  constexpr uint64_t kOnes = 0x0101010101010101;
  constexpr uint64_t kHighs = 0x8080808080808080;
  const auto has_zero = [](uint64_t v) { return (v - kOnes) & ~v & kHighs; };
  const uint64_t control = (bytes - kOnes * 0x20) & ~bytes & kHighs;
  return (control | has_zero(bytes ^ (kOnes * '"')) | has_zero(bytes ^ (kOnes * '\\'))) != 0;
}

bool NeedsEscape(std::string_view text) {
  while (text.size() >= sizeof(uint64_t)) {
    uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof(bytes));
    if (NeedsEscape(bytes)) return true;
    text.remove_prefix(sizeof(bytes));
  }
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\') return true;
  }
  return false;
}

void AppendEscaped(std::string_view text, std::string& out) {
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned char>(c));
    } else {
      out += c;
    }
  }
}

std::string Escape(std::string_view text) {
  std::string out;
  AppendEscaped(text, out);
  return out;
}

// Appends short pieces by the thousand: they are gathered in a block that stays in the first-level
// cache, and the answer grows by whole blocks.
class Writer {
 public:
  explicit Writer(size_t expected) { out_.reserve(expected); }

  void Add(std::string_view piece) {
    if (piece.size() > kBlock - used_) {
      Flush();
      if (piece.size() > kBlock) {
        out_.append(piece);
        return;
      }
    }
    std::memcpy(block_ + used_, piece.data(), piece.size());
    used_ += piece.size();
  }
  void AddEscaped(std::string_view text) {
    constexpr size_t kWord = sizeof(uint64_t);
    if (text.size() < kWord || text.size() > kBlock - used_) {
      Add(NeedsEscape(text) ? Escape(text) : std::string(text));
      return;
    }
    // Names are copied and looked through in the same step, by words; the last word overlaps.
    char* const to = block_ + used_;
    bool escape = false;
    for (size_t at = 0;; at += kWord) {
      at = std::min(at, text.size() - kWord);
      uint64_t word = 0;
      std::memcpy(&word, text.data() + at, kWord);
      std::memcpy(to + at, &word, kWord);
      escape |= NeedsEscape(word);
      if (at == text.size() - kWord) break;
    }
    if (escape) {
      Add(Escape(text));
    } else {
      used_ += text.size();
    }
  }
  std::string Take() {
    Flush();
    return std::move(out_);
  }

 private:
  static constexpr size_t kBlock = 4096;

  void Flush() {
    out_.append(block_, used_);
    used_ = 0;
  }

  std::string out_;
  size_t used_ = 0;
  char block_[kBlock];
};

// The refusals of one kind as an object from name to text. `ends[i]` is texts[i] with what stands
// around it: `":"<text>"`.
void AddRefusals(std::span<const std::string_view> names, const FilterOutcome& outcome,
                 const scheduler::ReasonTexts& reasons, const std::vector<std::string>& ends,
                 bool resolvable, Writer& out) {
  std::string_view begin = "{\"";
  for (size_t i = 0; i < outcome.refused.size(); ++i) {
    const FilterOutcome::Refusal& refusal = outcome.refused[i];
    if (refusal.resolvable != resolvable) continue;
    out.Add(begin);
    begin = ",\"";
    out.AddEscaped(names[refusal.position]);
    out.Add(ends[reasons.text_of[i]]);
  }
  out.Add(begin == ",\"" ? "}" : "{}");
}

}  // namespace

std::string EncodeFilterResult(std::span<const std::string_view> names,
                               const scheduler::FilterReply& reply) {
  constexpr size_t kFrame = 256;
  const FilterOutcome& outcome = reply.outcome;
  const scheduler::ReasonTexts reasons = scheduler::MakeReasonTexts(outcome.refused, reply.request);
  std::vector<std::string> ends;
  for (const std::string& text : reasons.texts) {
    ends.push_back(absl::StrCat("\":\"", Escape(text), "\""));
  }
  size_t expected = kFrame;
  for (const uint32_t position : outcome.fitting) expected += names[position].size() + 3;
  for (size_t i = 0; i < outcome.refused.size(); ++i) {
    expected += names[outcome.refused[i].position].size() + ends[reasons.text_of[i]].size() + 1;
  }

  Writer out(expected);
  out.Add(R"({"Nodes":null,"NodeNames":[)");
  std::string_view begin = "\"";
  for (const uint32_t position : outcome.fitting) {
    out.Add(begin);
    begin = ",\"";
    out.AddEscaped(names[position]);
    out.Add("\"");
  }
  out.Add(R"(],"FailedNodes":)");
  AddRefusals(names, outcome, reasons, ends, true, out);
  out.Add(R"(,"FailedAndUnresolvableNodes":)");
  AddRefusals(names, outcome, reasons, ends, false, out);
  out.Add(R"(,"Error":""})");
  return out.Take();
}

std::string EncodeFilterError(std::string_view error) {
  std::string out =
      R"({"Nodes":null,"NodeNames":null,"FailedNodes":null,"FailedAndUnresolvableNodes":null,"Error":")";
  AppendEscaped(error, out);
  out += "\"}";
  return out;
}

std::string EncodeHostPriorityList(std::span<const std::string_view> names,
                                   std::span<const int32_t> scores) {
  constexpr std::string_view kHost = R"(,{"Host":")";
  constexpr std::string_view kScore = R"(","Score":)";
  constexpr size_t kScoreDigits = 11;
  size_t expected = 2;
  for (const std::string_view name : names) {
    expected += kHost.size() + name.size() + kScore.size() + kScoreDigits + 1;
  }
  Writer out(expected);
  out.Add("[");
  for (size_t i = 0; i < names.size() && i < scores.size(); ++i) {
    out.Add(i == 0 ? kHost.substr(1) : kHost);
    out.AddEscaped(names[i]);
    out.Add(kScore);
    char digits[kScoreDigits];
    const char* const end = std::to_chars(digits, digits + kScoreDigits, scores[i]).ptr;
    out.Add({digits, static_cast<size_t>(end - digits)});
    out.Add("}");
  }
  out.Add("]");
  return out.Take();
}

std::string EncodeBindingResult(std::string_view error) {
  std::string out = R"({"Error":")";
  AppendEscaped(error, out);
  out += "\"}";
  return out;
}

}  // namespace tangram::api::extender
