# Shared libraries that the tests of the plugin host load or refuse. They lie apart from the real plugins.
set(_fixture_folder "${PROJECT_BINARY_DIR}/tests/plugins")
target_compile_definitions(test_plugin PRIVATE FLASHMOTION_TEST_FIXTURES="${_fixture_folder}")

function(flashmotion_add_plugin_fixture name source)
  add_library(${name} MODULE "${CMAKE_CURRENT_SOURCE_DIR}/plugin/fixtures/${source}.cpp")
  flashmotion_configure(${name})
  target_link_libraries(${name} PRIVATE flashmotion)
  target_compile_definitions(${name} PRIVATE ${ARGN})
  set_target_properties(${name} PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${_fixture_folder}")
  add_dependencies(test_plugin ${name})
endfunction()

flashmotion_add_plugin_fixture(fixture_valid valid)
flashmotion_add_plugin_fixture(fixture_stripped valid)
target_link_options(fixture_stripped PRIVATE "LINKER:--gc-sections,--strip-all")
flashmotion_add_plugin_fixture(fixture_duplicate duplicate)
flashmotion_add_plugin_fixture(fixture_aborting aborting)
flashmotion_add_plugin_fixture(fixture_unresolved unresolved)
flashmotion_add_plugin_fixture(fixture_throwing forged FORGED_ENTRY_THROWS)
flashmotion_add_plugin_fixture(fixture_no_entry forged FORGED_NO_ENTRY)
flashmotion_add_plugin_fixture(fixture_liar forged FORGED_OTHER_NAMES)
flashmotion_add_plugin_fixture(fixture_other_kind forged FORGED_OTHER_KIND)
flashmotion_add_plugin_fixture(fixture_broken broken)

# A library of someone else's: nothing of ours is in it.
add_library(fixture_foreign MODULE "${CMAKE_CURRENT_SOURCE_DIR}/plugin/fixtures/foreign.cpp")
set_target_properties(fixture_foreign PROPERTIES PREFIX "" LIBRARY_OUTPUT_DIRECTORY "${_fixture_folder}")
add_dependencies(test_plugin fixture_foreign)
