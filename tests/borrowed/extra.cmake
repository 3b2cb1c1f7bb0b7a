# Recipes are run with the plugins that they name.
add_dependencies(test_borrowed program)
