#include "flashmotion/base/error.hpp"
#include "flashmotion/wan/prompt_text.hpp"
#include "tests/fuzz/target.hpp"

namespace fuzz {

void run_prompt(std::string_view bytes) {
  std::string once;
  try {
    once = flashmotion::wan::clean_prompt(bytes);
  } catch (const flashmotion::InputError&) {  // what bytes that are no text give
    return;
  }
  // What was cleaned is text. An InputError here is a bug and ends the run.
  flashmotion::wan::check_prompt_bytes(once);
}

std::vector<std::string> prompt_seeds() {
  return {
      "",
      "A cat  walks\n on a wall.",
      "&lt;b&gt; &amp;amp; &eacute; &#39; &#x1F600; &bogus;",
      "caf\xc3\x83\xc2\xa9 \xc3\xa2\xe2\x82\xac\xe2\x84\xa2s",
      "\xef\xac\x81sh \xef\xbc\xa1 \xe2\x80\x9cquoted\xe2\x80\x9d \x1b[31mred\x1b[0m",
      "\xe8\x89\xb2\xe8\xb0\x83\xe8\x89\xb3\xe4\xb8\xbd",
  };
}

}  // namespace fuzz
