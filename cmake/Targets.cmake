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
    target_precompile_headers(${target} REUSE_FROM flashmotion_pch)
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
