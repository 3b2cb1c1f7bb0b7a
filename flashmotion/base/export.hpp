#pragma once

/// Marks a class or function that plugins and programs link against.
#define FLASHMOTION_EXPORT __attribute__((visibility("default")))
