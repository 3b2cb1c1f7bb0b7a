# The installed library and program, wherever the folder was moved to.
get_filename_component(_flashmotion_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." REALPATH)

if(NOT TARGET FlashMotion::flashmotion)
  add_library(FlashMotion::flashmotion SHARED IMPORTED)
  set_target_properties(FlashMotion::flashmotion PROPERTIES
    IMPORTED_LOCATION "${_flashmotion_prefix}/lib/libflashmotion.so"
    IMPORTED_SONAME libflashmotion.so
    INTERFACE_INCLUDE_DIRECTORIES "${_flashmotion_prefix}/include"
    INTERFACE_COMPILE_FEATURES cxx_std_20
    INTERFACE_LINK_LIBRARIES "flashmotion_libtorch;fmt::fmt;Boost::headers")
  add_executable(FlashMotion::program IMPORTED)
  set_target_properties(FlashMotion::program PROPERTIES IMPORTED_LOCATION "${_flashmotion_prefix}/bin/flashmotion")
endif()
