# Recipes are checked with the plugins that they name.
add_dependencies(test_train program)
