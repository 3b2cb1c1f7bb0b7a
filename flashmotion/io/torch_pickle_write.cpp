#include "flashmotion/base/assert.hpp"
#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/pickle_machine.hpp"
#include "flashmotion/io/detail/zip_writer.hpp"
#include "flashmotion/io/torch_pickle.hpp"

#include <ATen/core/Tensor.h>
#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace flashmotion {
namespace torch_pickle_write_detail {

using zip_detail::put;

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

// Each byte as a code point, as Python's second protocol writes bytes.
std::string pickled_bytes(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      text += c;
    } else {
      text += static_cast<char>(0xc0U | byte >> 6U);
      text += static_cast<char>(0x80U | (byte & 0x3fU));
    }
  }
  std::string pickle =
      "\x80\x02"
      "c_codecs\nencode\nX";
  put(pickle, text.size(), 4);
  pickle += text + "X";
  put(pickle, 6, 4);
  return pickle + "latin1\x86R.";
}

}  // namespace torch_pickle_write_detail

std::string torch_pickle_of_bytes(std::string_view bytes) {
  std::string archive;
  zip_detail::ZipWriter zip([&](std::string_view part) { archive += part; });
  zip.add("archive/data.pkl", torch_pickle_write_detail::pickled_bytes(bytes));
  zip.add("archive/byteorder", "little");
  zip.add("archive/version", "3\n");
  zip.finish();
  return archive;
}

struct TorchPickleWriter::State {
  explicit State(const std::filesystem::path& path)
      : file(path.string()), zip([this](std::string_view bytes) { file.write(bytes); }) {}

  void add(const std::string& name, std::string_view bytes) { zip.add(fmt::format("archive/{}", name), bytes); }

  AtomicFile file;
  zip_detail::ZipWriter zip;
  std::vector<TensorOutline> tensors;
  std::size_t written = 0;
};

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
  state_->zip.finish();
  state_->file.commit();
}

}  // namespace flashmotion
