#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace fuzz {

/// Changes inputs a little, the same way for the same seed on every machine.
class Mutator {
 public:
  Mutator(std::vector<std::string> seeds, std::uint64_t seed) : pool_(std::move(seeds)), random_(seed) {}

  /// One of the inputs so far, changed in one to four places.
  std::string next() {
    std::string text = pool_[draw(pool_.size())];
    for (std::uint64_t i = draw(4) + 1; i > 0; --i) change(text);
    constexpr std::size_t kMostKept = 4096;
    if (draw(16) == 0 && pool_.size() < kMostKept && text.size() < 1024) pool_.push_back(text);
    return text;
  }

 private:
  // A plain remainder: the standard's distributions differ between libraries.
  std::uint64_t draw(std::uint64_t limit) { return random_() % limit; }

  void change(std::string& text) {
    const std::size_t at = draw(text.size() + 1);
    switch (draw(7)) {
      case 0:
        if (at < text.size()) text[at] = static_cast<char>(static_cast<unsigned char>(text[at]) ^ (1U << draw(8)));
        break;
      case 1:
        if (at < text.size()) text[at] = static_cast<char>(draw(256));
        break;
      case 2:
        text.insert(at, 1, static_cast<char>(draw(256)));
        break;
      case 3:
        text.erase(at, draw(8) + 1);
        break;
      case 4: {  // a piece again
        const std::string piece = text.substr(at, draw(16) + 1);
        text.insert(draw(text.size() + 1), piece);
        break;
      }
      case 5: {  // a piece of another input
        const std::string& other = pool_[draw(pool_.size())];
        text.insert(at, other.substr(draw(other.size() + 1), draw(32) + 1));
        break;
      }
      default: {  // numbers at the edges of their types
        static const std::vector<std::string> kEdges = {"-1",
                                                        "0",
                                                        "9223372036854775807",
                                                        "18446744073709551616",
                                                        "1e999",
                                                        std::string(4, '\xff'),
                                                        std::string(8, '\0')};
        text.insert(at, kEdges[draw(kEdges.size())]);
      }
    }
  }

  std::vector<std::string> pool_;
  std::mt19937_64 random_;
};

}  // namespace fuzz
