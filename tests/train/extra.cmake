# Recipes are checked with the plugins that they name.
add_dependencies(test_train program)
flashmotion_add_tool_test(train.tensorboard test_train tensorboard)
