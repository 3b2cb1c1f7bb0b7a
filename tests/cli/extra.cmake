# The tests run the program itself, with its plugins and with some that do not fit or fail.
add_dependencies(test_cli program)
add_dependencies(test_cli fixture_aborting fixture_broken fixture_stateful fixture_throwing fixture_valid)
