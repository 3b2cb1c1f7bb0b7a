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
void run_trajectory(std::string_view bytes);
std::vector<std::string> trajectory_seeds();
void run_mot(std::string_view bytes);
std::vector<std::string> mot_seeds();
void run_tora(std::string_view bytes);
std::vector<std::string> tora_seeds();
void run_npy(std::string_view bytes);
std::vector<std::string> npy_seeds();
void run_ati(std::string_view bytes);
std::vector<std::string> ati_seeds();
void run_sav(std::string_view bytes);
std::vector<std::string> sav_seeds();
void run_csv(std::string_view bytes);
std::vector<std::string> csv_seeds();
void run_maps(std::string_view bytes);
std::vector<std::string> maps_seeds();
void run_words(std::string_view bytes);
std::vector<std::string> words_seeds();
void run_bench(std::string_view bytes);
std::vector<std::string> bench_seeds();
void run_lines(std::string_view bytes);
std::vector<std::string> lines_seeds();
void run_cases(std::string_view bytes);
std::vector<std::string> cases_seeds();

}  // namespace fuzz
