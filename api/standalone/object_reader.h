// The Kubernetes objects of a cluster file, in whichever of the usual wrappings they come.
//
// Objects stand alone, in an array (`jq .items`), one a line (`jq -c .items[]`), or in lists: List,
// whose items bear their kinds and may be lists, and NodeList, PodList and the like, whose items
// are of the list's kind. There may be several documents (api/manifests/documents.h).
//
// A file that ends early is refused. JSON and flow style close what they open. A YAML list that
// kubectl prints has its kind behind its items, so a list in block style without a kind is a list
// that was cut. Where kind comes first, or an object stands alone in block style, nothing closes
// it: then the last object must have what no object of its kind is without (a pod its containers, a
// node its status), and one that an API server printed must end with a line end. A cut between two
// items of a list whose kind comes first cannot be seen.
#ifndef API_STANDALONE_OBJECT_READER_H_
#define API_STANDALONE_OBJECT_READER_H_

#include <functional>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "api/manifests/documents.h"
#include "simdjson.h"

namespace tangram::api::standalone {

class ObjectReader {
 public:
  // Takes an object as JSON that is well-formed. Both texts live while it is visited. Of lists of
  // other kinds than nodes, pods and device classes the list itself is visited.
  using Visit = std::function<absl::Status(std::string_view kind, std::string_view json)>;

  // `path` is for messages and must outlive it.
  ObjectReader(std::string_view path, Visit visit) : path_(path), visit_(std::move(visit)) {}

  // Visits every object of the document in order. Errors name file, line and place in the list:
  // "dump.yaml:17: items[3]: ...". InvalidArgument for what is no object or list, for kinds that
  // stand for no cluster (Table, Status), for a document that ends early, and what `visit` says.
  absl::Status Read(const manifests::Document& document);

 private:
  // A part of the document, and where it stands.
  struct Value {
    std::string_view json;
    const char* limit = nullptr;  // up to where the memory behind it may be read
    const Value* parent = nullptr;
    size_t index = 0;  // among the items of the parent
    size_t depth = 0;  // of lists around it
  };
  // What tells of the last object that was visited whether its text was cut.
  struct Last {
    std::string name;  // "Pod team/a"; empty: nothing was visited
    std::string lacks;
    bool printed = false;  // by an API server
  };

  absl::Status ReadValue(const Value& value);
  absl::Status ReadItems(const Value& value, simdjson::ondemand::array items,
                         std::string_view item_kind);
  absl::Status ReadItem(const Value& item, std::string_view kind_of_list);
  absl::Status CheckWhole() const;
  // What is wrong there: path, line, place and what.
  absl::Status Wrong(const Value& value, std::string_view what) const;
  absl::Status NoJson(const Value& value, simdjson::error_code error) const;
  // From 1; 0 where nobody knows.
  size_t LineOf(const Value& value) const;

  const std::string_view path_;
  const Visit visit_;
  size_t documents_ = 0;
  const manifests::Document* document_ = nullptr;  // that is read
  simdjson::dom::parser item_parser_;
  Last last_;
};

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_OBJECT_READER_H_
