#include "flashmotion/io/torch_pickle.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/io/detail/pickle_machine.hpp"
#include "flashmotion/io/detail/zip_directory.hpp"

#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace flashmotion {
namespace torch_pickle_detail {

constexpr std::uint64_t kMaxPickle = 16'000'000;
constexpr std::string_view kLegacyStart("\x80\x02\x8a\x0al\xfc\x9c\x46\xf9 j\xa8P\x19.", 15);

using Entries = std::map<std::string, zip_detail::ZipEntry, std::less<>>;

void refuse_other_formats(const MappedFile& file) {
  const std::string_view bytes = file.bytes();
  if (bytes.starts_with("PK")) return;
  const std::string name = file.path().string();
  if (bytes.starts_with(kLegacyStart) || bytes.starts_with("\x80")) {
    throw InputError(
        fmt::format("'{}' is in the format that PyTorch wrote before version 1.6; write it anew in Python with "
                    "torch.save(torch.load('{}', weights_only=True), 'NEW.pt')",
                    name, file.path().filename().string()));
  }
  throw InputError(fmt::format("'{}' is no PyTorch checkpoint: it does not begin as a zip archive does", name));
}

// Numbers of tensors, found by the key that the pickle gives them.
class Storages {
 public:
  Storages(const MappedFile& file, const Entries& entries, std::string prefix)
      : file_(file), entries_(entries), prefix_(std::move(prefix)) {}

  Tensor tensor(const pickle_detail::TensorPlace& place) {
    const std::string name = fmt::format("{}data/{}", prefix_, place.storage);
    const auto entry = entries_.find(name);
    if (entry == entries_.end()) {
      throw InputError(fmt::format("'{}' is damaged: a tensor's numbers, '{}', are missing", path(), name));
    }
    if (entry->second.size != place.bytes) {
      throw InputError(fmt::format("'{}' is damaged at byte {}: '{}' has {} bytes, but its tensors need {}", path(),
                                   entry->second.begin, name, entry->second.size, place.bytes));
    }
    auto [known, fresh] = whole_.try_emplace(place.storage);
    if (fresh) {
      constexpr std::uint64_t kWidest = 8;
      known->second = file_.view(entry->second.begin, {static_cast<std::int64_t>(place.bytes)}, at::kByte);
      if (entry->second.begin % kWidest != 0) known->second = known->second.clone();
    }
    Tensor view = at::empty({0}, at::TensorOptions().dtype(place.dtype));
    view.set_(known->second.storage(), place.offset, place.shape, place.strides);
    return view;
  }

 private:
  [[nodiscard]] std::string path() const { return file_.path().string(); }

  const MappedFile& file_;
  const Entries& entries_;
  std::string prefix_;
  std::map<std::string, Tensor> whole_;
};

}  // namespace torch_pickle_detail

const PickleValue::List* PickleValue::list() const {
  const auto* shared = std::get_if<std::shared_ptr<const List>>(&content_);
  return shared == nullptr ? nullptr : shared->get();
}

const PickleValue::Dictionary* PickleValue::dictionary() const {
  const auto* shared = std::get_if<std::shared_ptr<const Dictionary>>(&content_);
  return shared == nullptr ? nullptr : shared->get();
}

const PickleValue* PickleValue::find(std::string_view key) const {
  const Dictionary* entries = dictionary();
  if (entries == nullptr) return nullptr;
  for (const auto& [name, value] : *entries) {
    if (name == key) return &value;
  }
  return nullptr;
}

TorchPickleFile::TorchPickleFile(const std::filesystem::path& path) : TorchPickleFile(MappedFile(path)) {}

TorchPickleFile::TorchPickleFile(MappedFile file) : file_(std::move(file)) {
  using namespace torch_pickle_detail;
  refuse_other_formats(file_);
  const std::string name = path().string();
  const Entries entries = zip_detail::read_zip_directory(file_.bytes(), name);
  const auto pickle = std::find_if(entries.begin(), entries.end(), [](const auto& entry) {
    return entry.first.ends_with("/data.pkl") && entry.first.find('/') == entry.first.size() - 9;
  });
  if (pickle == entries.end()) {
    throw InputError(fmt::format("'{}' is a zip archive without 'data.pkl', so none of torch.save", name));
  }
  const std::string prefix = pickle->first.substr(0, pickle->first.size() - 8);
  const auto content = [&](const zip_detail::ZipEntry& entry) { return file_.bytes().substr(entry.begin, entry.size); };
  if (entries.contains(prefix + "constants.pkl")) {
    throw InputError(fmt::format("'{}' is a TorchScript program, not a checkpoint; save its state_dict instead", name));
  }
  if (const auto order = entries.find(prefix + "byteorder"); order != entries.end()) {
    if (content(order->second) != "little") {
      throw InputError(
          fmt::format("'{}' was saved on a machine with another order of bytes; save it anew on this one", name));
    }
  }
  const std::string_view bytes = content(pickle->second);
  if (bytes.size() > kMaxPickle) {
    throw InputError(fmt::format("'{}' has {} bytes of names and settings, more than the {} that are read", name,
                                 bytes.size(), kMaxPickle));
  }
  // A checksum of 0 says that none was computed.
  if (pickle->second.crc != 0 && zip_detail::crc32(bytes) != pickle->second.crc) {
    throw InputError(
        fmt::format("'{}' is damaged at byte {}: the names and settings in 'data.pkl' have another "
                    "checksum than stated; fetch the file again",
                    name, pickle->second.begin));
  }
  Storages storages(file_, entries, prefix);
  root_ = pickle_detail::read_pickle(bytes, fmt::format("{}:data.pkl", name),
                                     [&](const pickle_detail::TensorPlace& place) { return storages.tensor(place); });
}

}  // namespace flashmotion
