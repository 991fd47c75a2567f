// Binds on disk: what stands in for the API server's memory when there is none.
//
// FILE.journal is a text of JSON lines. The first names the format and the digest of FILE; each
// other line is one pod bound or deleted, in order. A line counts once it is on disk (fsync before
// the answer), so a restart continues where the last one was. A last line cut short by a crash was
// never answered and is dropped.
//
// Thread contract: none; the owner serialises. One process at a time (flock).
#ifndef API_STANDALONE_JOURNAL_H_
#define API_STANDALONE_JOURNAL_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "model/allocation.h"
#include "model/pod.h"

namespace tangram::api::standalone {

struct JournalRecord {
  enum class Kind : uint8_t { kBound, kDeleted };
  Kind kind = Kind::kBound;
  model::PodId pod;
  // kBound only.
  std::string node;
  int64_t unix_seconds = 0;
  model::Allocation allocation;
  model::ResourceCounts counts;  // what the kubelet counts, kGpuResource among it
};

// What a journal said when it was read.
struct JournalContent {
  std::vector<JournalRecord> records;
  // Set when a last line cut short was dropped.
  std::string warning;
};

class Journal {
 public:
  // Opens or creates the journal at `path`, reads it into `content` and cuts a torn last line off.
  // FailedPrecondition: it belongs to another content of FILE, or another process has it open.
  // DataLoss: a line before the last is broken (with its number). Unavailable: the system refuses.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path,
                                                       std::string_view digest,
                                                       JournalContent* content);
  // Reads without opening for writing; a missing file is an empty journal.
  static absl::StatusOr<JournalContent> Read(const std::string& path, std::string_view digest);

  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  // Appends the records and has them on disk before it returns. On an error none of them counts:
  // what was written is cut off again; if even that fails, every later call fails too.
  absl::Status Append(const std::vector<JournalRecord>& records);

 private:
  Journal(std::string path, int file, int64_t length)
      : path_(std::move(path)), file_(file), length_(length) {}
  absl::Status Write(std::string_view text);

  const std::string path_;
  const int file_;
  int64_t length_;  // bytes that count
  bool broken_ = false;
};

// One record as a line, and back.
std::string EncodeRecord(const JournalRecord& record);
absl::StatusOr<JournalRecord> DecodeRecord(std::string_view text);

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_JOURNAL_H_
