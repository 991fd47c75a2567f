// The entry that libFuzzer calls; TANGRAM_READER says for which reader.
#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/fuzz/readers.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  tangram::fuzz::TANGRAM_READER(std::string(reinterpret_cast<const char*>(data), size));
  return 0;
}
