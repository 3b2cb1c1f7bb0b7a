# LibTorch as imported targets of our own. Only the CPU libraries are linked: whoever links
# libtorch.so drags in libtorch_cuda.so, which does not start without cuDNN and its companions.
# Order: FLASHMOTION_LIBTORCH / Torch_DIR given by the user, then, for an installed toolkit, the one
# that it was built with, then the user cache that scripts/bootstrap fills.
set(FLASHMOTION_LIBTORCH "$ENV{FLASHMOTION_LIBTORCH}" CACHE PATH
    "Folder of LibTorch: holds include/ and lib/")

set(_candidates)
if(FLASHMOTION_LIBTORCH)
  list(APPEND _candidates "${FLASHMOTION_LIBTORCH}")
endif()
set(_torch_dir "${Torch_DIR}")
if(NOT _torch_dir)
  set(_torch_dir "$ENV{Torch_DIR}")
endif()
if(_torch_dir)
  list(APPEND _candidates "${_torch_dir}/../../..") # .../share/cmake/Torch
endif()
if(FLASHMOTION_RECORDED_LIBTORCH)
  list(APPEND _candidates "${FLASHMOTION_RECORDED_LIBTORCH}")
endif()
if(DEFINED ENV{XDG_CACHE_HOME})
  set(_cache "$ENV{XDG_CACHE_HOME}")
else()
  set(_cache "$ENV{HOME}/.cache")
endif()
list(APPEND _candidates ${CMAKE_PREFIX_PATH} "${_cache}/flashmotion/libtorch-2.11.0/torch")

set(_torch_root)
foreach(_candidate IN LISTS _candidates)
  if(EXISTS "${_candidate}/lib/libtorch_cpu.so" AND EXISTS "${_candidate}/include/ATen/core/TensorBody.h")
    get_filename_component(_torch_root "${_candidate}" REALPATH)
    break()
  endif()
endforeach()
if(NOT _torch_root)
  list(JOIN _candidates "\n  " _tried)
  message(FATAL_ERROR
    "LibTorch was not found. Run scripts/bootstrap, or set FLASHMOTION_LIBTORCH to the folder "
    "that holds include/ and lib/. Tried:\n  ${_tried}")
endif()
set(FLASHMOTION_TORCH_ROOT "${_torch_root}" CACHE INTERNAL "")
file(READ "${_torch_root}/include/torch/headeronly/version.h" _version_header)
set(_version)
foreach(_part MAJOR MINOR PATCH)
  string(REGEX MATCH "TORCH_VERSION_${_part} ([0-9]+)" _ "${_version_header}")
  list(APPEND _version "${CMAKE_MATCH_1}")
endforeach()
list(JOIN _version "." _version)
set(FLASHMOTION_TORCH_VERSION "${_version}" CACHE INTERNAL "")
message(STATUS "LibTorch ${FLASHMOTION_TORCH_VERSION} in ${_torch_root}")

if(TARGET flashmotion_libtorch)
  return() # found before, for another folder of the same project
endif()
foreach(_name c10 torch_cpu)
  add_library(flashmotion_${_name} SHARED IMPORTED GLOBAL)
  set_target_properties(flashmotion_${_name} PROPERTIES IMPORTED_LOCATION "${_torch_root}/lib/lib${_name}.so")
endforeach()

# The wheel carries fmt's headers and they match nothing on the system, so they come last
# (-idirafter): <fmt/...> is the distribution's, everything of torch's own is found here.
add_library(flashmotion_libtorch INTERFACE)
target_compile_options(flashmotion_libtorch INTERFACE
  "SHELL:-idirafter ${_torch_root}/include"
  "SHELL:-idirafter ${_torch_root}/include/torch/csrc/api/include")
target_compile_definitions(flashmotion_libtorch INTERFACE AT_PER_OPERATOR_HEADERS)
target_link_libraries(flashmotion_libtorch INTERFACE flashmotion_torch_cpu flashmotion_c10)
target_link_options(flashmotion_libtorch INTERFACE
  "LINKER:-rpath,${_torch_root}/lib" "LINKER:-rpath-link,${_torch_root}/../nvidia/cu13/lib")
