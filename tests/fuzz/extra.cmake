file(GLOB _targets CONFIGURE_DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/fuzz/*target*.cpp")
target_sources(test_fuzz PRIVATE ${_targets})
