// Kinds of containers as words, as the journal has them. Internal to recording/.
#ifndef API_RECORDING_WORDS_H_
#define API_RECORDING_WORDS_H_

#include <array>
#include <cstddef>
#include <string_view>

#include "model/request.h"

namespace tangram::api::recording {

// By ContainerKind.
inline constexpr std::array<std::string_view, 3> kKindWords = {"init", "sidecar", "app"};

constexpr std::string_view KindWord(model::ContainerKind kind) {
  return kKindWords[static_cast<size_t>(kind)];
}

}  // namespace tangram::api::recording

#endif  // API_RECORDING_WORDS_H_
