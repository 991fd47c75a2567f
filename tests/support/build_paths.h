// Where this tree and its build are, for tests that read a file of the tree or run the binary. One
// source file knows, so that all others compile to the same objects wherever the tree lies.
#ifndef TESTS_SUPPORT_BUILD_PATHS_H_
#define TESTS_SUPPORT_BUILD_PATHS_H_

#include <filesystem>

namespace tangram {

// The root of the repository.
std::filesystem::path SourceDir();

// The folder of the build, in which `tangram` lies once it is built.
std::filesystem::path BinaryDir();

}  // namespace tangram

#endif  // TESTS_SUPPORT_BUILD_PATHS_H_
