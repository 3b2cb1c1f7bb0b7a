#include "flashmotion/io/json_places.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace flashmotion {

std::size_t json_token_start(std::string_view text, std::size_t byte) {
  if (byte >= text.size()) return text.size();
  if (text[byte] == '"') {
    const std::size_t quote = byte == 0 ? std::string_view::npos : text.rfind('"', byte - 1);
    return quote == std::string_view::npos || text.substr(quote, byte - quote).find('\n') != std::string_view::npos
               ? byte
               : quote;
  }
  const auto word = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '-'; };
  while (byte > 0 && word(text[byte]) && word(text[byte - 1])) --byte;
  return byte;
}

JsonPlaces::JsonPlaces(std::string_view text) : text_(text) { value(""); }

void JsonPlaces::space() {
  while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\r' || text_[at_] == '\t'))
    ++at_;
}

std::string_view JsonPlaces::string() {
  const std::size_t start = ++at_;
  while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
  return text_.substr(start, at_++ - start);
}

void JsonPlaces::value(const std::string& path) {
  space();
  if (at_ >= text_.size()) return;
  places_.emplace(path, at_);
  const char first = text_[at_];
  if (first == '"') {
    static_cast<void>(string());
  } else if (first == '{' || first == '[') {
    ++at_;
    for (std::size_t i = 0; at_ < text_.size(); ++i) {
      space();
      if (at_ < text_.size() && (text_[at_] == '}' || text_[at_] == ']')) break;
      std::string inner;
      if (first == '{') {
        const std::size_t start = at_;
        inner = fmt::format("{}{}{}", path, path.empty() ? "" : ".", string());
        if (!keys_.emplace(inner, start).second) {
          repeated_.push_back(inner);
          keys_[inner] = start;
        }
        space();
        ++at_;  // colon
      } else {
        inner = fmt::format("{}[{}]", path, i);
      }
      value(inner);
      space();
      if (at_ < text_.size() && text_[at_] == ',') ++at_;
    }
    ++at_;
  } else {
    while (at_ < text_.size() && std::string_view(",]} \n\r\t").find(text_[at_]) == std::string_view::npos) ++at_;
  }
}

TextPlace JsonPlaces::key(const std::string& path) const {
  const auto found = keys_.find(path);
  return found == keys_.end() ? find(path) : place_of(text_, found->second);
}

TextPlace JsonPlaces::find(std::string path) const {
  while (true) {
    const auto found = places_.find(path);
    if (found != places_.end()) return place_of(text_, found->second);
    if (path.empty()) return {1, 1};
    const std::size_t cut = path.find_last_of(".[");
    path = cut == std::string::npos ? "" : path.substr(0, cut);
  }
}

}  // namespace flashmotion
