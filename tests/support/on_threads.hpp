#pragma once

#include <ATen/Parallel.h>

/// What `work` gives on a number of threads; the number from before is there again after it.
template <class Work>
auto on_threads(int count, const Work& work) {
  struct Restore {
    int before = at::get_num_threads();
    ~Restore() { at::set_num_threads(before); }
  } restore;
  at::set_num_threads(count);
  return work();
}
