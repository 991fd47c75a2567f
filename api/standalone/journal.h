// Binds on disk: what stands in for the API server's memory when there is none.
//
// FILE.journal is a text of JSON lines. The first names the format and the digest of FILE; each
// other line is one pod bound or deleted, in order. A line counts once it is on disk (fsync before
// the answer), so a restart continues where the last one was. A last line without its end was cut
// short by a crash, was never answered and is dropped. Whatever else cannot be read is refused by
// its number, and the file is left as it is: it may have been written by a newer version, or be no
// journal at all.
//
// Of a pod only the last line counts. When those that do not count are many, the journal is written
// anew without them: into FILE.journal.new, which takes its place in one step once it is on disk.
// So after a crash either the old file is there or the new one, and both say the same.
//
// Thread contract: none; the owner serialises. One process at a time: the journal is locked, and so
// is FILE itself, which a second server may know by another name (flock on both).
#ifndef API_STANDALONE_JOURNAL_H_
#define API_STANDALONE_JOURNAL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
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
  model::HostResources host;     // CPU and memory; zero in journals of earlier versions
};

// What a journal said when it was read.
struct JournalContent {
  std::vector<JournalRecord> records;
  // Set when a last line cut short was dropped.
  std::string warning;
};

class Journal {
 public:
  using PodName = std::pair<std::string, std::string>;  // namespace, name

  // Opens or creates the journal at `path`, reads it into `content` and cuts a torn last line off.
  // `cluster_file` is FILE, to be locked as well; empty: there is none.
  // FailedPrecondition: it belongs to another content of FILE, or another process has it or FILE
  // open. DataLoss: a line is broken (with its number), or the file is no journal. Unavailable: the
  // system refuses.
  static absl::StatusOr<std::unique_ptr<Journal>> Open(const std::string& path,
                                                       const std::string& cluster_file,
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

  // Lines beside the header.
  std::size_t lines() const { return lines_; }
  // Writes the journal anew with the last line of each pod only. A deletion is kept of the pods in
  // `of_cluster_file` alone: nothing else would bring a deleted pod back. The text of the lines is
  // kept as it is. On an error the journal is as it was, and can be appended to.
  absl::Status Compact(const std::set<PodName>& of_cluster_file);

 private:
  Journal(std::string path, int file) : path_(std::move(path)), file_(file) {}
  absl::Status Write(std::string_view text);
  absl::Status Replace(const std::string& text);

  const std::string path_;
  int file_;
  int cluster_file_ = -1;  // held for its lock
  int64_t length_ = 0;     // bytes that count
  std::size_t lines_ = 0;
  bool broken_ = false;
};

// One record as a line, and back.
std::string EncodeRecord(const JournalRecord& record);
absl::StatusOr<JournalRecord> DecodeRecord(std::string_view text);

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_JOURNAL_H_
