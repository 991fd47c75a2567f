#include "api/standalone/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/manifests/files.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::standalone {
namespace {

constexpr size_t kJournalBytesMax = size_t{1} << 30;
constexpr char kFormat[] = "tangram-journal-1";
// Every header begins so, whatever file it is for.
constexpr char kHeaderBegin[] = "{\"digest\":\"";

absl::Status SystemError(std::string_view doing, const std::string& path) {
  return absl::UnavailableError(
      absl::StrCat("cannot ", model::ToAbsl(doing), " ", path, ": ", std::strerror(errno)));
}

std::string Header(std::string_view digest) {
  return absl::StrCat(nlohmann::json({{"format", kFormat}, {"digest", std::string(digest)}}).dump(),
                      "\n");
}

absl::Status CheckHeader(const std::string& path, std::string_view line, std::string_view digest) {
  const auto header = nlohmann::json::parse(line, nullptr, /*allow_exceptions=*/false);
  const auto text = [&header](const char* key) {
    const auto found = header.find(key);
    return found != header.end() && found->is_string() ? found->get<std::string>() : std::string();
  };
  if (!header.is_object() || text("format") != kFormat) {
    return absl::DataLossError(absl::StrCat(path, ":1: not a journal of this version (", kFormat,
                                            "); move it away to begin anew"));
  }
  if (text("digest") != digest) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " belongs to another content of the cluster file: its pods may not fit "
                     "these nodes. Restore the file, or move the journal away to begin anew"));
  }
  return absl::OkStatus();
}

struct Parsed {
  JournalContent content;
  std::vector<std::string_view> lines;  // parallel to the records, without their ends
  int64_t length = 0;                   // bytes that count; 0 = not even a header
};

// `text` has no line end at all: the beginning of a header that a crash cut short, or something
// else, which is not ours to overwrite.
absl::StatusOr<Parsed> ParseStump(const std::string& path, std::string_view text,
                                  std::string_view digest) {
  if (!Header(digest).starts_with(text)) {
    return absl::DataLossError(absl::StrCat(
        path, ":1: not a journal of this version (", kFormat,
        "): its first line has no end, and does not begin as a header does; move it away to begin "
        "anew"));
  }
  Parsed parsed;
  parsed.content.warning =
      absl::StrCat(path, ":1: the header was cut short; nothing was bound yet");
  return parsed;
}

absl::StatusOr<Parsed> Parse(const std::string& path, std::string_view text,
                             std::string_view digest) {
  Parsed parsed;
  if (text.empty()) return parsed;
  if (text.find('\n') == std::string_view::npos) return ParseStump(path, text, digest);
  size_t at = 0;
  for (int line_number = 1; at < text.size(); ++line_number) {
    const size_t end = text.find('\n', at);
    if (end == std::string_view::npos) {
      parsed.content.warning = absl::StrCat(path, ":", line_number,
                                            ": the last line was cut short and is dropped; the "
                                            "bind it stood for was never answered");
      return parsed;
    }
    const std::string_view line = text.substr(at, end - at);
    if (line_number == 1) {
      if (absl::Status status = CheckHeader(path, line, digest); !status.ok()) return status;
    } else {
      absl::StatusOr<JournalRecord> record = DecodeRecord(line);
      if (!record.ok()) {
        return absl::DataLossError(absl::StrCat(
            path, ":", line_number, ": ", record.status().message(),
            ". It may have been written by a newer version; nothing was changed. Mend the line, or "
            "move the journal away to begin anew"));
      }
      parsed.content.records.push_back(*std::move(record));
      parsed.lines.push_back(line);
    }
    at = end + 1;
    parsed.length = static_cast<int64_t>(at);
  }
  return parsed;
}

// Makes the directory remember which files are in it.
absl::Status SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return SystemError("open", directory);
  // Some file systems know no such thing (EINVAL) and need none.
  const bool done = ::fsync(file) == 0 || errno == EINVAL;
  const absl::Status status = done ? absl::OkStatus() : SystemError("write", directory);
  ::close(file);
  return status;
}

absl::Status InUse(const std::string& path) {
  return absl::FailedPreconditionError(
      absl::StrCat(path, " is in use by another process; one server a cluster file"));
}

// Locks the file for this process. Whoever opened it a moment before it was replaced holds a file
// that nobody finds any more: it is told the same as whoever came too late.
absl::Status Lock(int file, const std::string& path) {
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) return InUse(path);
  struct stat held {};
  struct stat found {};
  if (::fstat(file, &held) != 0) return SystemError("look at", path);
  if (!S_ISREG(held.st_mode)) {
    return absl::DataLossError(absl::StrCat(path, " is no file; move it away to begin anew"));
  }
  const bool same = ::stat(path.c_str(), &found) == 0 && found.st_ino == held.st_ino &&
                    found.st_dev == held.st_dev;
  return same ? absl::OkStatus() : InUse(path);
}

// Where the file system has no locks for files that are read only (NFS), the journal's lock has to
// do.
absl::StatusOr<int> LockClusterFile(const std::string& path) {
  if (path.empty()) return -1;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return SystemError("open", path);
  if (::flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) return file;
  ::close(file);
  return InUse(path);
}

bool WriteAll(int file, std::string_view text, off_t at) {
  while (!text.empty()) {
    const ssize_t wrote = ::pwrite(file, text.data(), text.size(), at);
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) return false;
    text.remove_prefix(static_cast<size_t>(wrote));
    at += wrote;
  }
  return true;
}

// A file that this class may throw away: what a crash left of a replacement, or nothing yet.
bool IsOurs(const std::string& path) {
  if (::access(path.c_str(), F_OK) != 0) return true;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (file < 0) return false;
  char text[sizeof(kHeaderBegin)] = {};
  const ssize_t size = ::read(file, text, sizeof(text) - 1);
  ::close(file);
  return size >= 0 && std::string_view(kHeaderBegin)
                          .starts_with(std::string_view(text, static_cast<size_t>(size)));
}

}  // namespace

absl::StatusOr<JournalContent> Journal::Read(const std::string& path, std::string_view digest) {
  if (::access(path.c_str(), F_OK) != 0) return JournalContent();
  const absl::StatusOr<std::string> text = manifests::ReadFile(path, kJournalBytesMax);
  if (!text.ok()) return text.status();
  absl::StatusOr<Parsed> parsed = Parse(path, *text, digest);
  if (!parsed.ok()) return parsed.status();
  return std::move(parsed->content);
}

absl::StatusOr<std::unique_ptr<Journal>> Journal::Open(const std::string& path,
                                                       const std::string& cluster_file,
                                                       std::string_view digest,
                                                       JournalContent* content) {
  const absl::StatusOr<int> held = LockClusterFile(cluster_file);
  if (!held.ok()) return held.status();
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0644);
  if (file < 0) {
    const absl::Status status = SystemError("open", path);
    if (*held >= 0) ::close(*held);
    return status;
  }
  std::unique_ptr<Journal> journal(new Journal(path, file));
  journal->cluster_file_ = *held;
  if (absl::Status status = Lock(file, path); !status.ok()) return status;
  const absl::StatusOr<std::string> text = manifests::ReadFile(path, kJournalBytesMax);
  if (!text.ok()) return text.status();
  absl::StatusOr<Parsed> parsed = Parse(path, *text, digest);
  if (!parsed.ok()) return parsed.status();
  journal->length_ = parsed->length;
  journal->lines_ = parsed->lines.size();
  if (::ftruncate(file, parsed->length) != 0) return SystemError("cut", path);
  if (parsed->length == 0) {
    if (absl::Status status = journal->Write(Header(digest)); !status.ok()) return status;
    if (absl::Status status = SyncDirectoryOf(path); !status.ok()) return status;
  }
  *content = std::move(parsed->content);
  return journal;
}

Journal::~Journal() {
  ::close(file_);
  if (cluster_file_ >= 0) ::close(cluster_file_);
}

absl::Status Journal::Append(const std::vector<JournalRecord>& records) {
  std::string text;
  for (const JournalRecord& record : records) absl::StrAppend(&text, EncodeRecord(record), "\n");
  absl::Status status = Write(text);
  if (status.ok()) lines_ += records.size();
  return status;
}

absl::Status Journal::Write(std::string_view text) {
  if (broken_) {
    return absl::UnavailableError(
        absl::StrCat(path_, " could not be written before: nothing more is, until a restart"));
  }
  const bool written = WriteAll(file_, text, length_);
  if (written && ::fdatasync(file_) == 0) {
    length_ += static_cast<int64_t>(text.size());
    return absl::OkStatus();
  }
  absl::Status status = SystemError("write", path_);
  const bool cut = ::ftruncate(file_, length_) == 0;
  // Whether a failed sync reached the disk cannot be known, so nothing more is written after one.
  broken_ = written || !cut;
  return status;
}

absl::Status Journal::Compact(const std::set<PodName>& of_cluster_file) {
  if (broken_) return absl::UnavailableError(absl::StrCat(path_, " could not be written before"));
  const absl::StatusOr<std::string> read = manifests::ReadFile(path_, kJournalBytesMax);
  if (!read.ok()) return read.status();
  const std::string_view text = std::string_view(*read).substr(0, static_cast<size_t>(length_));
  const size_t header = text.find('\n') + 1;
  std::map<PodName, size_t> last;  // line of a pod
  std::vector<std::pair<std::string_view, JournalRecord::Kind>> lines;
  for (size_t at = header; at < text.size();) {
    const size_t end = text.find('\n', at);
    const absl::StatusOr<JournalRecord> record = DecodeRecord(text.substr(at, end - at));
    if (!record.ok()) return record.status();
    last[{record->pod.name_space, record->pod.name}] = lines.size();
    lines.emplace_back(text.substr(at, end + 1 - at), record->kind);
    at = end + 1;
  }
  std::vector<size_t> kept;
  for (const auto& [name, line] : last) {
    const bool bound = lines[line].second == JournalRecord::Kind::kBound;
    if (bound || of_cluster_file.contains(name)) kept.push_back(line);
  }
  std::sort(kept.begin(), kept.end());
  std::string shorter(text.substr(0, header));
  for (const size_t line : kept) shorter += lines[line].first;
  if (absl::Status status = Replace(shorter); !status.ok()) return status;
  lines_ = kept.size();
  return absl::OkStatus();
}

absl::Status Journal::Replace(const std::string& text) {
  const std::string next = path_ + ".new";
  if (!IsOurs(next)) {
    return absl::FailedPreconditionError(absl::StrCat(next, " is in the way: it is no journal"));
  }
  const int file = ::open(next.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) return SystemError("open", next);
  const bool ready = ::flock(file, LOCK_EX | LOCK_NB) == 0 && WriteAll(file, text, 0) &&
                     ::fsync(file) == 0 && ::rename(next.c_str(), path_.c_str()) == 0;
  if (!ready) {
    const absl::Status status = SystemError("write", next);
    ::close(file);
    ::unlink(next.c_str());
    return status;
  }
  ::close(std::exchange(file_, file));
  length_ = static_cast<int64_t>(text.size());
  absl::Status status = SyncDirectoryOf(path_);
  // After a power failure the old file might be back, without what would be appended now.
  broken_ = !status.ok();
  return status;
}

}  // namespace tangram::api::standalone
