// A test that runs the binary as a user does, in a folder of its own.
#ifndef TESTS_API_CLI_BINARY_FIXTURE_H_
#define TESTS_API_CLI_BINARY_FIXTURE_H_

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/build_paths.h"
#include "tests/support/temp_dir.h"

namespace tangram::api::cli {

inline std::string ReadText(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

struct Ended {
  int code = -1;  // less than 0: the signal that ended it
  std::string out;
  std::string err;
};

// Skips where the binary is not built. $TANGRAM_BINARY names another one.
class BinaryFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    binary_ = BinaryDir() / "tangram";
    if (const char* given = std::getenv("TANGRAM_BINARY"); given != nullptr) binary_ = given;
    if (!std::filesystem::exists(binary_)) {
      GTEST_SKIP() << binary_ << " is not built; TANGRAM_BINARY names one";
    }
  }

  // Starts the binary in the test's folder, its output into files of the name `tag`. With
  // `interrupted` somebody pressed Ctrl-C before it began: the signal waits until it is looked for.
  pid_t Spawn(const std::vector<std::string>& words, const std::string& tag,
              bool interrupted = false) {
    const pid_t child = ::fork();
    if (child != 0) return child;
    if (interrupted) {
      sigset_t set;
      ::sigemptyset(&set);
      ::sigaddset(&set, SIGINT);
      ::sigprocmask(SIG_BLOCK, &set, nullptr);
      std::raise(SIGINT);
    }
    if (::chdir(folder_.c_str()) != 0) ::_exit(126);
    if (std::freopen((tag + ".out").c_str(), "w", stdout) == nullptr) ::_exit(126);
    if (std::freopen((tag + ".err").c_str(), "w", stderr) == nullptr) ::_exit(126);
    const std::string program = binary_.string();
    std::vector<char*> arguments = {const_cast<char*>(program.c_str())};
    for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    ::execv(program.c_str(), arguments.data());
    ::_exit(127);
  }

  Ended Wait(pid_t child, const std::string& tag) {
    int status = 0;
    ::waitpid(child, &status, 0);
    Ended ended;
    ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    ended.out = ReadText(folder_ / (tag + ".out"));
    ended.err = ReadText(folder_ / (tag + ".err"));
    return ended;
  }

  Ended Run(const std::vector<std::string>& words) { return Wait(Spawn(words, "run"), "run"); }

  Ended RunInterrupted(const std::vector<std::string>& words) {
    return Wait(Spawn(words, "run", /*interrupted=*/true), "run");
  }

  void WriteText(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name) << text;
  }

  const tangram::testing::TempDir kept_;
  std::filesystem::path binary_;
  const std::filesystem::path folder_ = kept_.path();
};

}  // namespace tangram::api::cli

#endif  // TESTS_API_CLI_BINARY_FIXTURE_H_
