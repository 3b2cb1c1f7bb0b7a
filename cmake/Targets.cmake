# One way to make each kind of target.

# What a user runs: the program and the shipped plugins, without tests.
add_custom_target(program)

# The precompiled header has an owner of its own: GCC refuses it in silence as soon as a flag or a
# macro that it was made with is missing, so it is made with what every target has.
if(FLASHMOTION_PCH)
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/pch.cpp" CONTENT "")
  add_library(flashmotion_pch OBJECT "${PROJECT_BINARY_DIR}/generated/pch.cpp")
  target_link_libraries(flashmotion_pch PRIVATE flashmotion_options flashmotion_libtorch fmt::fmt)
  target_precompile_headers(flashmotion_pch PRIVATE <torch/torch.h>)
endif()

# Whether most of a target's sources are likely to need torch/torch.h, to go by what they include. The precompiled header
# spares those fifteen seconds a unit and costs the others five; a wrong guess costs no more than that.
function(_flashmotion_is_heavy target result)
  get_target_property(_sources ${target} SOURCES)
  get_target_property(_folder ${target} SOURCE_DIR)
  set(_heavy 0)
  set(_light 0)
  foreach(_source IN LISTS _sources)
    cmake_path(ABSOLUTE_PATH _source BASE_DIRECTORY "${_folder}")
    if(NOT _source MATCHES "\\.cpp$" OR NOT EXISTS "${_source}")
      continue()
    endif()
    set(_texts "${_source}")
    string(REGEX REPLACE "(\\.test)?\\.cpp$" ".hpp" _header "${_source}")
    if(EXISTS "${_header}")
      list(APPEND _texts "${_header}")
    endif()
    set(_found)
    foreach(_text IN LISTS _texts)
      file(STRINGS "${_text}" _line LIMIT_COUNT 1 REGEX
           "^#include (<torch/torch.h>|\"flashmotion/nn/|\"tests/wan/|\"tests/support/(archetypes|compare|edit_laws|gpu|kind_laws|laws|tiny_fixture|toy_requests))")
      list(APPEND _found ${_line})
    endforeach()
    if(_found)
      math(EXPR _heavy "${_heavy} + 1")
    else()
      math(EXPR _light "${_light} + 1")
    endif()
  endforeach()
  # Of a unit of many sources one is enough.
  math(EXPR _weighed "${_heavy} * 8")
  if(_heavy GREATER 0 AND _weighed GREATER_EQUAL _light)
    set(${result} TRUE PARENT_SCOPE)
  else()
    set(${result} FALSE PARENT_SCOPE)
  endif()
endfunction()

# flashmotion_configure(target): flags, LibTorch, unity and precompiled header for a compiled target.
function(flashmotion_configure target)
  target_link_libraries(${target} PRIVATE flashmotion_options)
  target_include_directories(${target} PRIVATE "${PROJECT_SOURCE_DIR}" "${PROJECT_BINARY_DIR}/generated")
  if(FLASHMOTION_UNITY)
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 12)
  endif()
  # -fPIC and never -fPIE: both are the same to us, and not to a precompiled header.
  get_target_property(_type ${target} TYPE)
  if(_type STREQUAL "EXECUTABLE")
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
  if(FLASHMOTION_PCH)
    set(_heavy TRUE)
    if(FLASHMOTION_UNITY)
      _flashmotion_is_heavy(${target} _heavy)
    endif()
    if(_heavy)
      target_precompile_headers(${target} REUSE_FROM flashmotion_pch)
    endif()
  endif()
endfunction()

# flashmotion_install(target rpath folder): the build folder is laid out as the installed one, so that the same paths,
# seen from the file itself, hold in both.
function(flashmotion_install target rpath folder)
  set_target_properties(${target} PROPERTIES BUILD_WITH_INSTALL_RPATH ON INSTALL_RPATH "${rpath}")
  install(TARGETS ${target} RUNTIME DESTINATION ${folder} LIBRARY DESTINATION ${folder})
endfunction()

# flashmotion_add_plugin(name sources...): a run-time plugin, lib/flashmotion/plugins/<name>.so.
function(flashmotion_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  flashmotion_configure(${name})
  target_link_libraries(${name} PRIVATE flashmotion)
  set_target_properties(${name} PROPERTIES PREFIX ""
    LIBRARY_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}/lib/flashmotion/plugins")
  flashmotion_install(${name} "$ORIGIN/../.." lib/flashmotion/plugins)
  add_dependencies(program ${name})
endfunction()
