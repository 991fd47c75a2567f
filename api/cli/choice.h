// An option whose value is one of a few words.
#ifndef API_CLI_CHOICE_H_
#define API_CLI_CHOICE_H_

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "api/cli/values.h"
#include "model/shown.h"
#include "model/string_map.h"

namespace tangram::api::cli {

template <typename T>
using Choices = std::vector<std::pair<std::string_view, T>>;

// `value` keeps what it has where the option is not given; it must outlive `command`. Another word
// is refused with those there are.
template <typename T>
CLI::Option* AddChoice(CLI::App* command, const std::string& names, T& value,
                       const Choices<T>& choices, const std::string& help) {
  const auto read = [names, &value, choices](const std::string& text) {
    std::vector<std::string_view> words;
    for (const auto& [word, meant] : choices) {
      if (word == text) {
        value = meant;
        return;
      }
      words.push_back(word);
    }
    const std::string option = names.substr(names.rfind(',') + 1);
    throw CLI::ValidationError(option,
                               absl::StrCat(model::Shown(text), " is none", DidYouMean(text, words),
                                            "; there are ", JoinWords(words)));
  };
  return command->add_option_function<std::string>(names, read, help);
}

}  // namespace tangram::api::cli

#endif  // API_CLI_CHOICE_H_
