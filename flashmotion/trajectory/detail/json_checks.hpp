#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace flashmotion::trajectory_json {

/// Where a value stands in a JSON text, made into words only when it is needed. A value's parents outlive it.
class At {
 public:
  At() = default;
  [[nodiscard]] At operator[](std::string_view key) const { return {this, key, 0}; }
  [[nodiscard]] At operator[](std::size_t index) const { return {this, {}, index}; }
  /// `objects[1].keys[0].box`
  [[nodiscard]] std::string text() const;

 private:
  At(const At* parent, std::string_view key, std::size_t index) : parent_(parent), key_(key), index_(index) {}

  const At* parent_ = nullptr;
  std::string_view key_{};
  std::size_t index_ = 0;
};

/// The mistakes of one JSON text, collected to be told together.
class Mistakes {
 public:
  Mistakes(std::string_view text, const std::string& name) : text_(text), name_(name) {}

  void add(const At& at, const std::string& what);
  /// The same at the key itself, as that is what is misspelt.
  void add_key(const At& at, const std::string& what);
  [[nodiscard]] std::size_t count() const { return mistakes_.size(); }
  /// Throws an InputError of all mistakes; does nothing without any.
  void tell() const;

  /// A path that an object gives twice.
  void add_repeated(const std::string& path);

 private:
  struct Mistake {
    std::string path;
    std::string text;
    bool at_key = false;
  };
  std::string_view text_;
  const std::string& name_;
  std::vector<Mistake> mistakes_;
};

}  // namespace flashmotion::trajectory_json
