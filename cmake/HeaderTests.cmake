# Compiles each header of the library alone, and all of them once more amid macros of other
# people's: `cmake --build --preset headers`. The proof that every header includes what it needs.
file(GLOB_RECURSE _headers CONFIGURE_DEPENDS RELATIVE "${PROJECT_SOURCE_DIR}"
     "${PROJECT_SOURCE_DIR}/flashmotion/*.hpp" "${PROJECT_SOURCE_DIR}/flashmotion/*.h")
list(FILTER _headers EXCLUDE REGEX "/cli/")
list(SORT _headers)

set(_generated "${PROJECT_BINARY_DIR}/generated/headers")
set(_alone)
set(_all "#include \"cmake/collisions.hpp\"\n")
foreach(_header IN LISTS _headers)
  string(REGEX REPLACE "[/.]" "_" _name "${_header}")
  # Twice: a header that does not guard itself fails.
  file(CONFIGURE OUTPUT "${_generated}/${_name}.cpp" CONTENT "#include \"${_header}\"\n#include \"${_header}\"\n")
  list(APPEND _alone "${_generated}/${_name}.cpp")
  string(APPEND _all "#include \"${_header}\"\n")
endforeach()
file(CONFIGURE OUTPUT "${_generated}/all_amid_collisions.cpp" CONTENT "${_all}" @ONLY)

add_library(headers OBJECT EXCLUDE_FROM_ALL ${_alone} "${_generated}/all_amid_collisions.cpp")
flashmotion_configure(headers)
set_target_properties(headers PROPERTIES UNITY_BUILD OFF)
target_link_libraries(headers PRIVATE flashmotion_libtorch fmt::fmt)
