# The picture tests write files as other programs do, through libpng itself.
target_link_libraries(test_io PRIVATE PNG::PNG)
