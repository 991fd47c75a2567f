// The lines of a recording.
//
// A recording is a text of JSON lines, packed by gzip or not. The first line is its header. Each
// other line is an object with the word "e" for its kind and "at_ms", the milliseconds since the
// recording began:
//
//   node, node-gone, book, close, release   an event of the books, with "books", their version then
//   hold, unhold                            a place held for a pod, and its end
//   seen, gone                              a pod was heard of, is gone
//   learn, policy                           a policy takes its lesson; the version that came of it
//   mig-learn, mig-policy                   the same of the policy that makes MIG instances
//   look, filter, prioritize, dropped       a verb begins; its answer
//   cards                                   a bind chose cards
//   names, list, end                        see below
//
// The nodes offered to verbs are thousands of names, mostly the same: each name gets a number when
// it comes first (`names`), a list of numbers is written once and kept under one of kLists numbers
// (`list`), and a verb names the list. Lists are texts of runs: "0-63,70" is 0 to 63, then 70.
// Scores are one character each, 0 to 9 and a for 10. The last line is `end`; with "why" when the
// recording ended before the server did.
#ifndef API_RECORDING_LINE_H_
#define API_RECORDING_LINE_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "scheduler/recording/entry.h"

namespace tangram::api::recording {

inline constexpr char kSchema[] = "tangram.dev/recording/v1";
inline constexpr size_t kLists = 16;

struct Header {
  std::string tangram;  // version
  int64_t began_unix = 0;
  // Of `tangram serve`, by option name: all that decisions depend on.
  std::map<std::string, std::string> settings;
};

struct NamesLine {
  uint64_t from = 0;  // the number of the first
  std::vector<std::string> names;
};

struct ListLine {
  uint64_t list = 0;  // below kLists
  std::string nodes;  // runs of numbers of names
};

struct FilterLine {
  uint64_t call = 0;
  uint64_t list = 0;
  std::string fits;  // runs of positions in the list
  uint64_t fits_in_all = 0;
  uint64_t refused = 0;
  std::string reasons_digest;  // hexadecimal
  std::vector<uint16_t> best_cards;
  bool held_up = false;
};

struct PrioritizeLine {
  uint64_t call = 0;
  uint64_t list = 0;
  std::string scores;
};

struct EndLine {
  std::string why;  // empty: the server stopped
};

// Any line but the header.
struct Line {
  int64_t at_ms = 0;
  std::variant<scheduler::recording::EventApplied, scheduler::recording::HoldBegun,
               scheduler::recording::HoldEnded, scheduler::recording::PodSeen,
               scheduler::recording::PodGone, scheduler::recording::LearningBegun,
               scheduler::recording::PolicyChanged, scheduler::recording::MigLearningBegun,
               scheduler::recording::MigPolicyChanged, scheduler::recording::VerbBegun,
               scheduler::recording::VerbDropped, scheduler::recording::CardsChosen, FilterLine,
               PrioritizeLine, NamesLine, ListLine, EndLine>
      content;
};

// Without the line end.
std::string Encode(const Header& header);
std::string Encode(const Line& line);
// InvalidArgument names the field, its value and what is allowed.
absl::StatusOr<Header> DecodeHeader(std::string_view text);
absl::StatusOr<Line> DecodeLine(std::string_view text);

// "0-63,70".
std::string Runs(const std::vector<uint32_t>& numbers);
// InvalidArgument for what is no such text, for a number not below `end`, and for more than `end`
// numbers.
absl::StatusOr<std::vector<uint32_t>> ParseRuns(std::string_view text, size_t end);

}  // namespace tangram::api::recording

#endif  // API_RECORDING_LINE_H_
