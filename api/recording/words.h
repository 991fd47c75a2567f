// Enumerations as words. Internal to recording/.
#ifndef API_RECORDING_WORDS_H_
#define API_RECORDING_WORDS_H_

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

#include "model/node.h"
#include "model/pool.h"
#include "model/request.h"
#include "model/vendor.h"

namespace tangram::api::recording {

// By the number of the value.
template <typename Enum>
inline constexpr std::array<std::string_view, 0> kWordsOf = {};
template <>
inline constexpr std::array<std::string_view, 3> kWordsOf<model::ContainerKind> = {
    "init", "sidecar", "app"};
template <>
inline constexpr std::array<std::string_view, model::kVendors.size()> kWordsOf<model::Vendor> = {
    "nvidia", "amd"};
template <>
inline constexpr std::array<std::string_view, 6> kWordsOf<model::PoolKind> = {
    "whole-card", "time-sliced", "mps", "mig", "mig-shared", "vgpu-guest"};
template <>
inline constexpr std::array<std::string_view, 5> kWordsOf<model::PoolBlock> = {
    "none", "mig-config-pending", "mig-config-failed", "mig-invalid", "driver-gone"};
template <>
inline constexpr std::array<std::string_view, 3> kWordsOf<model::Cardless> = {
    "no-agent", "unregistered", "unusable"};

template <typename Enum>
concept HasWords = std::is_enum_v<Enum> &&(kWordsOf<Enum>.size() > 0);

constexpr std::string_view WordOf(HasWords auto value) {
  return kWordsOf<decltype(value)>[static_cast<size_t>(value)];
}

template <HasWords Enum>
std::optional<Enum> ValueOf(std::string_view word) {
  for (size_t i = 0; i < kWordsOf<Enum>.size(); ++i) {
    if (word == kWordsOf<Enum>[i]) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

// "init, sidecar or app", for messages.
template <HasWords Enum>
std::string AllWords() {
  constexpr size_t kCount = kWordsOf<Enum>.size();
  std::string text;
  for (size_t i = 0; i < kCount; ++i) {
    if (i > 0) text += i + 1 == kCount ? " or " : ", ";
    text += kWordsOf<Enum>[i];
  }
  return text;
}

}  // namespace tangram::api::recording

#endif  // API_RECORDING_WORDS_H_
