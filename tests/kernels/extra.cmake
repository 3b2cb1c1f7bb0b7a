# The kernels themselves, compiled for the CPU: on_host/ stands in for CUDA's headers. Numbers are read as other types,
# which the compiler of GPUs allows.
file(GLOB _kernels CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/flashmotion/kernels/*.cu")
set_source_files_properties(${_kernels} PROPERTIES LANGUAGE CXX)
add_library(flashmotion_kernels_on_host OBJECT ${_kernels} "${CMAKE_CURRENT_SOURCE_DIR}/kernels/on_host/run.cpp")
target_link_libraries(flashmotion_kernels_on_host PRIVATE flashmotion_options)
target_include_directories(flashmotion_kernels_on_host BEFORE PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/kernels/on_host")
target_include_directories(flashmotion_kernels_on_host PRIVATE "${PROJECT_SOURCE_DIR}")
target_compile_options(flashmotion_kernels_on_host PRIVATE -fno-strict-aliasing -Wno-unknown-pragmas)
target_include_directories(test_kernels BEFORE PRIVATE "${CMAKE_CURRENT_SOURCE_DIR}/kernels/on_host")
target_link_libraries(test_kernels PRIVATE flashmotion_kernels_on_host)
target_compile_options(test_kernels PRIVATE -Wno-unknown-pragmas)
