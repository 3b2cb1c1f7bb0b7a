#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// Something that reads what others wrote. Any bytes give a result or an InputError; everything else is a bug.
struct Target {
  std::string_view name;
  void (*run)(std::string_view bytes);
  std::vector<std::string> (*seeds)();  // small inputs of every kind that is valid, to start from
};

[[nodiscard]] std::span<const Target> targets();
/// Null when there is none of this name.
[[nodiscard]] const Target* find_target(std::string_view name);

void run_safetensors(std::string_view bytes);
std::vector<std::string> safetensors_seeds();
void run_pickle(std::string_view bytes);
std::vector<std::string> pickle_seeds();
void run_config(std::string_view bytes);
std::vector<std::string> config_seeds();
void run_prompt(std::string_view bytes);
std::vector<std::string> prompt_seeds();
void run_tokenizer(std::string_view bytes);
std::vector<std::string> tokenizer_seeds();
void run_recipe(std::string_view bytes);
std::vector<std::string> recipe_seeds();
void run_lines(std::string_view bytes);
std::vector<std::string> lines_seeds();

}  // namespace fuzz
