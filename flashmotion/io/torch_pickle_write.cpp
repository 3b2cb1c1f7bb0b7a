#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/pickle_machine.hpp"
#include "flashmotion/io/detail/zip_directory.hpp"
#include "flashmotion/io/torch_pickle.hpp"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace flashmotion {
namespace torch_pickle_write_detail {

constexpr std::uint64_t kAlignment = 64;
constexpr std::uint64_t kLocalSize = 30;
constexpr std::uint64_t kIn64 = 0xffffffff;  // the number stands in a 64-bit field instead

// Little-endian.
void put(std::string& text, std::uint64_t number, int width) {
  for (int i = 0; i < width; ++i) text += static_cast<char>(number >> (8 * i));
}

class Pickle {
 public:
  Pickle() { text_ = "\x80\x02}("; }

  void add(std::size_t index, const TensorOutline& tensor) {
    word(tensor.name);
    const auto storage = pickle_detail::torch_storage_name(tensor.dtype);
    const auto type = pickle_detail::torch_type_name(tensor.dtype);
    text_ += storage ? "ctorch._utils\n_rebuild_tensor_v2\n((" : "ctorch._utils\n_rebuild_tensor_v3\n((";
    word("storage");
    text_ += storage ? fmt::format("ctorch\n{}\n", *storage) : "ctorch.storage\nUntypedStorage\n";
    word(fmt::format("{}", index));
    word("cpu");
    const std::int64_t elements = c10::multiply_integers(tensor.shape);
    whole(storage ? elements : static_cast<std::int64_t>(tensor.bytes()));
    text_ += "tQ";
    whole(0);
    tuple(tensor.shape);
    std::vector<std::int64_t> strides(tensor.shape.size());
    std::int64_t stride = 1;
    for (std::size_t i = strides.size(); i > 0; --i) {
      strides[i - 1] = stride;
      stride *= std::max<std::int64_t>(tensor.shape[i - 1], 1);
    }
    tuple(strides);
    text_ +=
        "\x89"
        "ccollections\nOrderedDict\n)R";
    if (!storage) text_ += fmt::format("ctorch\n{}\n", *type);
    text_ += "tR";
  }

  std::string finish() { return std::move(text_) + "u."; }

 private:
  void word(std::string_view word) {
    text_ += 'X';
    put(text_, word.size(), 4);
    text_ += word;
  }
  void whole(std::int64_t number) {
    const bool small = number <= INT32_MAX;
    text_ += small ? "J" : "\x8a\x08";
    put(text_, static_cast<std::uint64_t>(number), small ? 4 : 8);
  }
  void tuple(const std::vector<std::int64_t>& numbers) {
    text_ += '(';
    for (const std::int64_t number : numbers) whole(number);
    text_ += 't';
  }

  std::string text_;
};

struct Record {
  std::string name;
  std::uint64_t begin = 0;  // of its header
  std::uint64_t size = 0;
  std::uint32_t crc = 0;
};

}  // namespace torch_pickle_write_detail

struct TorchPickleWriter::State {
  using Record = torch_pickle_write_detail::Record;

  explicit State(const std::filesystem::path& path) : file(path.string()) {}

  void write(std::string_view bytes) {
    file.write(bytes);
    at += bytes.size();
  }
  void add(const std::string& name, std::string_view bytes);
  void write_directory();

  AtomicFile file;
  std::vector<TensorOutline> tensors;
  std::size_t written = 0;
  std::uint64_t at = 0;
  std::vector<Record> records;
};

// The header states checksum and size, and an extra field moves the bytes to their boundary.
void TorchPickleWriter::State::add(const std::string& name, std::string_view bytes) {
  using namespace torch_pickle_write_detail;
  const Record record{fmt::format("archive/{}", name), at, bytes.size(), zip_detail::crc32(bytes)};
  std::string extra;
  if (record.size >= kIn64) {
    put(extra, 1, 2);
    put(extra, 16, 2);
    put(extra, record.size, 8);
    put(extra, record.size, 8);
  }
  const std::uint64_t unpadded = at + kLocalSize + record.name.size() + extra.size() + 4;
  const std::uint64_t padding = (kAlignment - unpadded % kAlignment) % kAlignment;
  extra += "FB";
  put(extra, padding, 2);
  extra.append(padding, 'Z');
  std::string header;
  put(header, 0x04034b50, 4);
  put(header, record.size >= kIn64 ? 45 : 20, 2);
  put(header, 0x0800, 2);  // names are UTF-8
  put(header, 0, 6);       // stored; no date
  put(header, record.crc, 4);
  put(header, std::min(record.size, kIn64), 4);
  put(header, std::min(record.size, kIn64), 4);
  put(header, record.name.size(), 2);
  put(header, extra.size(), 2);
  write(header + record.name + extra);
  write(bytes);
  records.push_back(record);
}

void TorchPickleWriter::State::write_directory() {
  using namespace torch_pickle_write_detail;
  const std::uint64_t begin = at;
  for (const Record& record : records) {
    std::string extra;
    if (record.size >= kIn64 || record.begin >= kIn64) {
      put(extra, 1, 2);
      put(extra, (record.size >= kIn64 ? 16 : 0) + (record.begin >= kIn64 ? 8 : 0), 2);
      if (record.size >= kIn64) {
        put(extra, record.size, 8);
        put(extra, record.size, 8);
      }
      if (record.begin >= kIn64) put(extra, record.begin, 8);
    }
    std::string entry;
    put(entry, 0x02014b50, 4);
    put(entry, 45, 2);
    put(entry, extra.empty() ? 20 : 45, 2);
    put(entry, 0x0800, 2);
    put(entry, 0, 6);
    put(entry, record.crc, 4);
    put(entry, std::min(record.size, kIn64), 4);
    put(entry, std::min(record.size, kIn64), 4);
    put(entry, record.name.size(), 2);
    put(entry, extra.size(), 2);
    put(entry, 0, 8);
    put(entry, 0, 2);
    put(entry, std::min(record.begin, kIn64), 4);
    entry += record.name;
    entry += extra;
    write(entry);
  }
  const std::uint64_t end = at;
  std::string tail;
  const bool large = end >= kIn64 || records.size() >= 0xffff;
  if (large) {
    put(tail, 0x06064b50, 4);
    put(tail, 44, 8);
    put(tail, 45, 2);
    put(tail, 45, 2);
    put(tail, 0, 8);
    put(tail, records.size(), 8);
    put(tail, records.size(), 8);
    put(tail, end - begin, 8);
    put(tail, begin, 8);
    put(tail, 0x07064b50, 4);
    put(tail, 0, 4);
    put(tail, end, 8);
    put(tail, 1, 4);
  }
  put(tail, 0x06054b50, 4);
  put(tail, 0, 4);
  put(tail, large ? 0xffff : records.size(), 2);
  put(tail, large ? 0xffff : records.size(), 2);
  put(tail, large ? kIn64 : end - begin, 4);
  put(tail, large ? kIn64 : begin, 4);
  put(tail, 0, 2);
  write(tail);
}

TorchPickleWriter::TorchPickleWriter(const std::filesystem::path& path, std::vector<TensorOutline> tensors) {
  std::set<std::string_view> seen;
  torch_pickle_write_detail::Pickle pickle;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    if (!seen.insert(tensors[i].name).second) {
      throw Error(
          fmt::format("tensor '{}' cannot be written to '{}': the name is taken", tensors[i].name, path.string()));
    }
    if (!pickle_detail::torch_type_name(tensors[i].dtype)) {
      throw Error(fmt::format("tensor '{}' cannot be written to '{}': its type {} is not known", tensors[i].name,
                              path.string(), c10::toString(tensors[i].dtype)));
    }
    pickle.add(i, tensors[i]);
  }
  state_ = std::make_unique<State>(path);
  state_->tensors = std::move(tensors);
  state_->add("data.pkl", pickle.finish());
  state_->add("byteorder", "little");
}

TorchPickleWriter::TorchPickleWriter(TorchPickleWriter&&) noexcept = default;
TorchPickleWriter::~TorchPickleWriter() = default;

void TorchPickleWriter::write(const Tensor& tensor) {
  FLASHMOTION_ASSERT(state_->written < state_->tensors.size());
  const TensorOutline& outline = state_->tensors[state_->written];
  FLASHMOTION_ASSERT(tensor.scalar_type() == outline.dtype && tensor.sizes() == at::IntArrayRef(outline.shape));
  const Tensor flat = tensor.detach().to(at::kCPU).contiguous();
  state_->add(fmt::format("data/{}", state_->written++),
              {static_cast<const char*>(flat.const_data_ptr()), flat.nbytes()});
}

void TorchPickleWriter::finish() {
  FLASHMOTION_ASSERT(state_->written == state_->tensors.size());
  state_->add("version", "3\n");
  state_->write_directory();
  state_->file.commit();
}

}  // namespace flashmotion
