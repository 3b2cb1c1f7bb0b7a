# Language level, output folders and flags that hold for every target of the project.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

if(NOT CMAKE_BUILD_TYPE AND NOT CMAKE_CONFIGURATION_TYPES)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "Build type" FORCE)
endif()
# Asserts stay on in every build: they state what only a bug can break.
set(CMAKE_CXX_FLAGS_RELEASE "-O2")

set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/bin")
set(CMAKE_LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib")

find_program(FLASHMOTION_CCACHE ccache)
if(FLASHMOTION_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER "${CMAKE_COMMAND}" -E env
      CCACHE_BASEDIR=${PROJECT_SOURCE_DIR} CCACHE_NOHASHDIR=1
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
      "${FLASHMOTION_CCACHE}")
endif()

add_library(flashmotion_options INTERFACE)
target_compile_options(flashmotion_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -fconcepts-diagnostics-depth=2)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  target_compile_options(flashmotion_options INTERFACE -Wno-unknown-warning-option -Wno-unused-command-line-argument)
endif()
if(FLASHMOTION_WERROR)
  target_compile_options(flashmotion_options INTERFACE -Werror)
endif()
if(FLASHMOTION_PCH)
  # GCC drops a precompiled header in silence when the flags differ.
  target_compile_options(flashmotion_options INTERFACE -Winvalid-pch -fpch-preprocess)
endif()
if(FLASHMOTION_SANITIZE)
  target_compile_options(flashmotion_options INTERFACE -fsanitize=${FLASHMOTION_SANITIZE} -fno-omit-frame-pointer)
  target_link_options(flashmotion_options INTERFACE -fsanitize=${FLASHMOTION_SANITIZE})
endif()
