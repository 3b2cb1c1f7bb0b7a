#include "flashmotion/base/error.hpp"
#include "flashmotion/io/torch_pickle.hpp"
#include "tests/fuzz/target.hpp"

namespace fuzz {
namespace {

void put(std::string& text, std::uint64_t number, int width) {
  for (int i = 0; i < width; ++i) text += static_cast<char>(number >> (8 * i));
}

// An archive of one pickle and one storage of 16 bytes, without checksums.
std::string archive(std::string_view pickle) {
  const std::pair<std::string, std::string> files[] = {{"a/data.pkl", std::string(pickle)},
                                                       {"a/data/0", std::string(16, '\x01')}};
  std::string bytes;
  std::string directory;
  for (const auto& [name, content] : files) {
    std::string middle;
    put(middle, 0, 4);
    put(middle, content.size(), 4);
    put(middle, content.size(), 4);
    put(middle, name.size(), 2);
    put(middle, 0, 2);
    put(directory, 0x02014b50, 4);
    directory.append(12, '\0');
    directory += middle;
    directory.append(10, '\0');
    put(directory, bytes.size(), 4);
    directory += name;
    put(bytes, 0x04034b50, 4);
    bytes.append(10, '\0');
    bytes += middle + name + content;
  }
  const std::size_t begin = bytes.size();
  bytes += directory;
  put(bytes, 0x06054b50, 4);
  put(bytes, 0, 4);
  put(bytes, 2, 2);
  put(bytes, 2, 2);
  put(bytes, directory.size(), 4);
  put(bytes, begin, 4);
  put(bytes, 0, 2);
  return bytes;
}

void look_at(const flashmotion::PickleValue& value, int depth) {
  if (depth > 80) throw std::logic_error("a tree has no end");
  if (const auto* tensor = value.tensor(); tensor != nullptr && tensor->numel() > 0) {
    std::int64_t last = 0;
    for (std::int64_t i = 0; i < tensor->dim(); ++i) last += (tensor->size(i) - 1) * tensor->stride(i);
    const auto* data = static_cast<const volatile char*>(tensor->const_data_ptr());
    static_cast<void>(data[last * tensor->element_size()]);
  }
  // Shared lists are looked at in their first place only.
  if (const auto* list = value.list(); list != nullptr && !list->empty()) look_at(list->front(), depth + 1);
  if (const auto* entries = value.dictionary()) {
    for (const auto& entry : *entries) {
      if (entry.second.dictionary() == nullptr) look_at(entry.second, depth + 1);
    }
  }
}

}  // namespace

// A first byte of 'Z' makes the rest a whole archive; other bytes are the pickle inside a valid one.
void run_pickle(std::string_view bytes) {
  using namespace flashmotion;
  try {
    const bool whole = bytes.starts_with('Z');
    const TorchPickleFile file(MappedFile(whole ? std::string(bytes.substr(1)) : archive(bytes), "x.pt"));
    look_at(file.root(), 0);
  } catch (const InputError&) {  // what a damaged file gives
  }
}

std::vector<std::string> pickle_seeds() {
  const auto word = [](const std::string& text) {
    std::string bytes = "X";
    put(bytes, text.size(), 4);
    return bytes + text;
  };
  const std::string storage = "(" + word("storage") + "ctorch\nFloatStorage\n" + word("0") + word("cpu") + "K\x04tQ";
  const std::string rest = std::string("K\0K\x02K\x02\x86K\x02K\x01\x86\x89", 14) + "ccollections\nOrderedDict\n)RtR";
  const std::string tensor = "ctorch._utils\n_rebuild_tensor_v2\n(" + storage + rest;
  const std::string narrow = "ctorch._utils\n_rebuild_tensor_v3\n((" + word("storage") +
                             "ctorch.storage\nUntypedStorage\n" + word("0") + word("cpu") + "K\x10tQ" +
                             rest.substr(0, 14) + "}ctorch\nfloat8_e4m3fn\ntR";
  const std::string start = "\x80\x02";
  const std::vector<std::string> pickles = {
      start + "}.",
      start + "}q\x01(" + word("a") + tensor + word("b") + narrow + "u.",
      start + "ccollections\nOrderedDict\n)R(" + word("p") + "ctorch._utils\n_rebuild_parameter\n" + tensor +
          "\x88}\x87Ru}" + word("_metadata") + "Nsb.",
      start + "](K\x01M\x02\x03J\xff\xff\xff\xff\x8a\x02\x01\x02G@\x08" + std::string(6, '\0') +
          "\x88\x89NU\x01zq\x05h\x05" + "e.",
      "\x80\x04\x95" + std::string(8, '\0') + "\x8c\x05torch\x8c\x04Size\x93\x94K\x01K\x02\x86\x85R.",
  };
  std::vector<std::string> seeds = pickles;
  for (const std::string& pickle : pickles) seeds.push_back("Z" + archive(pickle));
  return seeds;
}

}  // namespace fuzz
