#include "model/pool.h"

#include <algorithm>

#include "model/event.h"

namespace tangram::model {
namespace {

bool NameBelow(const ResourceCount& a, std::string_view b) { return a.resource < b; }

}  // namespace

int64_t CountOf(std::span<const ResourceCount> counts, std::string_view resource) {
  const auto found = std::lower_bound(counts.begin(), counts.end(), resource, NameBelow);
  return found != counts.end() && found->resource == resource ? found->count : 0;
}

void AddCount(std::string_view resource, int64_t count, ResourceCounts* counts) {
  if (count == 0) return;
  auto place = std::lower_bound(counts->begin(), counts->end(), resource, NameBelow);
  if (place == counts->end() || place->resource != resource) {
    place = counts->insert(place, ResourceCount{std::string(resource), 0});
  }
  // What a pod may ask for at most: sums of more mean nothing, and never overflow.
  place->count = std::min(place->count + count, kMaxKubeletGpus);
}

}  // namespace tangram::model
