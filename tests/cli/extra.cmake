# The tests run the program itself, with its plugins.
add_dependencies(test_cli program)
