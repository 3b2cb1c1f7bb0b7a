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
      Target{"lines", run_lines, lines_seeds},
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
