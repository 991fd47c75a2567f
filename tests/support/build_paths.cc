#include "tests/support/build_paths.h"

namespace tangram {

std::filesystem::path SourceDir() { return TANGRAM_SOURCE_DIR; }

std::filesystem::path BinaryDir() { return TANGRAM_BINARY_DIR; }

}  // namespace tangram
