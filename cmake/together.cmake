# Compiles several sources of a library as one: a first build parses every header a few times instead
# of hundreds. For builds that are made as a whole; one that is worked on compiles less without.
# TANGRAM_TOGETHER is an option of cmake/options.cmake.
if(NOT TANGRAM_TOGETHER)
  return()
endif()

find_package(Python3 REQUIRED COMPONENTS Interpreter)
set(TANGRAM_TOGETHER_FOLDERS "model;scheduler;api" CACHE STRING "Whose libraries that is done for")
set(TANGRAM_GROUP_BYTES 60000)  # of sources; a compiler needs up to a gigabyte for them

function(tangram_together target)
  get_target_property(sources ${target} SOURCES)
  get_target_property(folder ${target} SOURCE_DIR)
  set(paths)
  foreach(source ${sources})
    cmake_path(ABSOLUTE_PATH source BASE_DIRECTORY ${folder} NORMALIZE)
    list(APPEND paths ${source})
  endforeach()
  execute_process(
    COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/group_sources.py
      --root ${PROJECT_SOURCE_DIR} --out ${PROJECT_BINARY_DIR}/together/${target}
      --bytes ${TANGRAM_GROUP_BYTES} ${paths}
    OUTPUT_VARIABLE groups
    COMMAND_ERROR_IS_FATAL ANY)
  set_target_properties(${target} PROPERTIES SOURCES "${groups}")
  # Of a type in a source that is included, g++ cannot know that no other source has it.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  # A name that is new in a source can part its group.
  set_property(DIRECTORY ${PROJECT_SOURCE_DIR} APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${paths})
endfunction()

foreach(folder ${TANGRAM_TOGETHER_FOLDERS})
  if(NOT EXISTS ${PROJECT_BINARY_DIR}/${folder})
    continue()  # a preset without api
  endif()
  get_property(targets DIRECTORY ${PROJECT_SOURCE_DIR}/${folder} PROPERTY BUILDSYSTEM_TARGETS)
  foreach(target ${targets})
    get_target_property(type ${target} TYPE)
    if(type STREQUAL STATIC_LIBRARY OR folder STREQUAL tests)
      tangram_together(${target})
    endif()
  endforeach()
endforeach()
