// See extender_answers.h.
#include "bench/extender_answers.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"

namespace tangram::bench {
namespace {

absl::Status NotUnderstood(std::string_view what, std::string_view body) {
  const std::string_view shown = body.substr(0, 300);
  return absl::InvalidArgumentError(absl::StrCat(absl::string_view(what.data(), what.size()), ": ",
                                                 absl::string_view(shown.data(), shown.size())));
}

// The text between `open` and the next `close`; nullopt-like empty data() when not there.
std::string_view Between(std::string_view body, std::string_view open, std::string_view close) {
  const size_t at = body.find(open);
  if (at == std::string_view::npos) return {};
  const size_t begin = at + open.size();
  const size_t end = body.find(close, begin);
  return end == std::string_view::npos ? std::string_view() : body.substr(begin, end - begin);
}

size_t Strings(std::string_view text) {
  return static_cast<size_t>(std::count(text.begin(), text.end(), '"')) / 2;
}

}  // namespace

absl::StatusOr<FilterAnswer> ReadFilterAnswer(std::string_view body) {
  const std::string_view fitting = Between(body, R"("NodeNames":[)", "]");
  const std::string_view failed = Between(body, R"("FailedNodes":{)", "}");
  const std::string_view hopeless = Between(body, R"("FailedAndUnresolvableNodes":{)", "}");
  if (fitting.data() == nullptr || failed.data() == nullptr || hopeless.data() == nullptr ||
      !body.ends_with(R"("Error":""})")) {
    return NotUnderstood("not a filter result without Error", body);
  }
  return FilterAnswer{.fitting_text = fitting,
                      .fitting = Strings(fitting),
                      .refused = (Strings(failed) + Strings(hopeless)) / 2};
}

std::vector<std::string_view> Names(std::string_view fitting_text) {
  std::vector<std::string_view> names;
  size_t at = 0;
  while (at < fitting_text.size()) {
    const size_t end = fitting_text.find('"', at + 1);
    if (end == std::string_view::npos) break;
    names.push_back(fitting_text.substr(at + 1, end - at - 1));
    at = end + 2;
  }
  return names;
}

absl::StatusOr<std::string> BestHost(std::string_view body) {
  constexpr std::string_view kBest = R"(","Score":10})";
  const size_t end = body.find(kBest);
  if (end == std::string_view::npos) return NotUnderstood("no host with score 10", body);
  const size_t begin = body.rfind('"', end - 1) + 1;
  return std::string(body.substr(begin, end - begin));
}

absl::Status ReadBindAnswer(std::string_view body) {
  if (body == R"({"Error":""})") return absl::OkStatus();
  return NotUnderstood("the bind failed", body);
}

}  // namespace tangram::bench
