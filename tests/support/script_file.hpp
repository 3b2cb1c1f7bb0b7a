#pragma once

#include <torch/csrc/jit/api/module.h>

#include <filesystem>
#include <string>

/// Saves a TorchScript program with one method, as Python's torch.jit.save does.
inline void save_script(const std::filesystem::path& file, const std::string& method) {
  torch::jit::Module module("Network");
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define(method);
  module.save(file.string());
}
