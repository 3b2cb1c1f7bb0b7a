target_compile_definitions(test_lint PRIVATE FLASHMOTION_TORCH_INCLUDE="${FLASHMOTION_TORCH_ROOT}/include")
