#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/safetensors_types.hpp"
#include "flashmotion/io/safetensors.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <set>
#include <utility>

namespace flashmotion {
namespace safetensors_detail {

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;  // the limit of the format's own reader

constexpr int kMaxDepth = 4;  // tensors are objects in an object, with lists of numbers

}  // namespace safetensors_detail

/// Parses and checks the header. A friend class keeps the public header free of JSON.
class SafetensorsReader {
 public:
  using Json = nlohmann::json;

  explicit SafetensorsReader(SafetensorsFile& file)
      : file_(file), bytes_(file.file_.bytes().data()), size_(file.file_.size()) {}

  void read() {
    using safetensors_detail::kLengthBytes;
    if (size_ < kLengthBytes) {
      fail(size_, fmt::format("the file ends after {} bytes, before the 8 bytes of the header's length", size_));
    }
    std::uint64_t length = 0;
    for (int i = 7; i >= 0; --i) length = (length << 8U) | static_cast<unsigned char>(bytes_[i]);
    if (length > safetensors_detail::kMaxHeader) {
      fail(0, fmt::format("the header claims {} bytes, more than the {} that the format allows; is this a "
                          "safetensors file?",
                          length, safetensors_detail::kMaxHeader));
    }
    if (length > size_ - kLengthBytes) {
      fail(0, fmt::format("the header claims {} bytes, but the file holds only {} after its length", length,
                          size_ - kLengthBytes));
    }
    header_ = std::string_view(bytes_ + kLengthBytes, length);
    data_ = kLengthBytes + length;
    std::vector<std::string> order;
    const Json header = parse(order);
    for (const std::string& name : order) {
      const Json& value = header[name];
      if (name == "__metadata__") {
        read_metadata(value);
      } else {
        read_entry(name, value);
      }
    }
    check_layout();
  }

 private:
  [[noreturn]] void fail(std::uint64_t byte, const std::string& what) const {
    throw InputError(fmt::format("'{}' is damaged at byte {}: {}", file_.path().string(), byte, what));
  }

  // Byte of a name in the header; its start when the name is written with escapes.
  [[nodiscard]] std::uint64_t place(std::string_view name) const {
    const std::size_t at = header_.find(fmt::format("\"{}\"", name));
    return safetensors_detail::kLengthBytes + (at == std::string_view::npos ? 0 : at);
  }

  // `order` gets the names as they follow each other in the text.
  [[nodiscard]] Json parse(std::vector<std::string>& order) const {
    std::vector<std::set<std::string>> keys;
    std::string twice;
    const auto watch = [&](int depth, Json::parse_event_t event, Json& value) {
      if (depth > safetensors_detail::kMaxDepth) {
        fail(safetensors_detail::kLengthBytes, "the header is nested deeper than that of a safetensors file");
      }
      if (event == Json::parse_event_t::object_start) {
        keys.resize(static_cast<std::size_t>(depth) + 1);
        keys[static_cast<std::size_t>(depth)].clear();
      } else if (event == Json::parse_event_t::key) {
        const auto& name = value.get_ref<const std::string&>();
        if (!keys[static_cast<std::size_t>(depth) - 1].insert(name).second && twice.empty()) twice = name;
        if (depth == 1) order.push_back(name);
      }
      return true;
    };
    Json header;
    try {
      header = Json::parse(header_.begin(), header_.end(), watch);
    } catch (const Json::parse_error& error) {
      const std::uint64_t within = error.byte == 0 ? 0 : error.byte - 1;
      fail(safetensors_detail::kLengthBytes + within, "the header is not JSON from here on");
    } catch (const Json::exception&) {
      fail(safetensors_detail::kLengthBytes, "the header holds a number that is out of range");
    }
    if (!header.is_object()) fail(safetensors_detail::kLengthBytes, "the header is not a JSON object");
    if (!twice.empty()) fail(place(twice), fmt::format("the name '{}' is there twice", twice));
    return header;
  }

  void read_metadata(const Json& value) const {
    if (!value.is_object()) fail(place("__metadata__"), "'__metadata__' is not an object of texts");
    for (const auto& [key, text] : value.items()) {
      if (!text.is_string()) fail(place(key), fmt::format("the metadata '{}' is not a text", key));
      file_.metadata_[key] = text.get<std::string>();
    }
  }

  void read_entry(const std::string& name, const Json& value) const {
    const auto wrong = [&](const std::string& what) { fail(place(name), fmt::format("tensor '{}' {}", name, what)); };
    if (!value.is_object() || !value.contains("dtype") || !value.contains("shape") || !value.contains("data_offsets")) {
      wrong("does not state 'dtype', 'shape' and 'data_offsets'");
    }
    SafetensorsFile::Entry entry;
    const Json& type = value["dtype"];
    if (!type.is_string()) wrong("has a 'dtype' that is not a text");
    const auto known = safetensors_detail::type_from_name(type.get_ref<const std::string&>());
    if (!known) wrong(fmt::format("has the unknown dtype '{}'", type.get<std::string>()));
    entry.dtype = *known;

    const Json& shape = value["shape"];
    if (!shape.is_array()) wrong("has a 'shape' that is not a list");
    std::uint64_t bytes = c10::elementSize(entry.dtype);
    for (const Json& extent : shape) {
      if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > INT64_MAX) {
        wrong("has a 'shape' that is not a list of whole numbers from 0");
      }
      entry.shape.push_back(extent.get<std::int64_t>());
    }
    const bool empty = std::find(entry.shape.begin(), entry.shape.end(), 0) != entry.shape.end();
    for (const std::int64_t extent : entry.shape) {
      if (!empty && __builtin_mul_overflow(bytes, static_cast<std::uint64_t>(extent), &bytes)) {
        wrong(fmt::format("has the impossible shape {}", safetensors_detail::shape_text(entry.shape)));
      }
    }
    if (empty) bytes = 0;

    const Json& offsets = value["data_offsets"];
    if (!offsets.is_array() || offsets.size() != 2 || !offsets[0].is_number_unsigned() ||
        !offsets[1].is_number_unsigned()) {
      wrong("has 'data_offsets' that are not two whole numbers from 0");
    }
    const auto begin = offsets[0].get<std::uint64_t>();
    const auto end = offsets[1].get<std::uint64_t>();
    if (begin > end || end > size_ - data_) {
      wrong(fmt::format("lies at {} to {} of the data, which have {} bytes", begin, end, size_ - data_));
    }
    if (end - begin != bytes) {
      wrong(fmt::format("has {} bytes, but its shape {} and dtype {} need {}", end - begin,
                        safetensors_detail::shape_text(entry.shape), type.get<std::string>(), bytes));
    }
    entry.begin = data_ + begin;
    entry.end = data_ + end;
    file_.names_.push_back(name);
    file_.entries_.emplace(name, std::move(entry));
  }

  void check_layout() const {
    std::vector<std::pair<const std::string*, const SafetensorsFile::Entry*>> order;
    for (const auto& [name, entry] : file_.entries_) order.emplace_back(&name, &entry);
    std::sort(order.begin(), order.end(), [](const auto& a, const auto& b) {
      return std::pair(a.second->begin, a.second->end) < std::pair(b.second->begin, b.second->end);
    });
    std::uint64_t at = data_;
    const std::string* before = nullptr;
    for (const auto& [name, entry] : order) {
      if (entry->begin < at) fail(entry->begin, fmt::format("tensor '{}' overlaps tensor '{}'", *name, *before));
      if (entry->begin > at) {
        fail(at, fmt::format("{} bytes before tensor '{}' belong to no tensor", entry->begin - at, *name));
      }
      at = entry->end;
      before = name;
    }
    if (at != size_) fail(at, fmt::format("{} bytes after the last tensor belong to none", size_ - at));
  }

  SafetensorsFile& file_;
  const char* bytes_;
  std::uint64_t size_;
  std::string_view header_;
  std::uint64_t data_ = 0;
};

SafetensorsFile::SafetensorsFile(const std::filesystem::path& path) : SafetensorsFile(MappedFile(path)) {}

SafetensorsFile::SafetensorsFile(MappedFile file) : file_(std::move(file)) { SafetensorsReader(*this).read(); }

}  // namespace flashmotion
