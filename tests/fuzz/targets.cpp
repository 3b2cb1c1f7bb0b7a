#include "tests/fuzz/target.hpp"

#include <array>

namespace fuzz {

std::span<const Target> targets() {
  static constexpr std::array kTargets{
      Target{"safetensors", run_safetensors, safetensors_seeds},
      Target{"pickle", run_pickle, pickle_seeds},
      Target{"config", run_config, config_seeds},
      Target{"prompt", run_prompt, prompt_seeds},
      Target{"tokenizer", run_tokenizer, tokenizer_seeds},
      Target{"recipe", run_recipe, recipe_seeds},
      Target{"trajectory", run_trajectory, trajectory_seeds},
      Target{"mot", run_mot, mot_seeds},
      Target{"tora", run_tora, tora_seeds},
      Target{"npy", run_npy, npy_seeds},
      Target{"ati", run_ati, ati_seeds},
      Target{"sav", run_sav, sav_seeds},
      Target{"csv", run_csv, csv_seeds},
      Target{"maps", run_maps, maps_seeds},
      Target{"words", run_words, words_seeds},
      Target{"bench", run_bench, bench_seeds},
      Target{"lines", run_lines, lines_seeds},
      Target{"cases", run_cases, cases_seeds},
  };
  return kTargets;
}

const Target* find_target(std::string_view name) {
  for (const Target& target : targets()) {
    if (target.name == name) return &target;
  }
  return nullptr;
}

}  // namespace fuzz
