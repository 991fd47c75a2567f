// Reads a recording, entry by entry.
//
// A torn end is no error: the server was killed, or is still writing. What was read until then
// counts, and a warning says it. Anything else that is wrong is an error with file, line and field.
//
// Thread contract: none.
#ifndef API_RECORDING_READER_H_
#define API_RECORDING_READER_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "api/recording/line.h"
#include "scheduler/recording/entry.h"

namespace tangram::api::recording {

// A file by lines, unpacked where it is packed.
class LineSource;

class Reader {
 public:
  // Whether the file begins as a recording does; false when it cannot be read.
  static bool Recognizes(const std::string& path);

  // Reads the header. NotFound when the file cannot be read, InvalidArgument when it is no
  // recording, or one of another version.
  static absl::StatusOr<std::unique_ptr<Reader>> Open(const std::string& path);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  const Header& header() const { return header_; }

  // The next entry; false at the end of the recording.
  absl::StatusOr<bool> Next(scheduler::recording::Record* record);

  // Where the last entry was, from 1.
  uint64_t line() const { return line_; }
  // "FILE:LINE: why".
  absl::Status AtLine(const absl::Status& why) const;
  // At the end: why there is no more; empty when the server stopped in good order.
  const std::string& warning() const { return warning_; }

 private:
  using Names = std::shared_ptr<const std::vector<std::string>>;

  explicit Reader(std::string path);
  // False and no error at the end of the file.
  absl::StatusOr<bool> NextLine(std::string* text);
  // Takes in a line; true when it is an entry.
  absl::StatusOr<bool> Take(Line&& line, scheduler::recording::Record* record);
  absl::StatusOr<bool> TakeNames(NamesLine&& line);
  absl::StatusOr<bool> TakeList(const ListLine& line);
  absl::StatusOr<bool> TakeFilter(const FilterLine& line, scheduler::recording::Record* record);
  absl::StatusOr<bool> TakePrioritize(const PrioritizeLine& line,
                                      scheduler::recording::Record* record);
  absl::StatusOr<scheduler::recording::OfferedNodes> ListOf(uint64_t list) const;

  const std::string path_;
  std::unique_ptr<LineSource> source_;
  Header header_;
  uint64_t line_ = 0;
  bool ended_ = false;
  std::string warning_;
  std::vector<std::string> names_;  // by number
  std::array<Names, kLists> lists_;
};

}  // namespace tangram::api::recording

#endif  // API_RECORDING_READER_H_
