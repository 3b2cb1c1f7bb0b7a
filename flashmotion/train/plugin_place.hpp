#pragma once

#include "flashmotion/base/error.hpp"

#include <string>
#include <utility>

namespace flashmotion {

/// Calls, and adds to an error of a plugin where in the run it happened: `while DOING`. `doing` gives the text, when
/// needed. The error then is Error: a plugin that fails on the way is a failure, no bad input.
template <class Doing, class Call>
decltype(auto) with_place(Doing&& doing, Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (PluginError& error) {
    error.add_context(std::forward<Doing>(doing)());
    throw Error(error.what());
  }
}

}  // namespace flashmotion
