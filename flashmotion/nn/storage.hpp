#pragma once

namespace flashmotion::nn {

/// Where the numbers of a new network's parameters lie.
enum class Storage {
  owned,     // memory of their own, filled with zeros and ones; an initialiser or a checkpoint fills them
  deferred,  // one number seen through the whole shape: it takes no memory and cannot be written to. A checkpoint puts
             // its tensors in place with `set_data`; names, shapes and counts are right before that too
};

}  // namespace flashmotion::nn
