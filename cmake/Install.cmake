# `cmake --install BUILD --prefix DIR`: a folder that can be moved. Inside it everything is found by $ORIGIN; only
# LibTorch has a recorded place.
include(CMakePackageConfigHelpers)

install(DIRECTORY flashmotion/ DESTINATION include/flashmotion
        FILES_MATCHING PATTERN "*.hpp" PATTERN "*.h" PATTERN cli EXCLUDE)
install(FILES "${PROJECT_BINARY_DIR}/generated/flashmotion/version.hpp" DESTINATION include/flashmotion)
install(DIRECTORY recipes DESTINATION share/flashmotion)
# For machines without a source tree: the packages and the LibTorch that the program and plugins need.
install(PROGRAMS scripts/bootstrap DESTINATION share/flashmotion/scripts)
install(FILES scripts/lib.sh scripts/versions.sh DESTINATION share/flashmotion/scripts)
install(DIRECTORY share/templates DESTINATION share/flashmotion)
install(DIRECTORY docs/ DESTINATION share/doc/flashmotion FILES_MATCHING PATTERN "*.md" PATTERN images EXCLUDE)
install(FILES LICENSE CHANGELOG.md DESTINATION share/doc/flashmotion)

set(_package lib/cmake/FlashMotion)
configure_package_config_file(cmake/package/FlashMotionConfig.cmake.in
  "${PROJECT_BINARY_DIR}/generated/FlashMotionConfig.cmake" INSTALL_DESTINATION ${_package}
  NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file("${PROJECT_BINARY_DIR}/generated/FlashMotionConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/generated/FlashMotionConfig.cmake"
  "${PROJECT_BINARY_DIR}/generated/FlashMotionConfigVersion.cmake"
  cmake/package/FlashMotionTargets.cmake cmake/package/AddPlugin.cmake cmake/LibTorch.cmake DESTINATION ${_package})

# The program looks for its templates beside itself, also where it was built.
file(GLOB_RECURSE _templates CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}/share" share/templates/*)
foreach(_template IN LISTS _templates)
  configure_file("share/${_template}" "${PROJECT_BINARY_DIR}/share/flashmotion/${_template}" COPYONLY)
endforeach()
