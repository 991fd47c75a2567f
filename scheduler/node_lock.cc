#include "scheduler/node_lock.h"

#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "model/string_map.h"

namespace tangram::scheduler {

namespace {

std::optional<int64_t> ParseTime(absl::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return std::nullopt;
  return absl::ToUnixSeconds(time);
}

}  // namespace

NodeLock ParseNodeLock(std::string_view text) {
  NodeLock lock;
  const std::vector<absl::string_view> fields = absl::StrSplit(model::ToAbsl(text), ',');
  lock.taken_unix_seconds = ParseTime(fields[0]);
  if (fields.size() == 3 && !fields[1].empty() && !fields[2].empty()) {
    lock.owner_namespace = std::string(fields[1]);
    lock.owner_name = std::string(fields[2]);
  }
  return lock;
}

std::string FormatNodeLock(int64_t unix_seconds, std::string_view name_space,
                           std::string_view name) {
  return absl::StrCat(absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", absl::FromUnixSeconds(unix_seconds),
                                       absl::UTCTimeZone()),
                      ",", model::ToAbsl(name_space), ",", model::ToAbsl(name));
}

}  // namespace tangram::scheduler
