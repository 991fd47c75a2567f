// The documents of a file one after the other, each as one JSON value.
//
// A file is what tools of Kubernetes write and people put together: YAML documents parted by lines
// "---" or "...", JSON values that follow one another with or without such lines, and both in turn.
// Logs of containers between JSON values, as `kubectl cluster-info dump` writes them, are passed
// over. Everything else that is no document is an error with its line: nothing is dropped without a
// word, and a file that ends in the middle is never read as if it were whole.
//
// Pure functions, callable from any thread, for any bytes.
#ifndef API_MANIFESTS_DOCUMENTS_H_
#define API_MANIFESTS_DOCUMENTS_H_

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace tangram::api::manifests {

struct Document {
  std::string_view json;  // lives while the document is visited
  size_t room = 0;        // bytes that may be read behind it
  size_t line = 0;        // at which it begins, from 1
  bool from_yaml = false;
  // Of YAML: the lines at which the members of `items` begin.
  std::vector<size_t> item_lines;
  // Whether its own form says that it is whole. JSON and flow style do, by their brackets, and so
  // does a YAML list of kubectl, whose `kind` follows its `items`. Other YAML in block style may be
  // cut at any line end and is still YAML.
  bool closed = false;
  bool item_closed = false;  // the same of the last member of `items`
  // Of YAML: nothing follows it, and the text does not end with a line end, as what a program
  // prints does.
  bool last = false;
  bool torn = false;
};

struct DocumentOptions {
  // Is told how many more bytes of the text are read, now and then; may be empty.
  std::function<void(size_t)> on_way = {};
  // What was passed over or repaired; may be null.
  std::vector<std::string>* warnings = nullptr;
};

// Calls `visit` with every document of `text` that is not empty, and stops at its first error.
// Bytes that are no UTF-8 are read as U+FFFD, with a warning that names the line of the first.
// InvalidArgument with path and line for what is neither JSON nor YAML.
absl::Status ForEachDocument(const std::string& text, std::string_view path,
                             const DocumentOptions& options,
                             const std::function<absl::Status(const Document&)>& visit);

// "PATH:LINE: what", for what is wrong with JSON that begins in line `line` of the file.
absl::Status JsonError(std::string_view path, std::string_view json, size_t line,
                       std::string_view otherwise);

}  // namespace tangram::api::manifests

#endif  // API_MANIFESTS_DOCUMENTS_H_
