// Who is who in a cluster from a file.
//
// A pod is its namespace and name; its uid tells it from a namesake before it. An API server gives
// every pod a uid of its own, but a file may lack them (kubectl neat drops them) or bear one twice
// (a manifest copied by hand). Every pod of a file counts, once.
//
// Pure functions, callable from any thread.
#ifndef API_STANDALONE_IDENTITIES_H_
#define API_STANDALONE_IDENTITIES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "model/pod.h"

namespace tangram::api::standalone {

// Whether an API server would take it as the name of a node: a DNS subdomain by RFC 1123, as
// Kubernetes has it (lower-case letters, digits, '-' and '.', up to 253 characters).
bool IsNodeName(std::string_view name);

// The uid of a pod that has none: a UUID made of its namespace and name, always the same.
std::string InventedUid(std::string_view name_space, std::string_view name);

// Leaves every pod once, ended ones not at all, each with a uid that no other has; the order stays.
//   no uid               gets an invented one
//   a uid twice          of pods of different names: both stay, the later one gets an invented uid,
//                        and a warning names both
//   the same pod twice   name and uid alike, as two dumps put together have it: counts once, the
//   one
//                        that is bound before one that is not, and not at all where one has ended
// InvalidArgument naming the pod where it comes with two uids, or is bound twice and not alike:
// then one of them is of another time, and nobody can tell which.
absl::Status SettlePods(std::vector<model::Pod>& pods, std::vector<std::string>& warnings);

}  // namespace tangram::api::standalone

#endif  // API_STANDALONE_IDENTITIES_H_
