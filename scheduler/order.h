// Which of two observations of an object is the newer one.
//
// A list, a watch, a GET and the answer to a write tell of the same objects, each over a connection
// of its own, so what arrives last may be older than what is known. The API server counts every
// write: an object's metadata.resourceVersion is the number of its last one, a list's that of the
// last write it shows. Kubernetes documents since 1.35 that they compare as decimal numbers, and
// has kept it always. The one rule, for pods, nodes and locks alike:
//
//   1. What is older than what is known of the object of that name changes nothing, whatever its
//      uid: the count goes on from one object of a name to the next, so that a later object is
//      newer than everything its predecessor ever was.
//   2. As new or newer, and of another uid: the known object is gone, the observed one is there.
//   3. A uid that is gone stays gone. "Gone" concerns that uid alone, and needs no version.
//   4. An item of a list is observed at the list's version. What the list does not name is gone,
//      unless what is known of it is newer than the list.
//   5. Versions that cannot be told apart (missing, or no number: cluster files have none) order
//      nothing: then what arrives last counts.
//
// Whoever takes in an observation asks here and decides nothing by itself (pod_table, lock_table,
// reconciler). Pure functions.
#ifndef SCHEDULER_ORDER_H_
#define SCHEDULER_ORDER_H_

#include <string_view>

namespace tangram::scheduler {

// Whether resource version `a` is certainly older than `b`: numbers by their value, anything else
// never.
bool IsOlderVersion(std::string_view a, std::string_view b);

// Which object, and which state of it. An empty uid: none of that name, as of the version.
struct Sighting {
  std::string_view uid;
  std::string_view version;
};

enum class Freshness {
  kStale,      // changes nothing
  kNews,       // the state of the known object now, or the first that is heard of the name
  kSuccessor,  // the known object is gone, this is another
};

// What `seen` is to someone who knows `known` of the object of that name.
Freshness Compare(const Sighting& known, const Sighting& seen);

// Whether a list of that version tells that an object which it does not name is gone.
bool ListEnds(std::string_view known_version, std::string_view list_version);

// The newer of two; the second where they cannot be told apart.
std::string_view NewerVersion(std::string_view a, std::string_view b);

}  // namespace tangram::scheduler

#endif  // SCHEDULER_ORDER_H_
