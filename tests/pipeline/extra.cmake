# Adapters come from plugins.
add_dependencies(test_pipeline program)
