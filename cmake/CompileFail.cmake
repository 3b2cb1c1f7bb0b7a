# Snippets that must not compile, and the words that the compiler must say about them.
#
# A snippet tests/compile_fail/NAME.cpp has lines `// expect: WORDS`, all of which must be found in
# the compiler's output. With the macro FLASHMOTION_MENDED the mistake is gone: a last test compiles
# all snippets so, as one source, which proves that each fails for the reason it names.
if(CMAKE_SCRIPT_MODE_FILE)
  # cmake -DSNIPPET=… -DCOMMAND=… -P: runs one.
  file(STRINGS "${SNIPPET}" _expected REGEX "^// expect: ")
  if(NOT _expected)
    message(FATAL_ERROR "${SNIPPET} states no words to expect")
  endif()
  execute_process(COMMAND ${COMMAND} -fsyntax-only "${SNIPPET}" RESULT_VARIABLE _result ERROR_VARIABLE _output)
  if(_result EQUAL 0)
    message(FATAL_ERROR "the snippet compiles, and must not")
  endif()
  foreach(_line IN LISTS _expected)
    string(REGEX REPLACE "^// expect: " "" _words "${_line}")
    string(FIND "${_output}" "${_words}" _position)
    if(_position EQUAL -1)
      message(FATAL_ERROR "the compiler did not say '${_words}'. It said:\n${_output}")
    endif()
  endforeach()
  return()
endif()

# flashmotion_add_compile_fail_tests(folder): one test for each snippet of the folder, and one for
# all of them mended.
function(flashmotion_add_compile_fail_tests folder)
  set(_command "${CMAKE_CXX_COMPILER}" -std=c++20 -fconcepts-diagnostics-depth=2 "-I${PROJECT_SOURCE_DIR}"
      "-I${PROJECT_BINARY_DIR}/generated" -DAT_PER_OPERATOR_HEADERS
      -idirafter "${FLASHMOTION_TORCH_ROOT}/include" -idirafter "${FLASHMOTION_TORCH_ROOT}/include/torch/csrc/api/include")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
    list(REMOVE_ITEM _command -fconcepts-diagnostics-depth=2)
  endif()
  file(GLOB _snippets CONFIGURE_DEPENDS "${folder}/*.cpp")
  set(_mended "#define FLASHMOTION_MENDED\n")
  foreach(_snippet IN LISTS _snippets)
    string(APPEND _mended "#include \"${_snippet}\"\n")
    get_filename_component(_name "${_snippet}" NAME_WE)
    add_test(NAME compile_fail.${_name}
             COMMAND "${CMAKE_COMMAND}" "-DSNIPPET=${_snippet}" "-DCOMMAND=${_command}"
                     -P "${PROJECT_SOURCE_DIR}/cmake/CompileFail.cmake")
  endforeach()
  file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/compile_fail_mended.cpp" CONTENT "${_mended}" @ONLY)
  add_test(NAME compile_fail.mended
           COMMAND ${_command} -fsyntax-only "${PROJECT_BINARY_DIR}/generated/compile_fail_mended.cpp")
endfunction()
