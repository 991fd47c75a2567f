#include "scheduler/order.h"

#include <algorithm>

namespace tangram::scheduler {

namespace {

bool IsNumber(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

std::string_view WithoutZeros(std::string_view number) {
  const size_t first = number.find_first_not_of('0');
  return first == std::string_view::npos ? std::string_view() : number.substr(first);
}

}  // namespace

bool IsOlderVersion(std::string_view a, std::string_view b) {
  if (!IsNumber(a) || !IsNumber(b)) return false;
  a = WithoutZeros(a);
  b = WithoutZeros(b);
  if (a.size() != b.size()) return a.size() < b.size();
  return a < b;
}

Freshness Compare(const Sighting& known, const Sighting& seen) {
  if (IsOlderVersion(seen.version, known.version)) return Freshness::kStale;
  return known.uid.empty() || known.uid == seen.uid ? Freshness::kNews : Freshness::kSuccessor;
}

bool ListEnds(std::string_view known_version, std::string_view list_version) {
  return !IsOlderVersion(list_version, known_version);
}

std::string_view NewerVersion(std::string_view a, std::string_view b) {
  return IsOlderVersion(b, a) ? a : b;
}

}  // namespace tangram::scheduler
