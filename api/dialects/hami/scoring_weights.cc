// See scoring_weights.h.
#include "api/dialects/hami/scoring_weights.h"

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "api/dialects/hami/json_reader.h"
#include "api/dialects/hami/keys.h"
#include "api/dialects/hami/text.h"
#include "model/string_map.h"

namespace tangram::api::hami {
namespace {

absl::Status Wrong(std::string_view what, std::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("annotation ", model::ToAbsl(kScoringWeights),
                                                 ": ", model::ToAbsl(what),
                                                 "; must be like slot=1,core=1,memory=3 (each key "
                                                 "once, integers from 0 to 2147483647, not all "
                                                 "0), is '",
                                                 Shorten(text), "'"));
}

}  // namespace

absl::StatusOr<model::PodRequest::Weights> ParseScoringWeights(std::string_view text) {
  std::optional<int32_t> slots;
  std::optional<int32_t> cores;
  std::optional<int32_t> memory;
  std::string_view rest = text;
  while (true) {
    const size_t comma = rest.find(',');
    const std::string_view piece = rest.substr(0, comma);
    const size_t equals = piece.find('=');
    if (equals == std::string_view::npos) return Wrong("a piece has no '='", text);
    const std::string_view key = Trim(piece.substr(0, equals));
    const std::optional<int32_t> number = ParseInt32(Trim(piece.substr(equals + 1)));
    std::optional<int32_t>* weight = nullptr;
    if (key == "slot") weight = &slots;
    if (key == "core") weight = &cores;
    if (key == "memory") weight = &memory;
    if (weight == nullptr) return Wrong("a key is unknown", text);
    if (weight->has_value()) return Wrong("a key comes twice", text);
    if (!number.has_value() || *number < 0) return Wrong("a weight is no such integer", text);
    *weight = number;
    if (comma == std::string_view::npos) break;
    rest.remove_prefix(comma + 1);
  }
  if (!slots.has_value() || !cores.has_value() || !memory.has_value()) {
    return Wrong("a key is missing", text);
  }
  if (*slots == 0 && *cores == 0 && *memory == 0) return Wrong("all weights are 0", text);
  return model::PodRequest::Weights{.slots = *slots, .cores = *cores, .memory = *memory};
}

}  // namespace tangram::api::hami
