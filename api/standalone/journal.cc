#include "api/standalone/journal.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "api/manifests/files.h"
#include "model/string_map.h"
#include "nlohmann/json.hpp"

namespace tangram::api::standalone {
namespace {

constexpr size_t kJournalBytesMax = size_t{1} << 30;
constexpr char kFormat[] = "tangram-journal-1";

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
  int64_t length = 0;  // bytes that count; 0 = not even a header
};

absl::StatusOr<Parsed> Parse(const std::string& path, const std::string& text,
                             std::string_view digest) {
  Parsed parsed;
  size_t at = 0;
  for (int line_number = 1; at < text.size(); ++line_number) {
    const size_t end = text.find('\n', at);
    const bool last = end == std::string::npos || end + 1 == text.size();
    const std::string_view line =
        std::string_view(text).substr(at, end == std::string::npos ? end : end - at);
    const auto dropped = [&] {
      parsed.content.warning = absl::StrCat(path, ":", line_number,
                                            ": the last line was cut short and is dropped; the "
                                            "bind it stood for was never answered");
      return parsed;
    };
    if (end == std::string::npos) return dropped();
    if (line_number == 1) {
      if (absl::Status status = CheckHeader(path, line, digest); !status.ok()) return status;
    } else {
      absl::StatusOr<JournalRecord> record = DecodeRecord(line);
      if (!record.ok() && last) return dropped();
      if (!record.ok()) {
        return absl::DataLossError(
            absl::StrCat(path, ":", line_number, ": ", record.status().message()));
      }
      parsed.content.records.push_back(*std::move(record));
    }
    at = end + 1;
    parsed.length = static_cast<int64_t>(at);
  }
  return parsed;
}

// Makes the directory remember a file that was just created in it.
void SyncDirectoryOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  const std::string directory = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  const int file = ::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (file < 0) return;
  ::fsync(file);
  ::close(file);
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
                                                       std::string_view digest,
                                                       JournalContent* content) {
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return SystemError("open", path);
  std::unique_ptr<Journal> journal(new Journal(path, file, 0));
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(path, " is in use by another process; one server a cluster file"));
  }
  const absl::StatusOr<std::string> text = manifests::ReadFile(path, kJournalBytesMax);
  if (!text.ok()) return text.status();
  absl::StatusOr<Parsed> parsed = Parse(path, *text, digest);
  if (!parsed.ok()) return parsed.status();
  journal->length_ = parsed->length;
  if (::ftruncate(file, parsed->length) != 0) return SystemError("cut", path);
  if (parsed->length == 0) {
    if (absl::Status status = journal->Write(Header(digest)); !status.ok()) return status;
    SyncDirectoryOf(path);
  }
  *content = std::move(parsed->content);
  return journal;
}

Journal::~Journal() { ::close(file_); }

absl::Status Journal::Append(const std::vector<JournalRecord>& records) {
  std::string text;
  for (const JournalRecord& record : records) absl::StrAppend(&text, EncodeRecord(record), "\n");
  return Write(text);
}

absl::Status Journal::Write(std::string_view text) {
  if (broken_) return absl::UnavailableError(absl::StrCat(path_, " could not be written before"));
  size_t done = 0;
  while (done < text.size()) {
    const ssize_t wrote =
        ::pwrite(file_, text.data() + done, text.size() - done, length_ + static_cast<off_t>(done));
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) break;
    done += static_cast<size_t>(wrote);
  }
  if (done == text.size() && ::fdatasync(file_) == 0) {
    length_ += static_cast<int64_t>(text.size());
    return absl::OkStatus();
  }
  absl::Status status = SystemError("write", path_);
  const bool cut = ::ftruncate(file_, length_) == 0;
  // Whether a failed sync reached the disk cannot be known, so nothing more is written after one.
  broken_ = done == text.size() || !cut;
  return status;
}

}  // namespace tangram::api::standalone
