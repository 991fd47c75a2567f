// The YAML file of `--config`: option names as keys, their texts as values.
//
//   # tangram.yaml
//   listen: 127.0.0.1:9440
//   node-policy: spread
//   bind-wait: 25s
#ifndef API_CLI_CONFIG_FILE_H_
#define API_CLI_CONFIG_FILE_H_

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace tangram::api::cli {

struct ConfigEntry {
  std::string key;
  std::string value;  // as written: `no` stays "no" and 010 stays "010"
  int line = 0;       // from 1
};

// Reads the text of a file. `known` are the keys allowed. InvalidArgument with `path` and line when
// it is no mapping of texts, when a key is unknown (naming the nearest), repeated, or without
// value. An empty file has no entries.
absl::StatusOr<std::vector<ConfigEntry>> ParseConfig(const std::string& text, std::string_view path,
                                                     std::span<const std::string_view> known);

// The same for a file on disk, at most 1 MiB; NotFound when it cannot be read.
absl::StatusOr<std::vector<ConfigEntry>> ReadConfigFile(const std::string& path,
                                                        std::span<const std::string_view> known);

}  // namespace tangram::api::cli

#endif  // API_CLI_CONFIG_FILE_H_
