# One INTERFACE target carries every compile option, so that no flag is global and each preset
# changes one place only.
add_library(tangram_options INTERFACE)
add_library(tangram::options ALIAS tangram_options)

option(TANGRAM_TOGETHER "Compile several sources of a library at once (cmake/together.cmake)" OFF)

target_compile_features(tangram_options INTERFACE cxx_std_20)
target_include_directories(tangram_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(tangram_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wnon-virtual-dtor
  -Woverloaded-virtual -Wnull-dereference -Wimplicit-fallthrough -Werror
  $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety>
  # In a group a name of one source may shadow that of another.
  $<$<NOT:$<BOOL:${TANGRAM_TOGETHER}>>:-Wshadow>
  # g++ 12 reports false positives from inlined library code under optimisation and sanitizers.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-null-dereference -Wno-maybe-uninitialized -Wno-restrict>)
target_compile_definitions(tangram_options INTERFACE SIMDJSON_EXCEPTIONS=0)

set(TANGRAM_SANITIZE "" CACHE STRING "Sanitizers to compile with: empty, address,undefined or thread")
if(TANGRAM_SANITIZE)
  target_compile_options(tangram_options INTERFACE
    -fsanitize=${TANGRAM_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(tangram_options INTERFACE -fsanitize=${TANGRAM_SANITIZE})
endif()

find_program(TANGRAM_CCACHE ccache)
if(TANGRAM_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TANGRAM_CCACHE})
endif()
