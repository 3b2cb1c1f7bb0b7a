#pragma once

// Macros that other libraries define and that the library's headers must live with: logging and
// test frameworks, Qt, X11, Windows and the C library. Everything that uses one of these names
// rightly comes first; what comes after may not use one at all.
#include <sys/sysmacros.h>
#include <torch/torch.h>
#include <boost/dll/alias.hpp>

#include <algorithm>
#include <any>
#include <array>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cmath>
#include <compare>
#include <complex>
#include <concepts>
#include <condition_variable>
#include <cstdio>
#include <deque>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <future>
#include <iostream>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <numbers>
#include <numeric>
#include <optional>
#include <random>
#include <ranges>
#include <regex>
#include <set>
#include <source_location>
#include <span>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <type_traits>
#include <typeindex>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#undef CHECK
#undef LOG
#undef ERROR
#undef INFO
#undef WARNING
#undef REQUIRE
#undef ASSERT
#undef I
#undef major
#undef minor
#undef linux
#undef unix
#define CHECK @
#define LOG @
#define ERROR @
#define INFO @
#define WARNING @
#define REQUIRE @
#define ASSERT @
#define TRUE @
#define FALSE @
#define I @
#define emit @
#define slots @
#define signals @
#define foreach @
#define interface @
#define near @
#define far @
#define small @
#define major @
#define minor @
#define linux @
#define unix @
#define None @
#define Status @
#define Bool @
#define Success @
