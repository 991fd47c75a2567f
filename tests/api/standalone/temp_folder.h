// A folder of its own for one test, gone afterwards.
#ifndef TESTS_API_STANDALONE_TEMP_FOLDER_H_
#define TESTS_API_STANDALONE_TEMP_FOLDER_H_

#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

namespace tangram::api::standalone {

class TempFolder {
 public:
  TempFolder() {
    std::random_device random;
    path_ = std::filesystem::temp_directory_path() /
            ("tangram-standalone-" + std::to_string(random()) + std::to_string(random()));
    std::filesystem::create_directories(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;

  std::string File(const std::string& name) const { return (path_ / name).string(); }
  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(File(name), std::ios::binary) << text;
  }
  std::string Read(const std::string& name) const {
    std::ifstream file(File(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }

  void Link(const std::string& to, const std::string& name) const {
    std::filesystem::create_symlink(path_ / to, path_ / name);
  }
  void Rename(const std::string& from, const std::string& to) const {
    std::filesystem::rename(path_ / from, path_ / to);
  }

 private:
  std::filesystem::path path_;
};

}  // namespace tangram::api::standalone

#endif  // TESTS_API_STANDALONE_TEMP_FOLDER_H_
