// Asking `tangram simulate` as a user does: words in, exit code and texts out.
#ifndef TESTS_API_CLI_SIMULATE_QUESTIONS_H_
#define TESTS_API_CLI_SIMULATE_QUESTIONS_H_

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "api/cli/command_line.h"
#include "nlohmann/json.hpp"
#include "tests/support/temp_dir.h"

namespace tangram::api::cli::simulate {

struct Answered {
  int code = -1;
  std::string out;
  std::string err;

  nlohmann::json Json() const {
    nlohmann::json json = nlohmann::json::parse(out, nullptr, false);
    EXPECT_FALSE(json.is_discarded()) << out << err;
    return json;
  }
};

class QuestionTest : public ::testing::Test {
 protected:
  // Writes a file of the test's folder; returns its path.
  std::string File(const std::string& name, const std::string& text) {
    return folder_.Write(name, text);
  }

  // "simulate" and these words.
  static Answered Ask(std::vector<std::string> words) {
    words.insert(words.begin(), "simulate");
    Answered answered;
    const Command command = ParseCommandLine(std::move(words));
    if (const auto* leave = std::get_if<Leave>(&command)) return {leave->code, leave->text, ""};
    ::testing::internal::CaptureStdout();
    ::testing::internal::CaptureStderr();
    answered.code = std::get<SimulateCommand>(command).run();
    answered.out = ::testing::internal::GetCapturedStdout();
    answered.err = ::testing::internal::GetCapturedStderr();
    return answered;
  }

  // A pod of one container with these limits, as flow YAML.
  static std::string PodYaml(const std::string& name, const std::string& limits) {
    return "kind: Pod\nmetadata: {name: " + name +
           "}\nspec: {containers: [{name: c, resources: {limits: " + limits + "}}]}\n";
  }

  const tangram::testing::TempDir folder_;
};

}  // namespace tangram::api::cli::simulate

#endif  // TESTS_API_CLI_SIMULATE_QUESTIONS_H_
