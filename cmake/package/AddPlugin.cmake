# flashmotion_add_plugin(name sources...): a run-time plugin, <name>.so in the target's build folder. The name is also
# that of FLASHMOTION_PLUGIN in the sources.
function(flashmotion_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE FlashMotion::flashmotion)
  target_compile_definitions(${name} PRIVATE FLASHMOTION_PLUGIN_FOLDER="${name}")
  # Of its own names only the entry function is seen by others.
  set_target_properties(${name} PROPERTIES PREFIX "" CXX_EXTENSIONS OFF
    CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()
