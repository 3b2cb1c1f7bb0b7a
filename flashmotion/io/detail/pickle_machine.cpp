#include "flashmotion/io/detail/pickle_machine.hpp"

#include "flashmotion/base/error.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <unordered_map>
#include <utility>

namespace flashmotion::pickle_detail {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::uint64_t kMaxValues = 20'000'000;  // of the tree, counting what is shared at each place

enum class Tag : std::uint8_t {
  none,
  boolean,
  whole,
  number,
  text,
  bytes,
  tuple,
  list,
  dictionary,
  global,
  storage,
  tensor
};

struct Node {
  explicit Node(Tag kind) : tag(kind) {}

  Tag tag;
  std::int64_t whole = 0;
  double number = 0;
  std::string text;                  // of a text, bytes or a global; the key of a storage
  std::vector<std::uint32_t> items;  // of a list or tuple; keys and values in turn of a dictionary
  std::size_t tensor = 0;            // index of its place
  std::optional<at::ScalarType> type;
};

bool known_global(std::string_view name) {
  static constexpr std::array<std::string_view, 9> kFunctions = {"collections.OrderedDict",
                                                                 "_codecs.encode",
                                                                 "torch._utils._rebuild_tensor_v2",
                                                                 "torch._utils._rebuild_tensor_v3",
                                                                 "torch._utils._rebuild_parameter",
                                                                 "torch.Size",
                                                                 "torch.device",
                                                                 "torch.UntypedStorage",
                                                                 "torch.storage.UntypedStorage"};
  if (std::find(kFunctions.begin(), kFunctions.end(), name) != kFunctions.end()) return true;
  return name.starts_with("torch.") && type_from_torch_name(name.substr(6)).has_value();
}

// The stack machine. Values lie in one list and are named by their place in it.
class Machine {
 public:
  Machine(std::string_view bytes, const std::string& name, const MakeTensor& make)
      : bytes_(bytes), name_(name), make_(make) {}

  PickleValue run() {
    while (true) {
      begin_ = at_;
      const auto code = static_cast<unsigned char>(take(1)[0]);
      if (code == '.') break;
      step(code);
    }
    if (stack_.size() != 1 || stack_[0].mark) fail("the pickle ends with more or less than one value");
    colours_.assign(nodes_.size(), 0);
    return build(stack_[0].value, 0).value;
  }

 private:
  struct Slot {
    bool mark = false;
    std::uint32_t value = 0;
  };
  struct Built {
    PickleValue value;
    std::uint64_t size = 1;
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw InputError(fmt::format("'{}' cannot be read, at byte {}: {}", name_, begin_, what));
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_) fail("the pickle ends in the middle of an instruction");
    const std::string_view part = bytes_.substr(at_, count);
    at_ += count;
    return part;
  }
  std::uint64_t number(int width) {
    const std::string_view part = take(static_cast<std::uint64_t>(width));
    std::uint64_t value = 0;
    for (int i = width - 1; i >= 0; --i) {
      value = (value << 8U) | static_cast<unsigned char>(part[static_cast<std::size_t>(i)]);
    }
    return value;
  }
  std::string_view line() {
    const std::size_t end = bytes_.find('\n', at_);
    if (end == std::string_view::npos) fail("the pickle ends in the middle of a name");
    const std::string_view part = bytes_.substr(at_, end - at_);
    at_ = end + 1;
    return part;
  }

  std::uint32_t add(Node node) {
    nodes_.push_back(std::move(node));
    return static_cast<std::uint32_t>(nodes_.size() - 1);
  }
  void push(Node node) { stack_.push_back({false, add(std::move(node))}); }
  void push_whole(std::int64_t value) {
    Node node{Tag::whole};
    node.whole = value;
    push(std::move(node));
  }
  void push_text(std::string_view text) {
    if (!is_utf8(text)) fail("a text is not UTF-8");
    Node node{Tag::text};
    node.text = text;
    push(std::move(node));
  }
  void push_bytes(std::string_view bytes) {
    Node node{Tag::bytes};
    node.text = bytes;
    push(std::move(node));
  }
  std::uint32_t pop() {
    if (stack_.empty() || stack_.back().mark) fail("an instruction finds nothing to work on");
    const std::uint32_t value = stack_.back().value;
    stack_.pop_back();
    return value;
  }
  std::vector<std::uint32_t> pop_to_mark() {
    std::vector<std::uint32_t> values;
    while (!stack_.empty() && !stack_.back().mark) {
      values.push_back(stack_.back().value);
      stack_.pop_back();
    }
    if (stack_.empty()) fail("an instruction finds no mark");
    stack_.pop_back();
    std::reverse(values.begin(), values.end());
    return values;
  }
  std::uint32_t top() const {
    if (stack_.empty() || stack_.back().mark) fail("an instruction finds nothing to work on");
    return stack_.back().value;
  }

  void step(unsigned char code);
  bool step_plain(unsigned char code);
  void push_long(std::string_view part);
  void push_tuple(std::vector<std::uint32_t> items);
  void append(const std::vector<std::uint32_t>& items);
  void set_items(const std::vector<std::uint32_t>& items);
  void push_global(const std::string& name);
  void remember(std::uint64_t key) { memo_[key] = top(); }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) fail("a value is used that was not remembered before");
    stack_.push_back({false, found->second});
  }
  void persistent();
  void reduce();
  void set_state();
  std::uint32_t tensor(const std::vector<std::uint32_t>& arguments, bool untyped);
  std::vector<std::int64_t> extents(std::uint32_t value);
  void check_bounds(const TensorPlace& place);
  Built build(std::uint32_t value, std::size_t depth);
  std::string key_text(std::uint32_t value) const;

  std::string_view bytes_;
  const std::string& name_;
  const MakeTensor& make_;
  std::uint64_t at_ = 0;
  std::uint64_t begin_ = 0;  // of the instruction that is carried out
  std::vector<Node> nodes_;
  std::vector<Slot> stack_;
  std::unordered_map<std::uint64_t, std::uint32_t> memo_;
  std::vector<TensorPlace> places_;
  std::vector<std::uint64_t> place_bytes_;  // where in the pickle each tensor was made
  std::vector<char> colours_;               // 1 while a value is being built, 2 after that
  std::unordered_map<std::uint32_t, Built> built_;
};

// Instructions that make plain values; false when `code` is none of them.
bool Machine::step_plain(unsigned char code) {
  switch (code) {
    case 'N':
      push(Node{Tag::none});
      return true;
    case 0x88:
    case 0x89: {
      Node node{Tag::boolean};
      node.whole = code == 0x88 ? 1 : 0;
      push(std::move(node));
      return true;
    }
    case 'J':
      push_whole(static_cast<std::int32_t>(number(4)));
      return true;
    case 'K':
      push_whole(static_cast<std::int64_t>(number(1)));
      return true;
    case 'M':
      push_whole(static_cast<std::int64_t>(number(2)));
      return true;
    case 0x8a:
      push_long(take(number(1)));
      return true;
    case 'G': {
      std::uint64_t bits = 0;
      for (const char c : take(8)) bits = (bits << 8U) | static_cast<unsigned char>(c);
      Node node{Tag::number};
      std::memcpy(&node.number, &bits, sizeof bits);
      push(std::move(node));
      return true;
    }
    case 'X':
      push_text(take(number(4)));
      return true;
    case 0x8c:
    case 'U':
      push_text(take(number(1)));
      return true;
    case 0x8d:
      push_text(take(number(8)));
      return true;
    case 'B':
      push_bytes(take(number(4)));
      return true;
    case 'C':
      push_bytes(take(number(1)));
      return true;
    case ']':
      push(Node{Tag::list});
      return true;
    case '}':
      push(Node{Tag::dictionary});
      return true;
    case ')':
      push_tuple({});
      return true;
    default:
      return false;
  }
}

void Machine::step(unsigned char code) {
  if (step_plain(code)) return;
  switch (code) {
    case 0x80: {  // the protocol
      const std::uint64_t protocol = number(1);
      if (protocol < 2 || protocol > 5) fail(fmt::format("the pickle has protocol {}; 2 to 5 are known", protocol));
      return;
    }
    case 0x95:
      static_cast<void>(take(8));
      return;  // a frame's size; the frames follow each other
    case '(':
      stack_.push_back({true, 0});
      return;
    case '0':
      static_cast<void>(pop());
      return;
    case '1':
      static_cast<void>(pop_to_mark());
      return;
    case '2':
      stack_.push_back({false, top()});
      return;
    case 'a':
      append({pop()});
      return;
    case 'e':
      append(pop_to_mark());
      return;
    case 't':
      push_tuple(pop_to_mark());
      return;
    case 0x85:
    case 0x86:
    case 0x87: {
      std::vector<std::uint32_t> items(static_cast<std::size_t>(code - 0x84));
      for (std::size_t i = items.size(); i > 0; --i) items[i - 1] = pop();
      push_tuple(std::move(items));
      return;
    }
    case 's': {
      const std::uint32_t value = pop();
      set_items({pop(), value});
      return;
    }
    case 'u':
      set_items(pop_to_mark());
      return;
    case 'q':
      remember(number(1));
      return;
    case 'r':
      remember(number(4));
      return;
    case 0x94:
      remember(memo_.size());
      return;
    case 'h':
      recall(number(1));
      return;
    case 'j':
      recall(number(4));
      return;
    case 'c': {
      const std::string module(line());
      push_global(fmt::format("{}.{}", module, line()));
      return;
    }
    case 0x93: {
      const Node& word = nodes_[pop()];
      const Node& module = nodes_[pop()];
      if (word.tag != Tag::text || module.tag != Tag::text) fail("the name of a function is no text");
      push_global(fmt::format("{}.{}", module.text, word.text));
      return;
    }
    case 'Q':
      persistent();
      return;
    case 'R':
      reduce();
      return;
    case 'b':
      set_state();
      return;
    default:
      fail(
          fmt::format("the instruction 0x{:02x} is none that builds tensors and plain values; nothing was run. Where "
                      "the file can be trusted, load it in Python and save its tensors alone",
                      code));
  }
}

// A whole number of any length, two's complement.
void Machine::push_long(std::string_view part) {
  if (part.size() > 8) fail("a whole number has more than 64 bits");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < part.size(); ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(part[i])) << (8 * i);
  }
  if (!part.empty() && part.size() < 8 && (static_cast<unsigned char>(part.back()) & 0x80U) != 0) {
    value |= ~std::uint64_t{0} << (8 * part.size());
  }
  push_whole(static_cast<std::int64_t>(value));
}

void Machine::push_tuple(std::vector<std::uint32_t> items) {
  Node node{Tag::tuple};
  node.items = std::move(items);
  push(std::move(node));
}

void Machine::append(const std::vector<std::uint32_t>& items) {
  Node& list = nodes_[top()];
  if (list.tag != Tag::list) fail("something is put into a list that is none");
  list.items.insert(list.items.end(), items.begin(), items.end());
}

void Machine::set_items(const std::vector<std::uint32_t>& items) {
  Node& dictionary = nodes_[top()];
  if (dictionary.tag != Tag::dictionary) fail("something is put into a dictionary that is none");
  if (items.size() % 2 != 0) fail("a dictionary gets a key without a value");
  dictionary.items.insert(dictionary.items.end(), items.begin(), items.end());
}

void Machine::push_global(const std::string& name) {
  if (!known_global(name)) {
    fail(
        fmt::format("the pickle wants to use '{}', which is none of what builds tensors and plain values; nothing was "
                    "run. Where the file can be trusted, load it in Python and save its tensors alone",
                    is_utf8(name) ? name : "a name that is not UTF-8"));
  }
  Node node{Tag::global};
  node.text = name;
  if (name.starts_with("torch.")) node.type = type_from_torch_name(std::string_view(name).substr(6));
  push(std::move(node));
}

// ('storage', type, key, place, elements): numbers that lie outside the pickle.
void Machine::persistent() {
  const Node& tuple = nodes_[pop()];
  const auto item = [&](std::size_t i) -> const Node& { return nodes_[tuple.items[i]]; };
  if (tuple.tag != Tag::tuple || tuple.items.size() != 5 || item(0).tag != Tag::text || item(0).text != "storage" ||
      item(1).tag != Tag::global || item(2).tag != Tag::text || item(4).tag != Tag::whole) {
    fail("a reference is none to a storage");
  }
  Node node{Tag::storage};
  const std::string& type = item(1).text;
  if (type.ends_with("Storage")) {
    node.type = item(1).type;  // none: bytes
  } else {
    fail(fmt::format("'{}' is no type of storage", type));
  }
  node.text = item(2).text;
  const std::uint64_t width = node.type ? c10::elementSize(*node.type) : 1;
  std::uint64_t bytes = 0;
  if (item(4).whole < 0 || __builtin_mul_overflow(static_cast<std::uint64_t>(item(4).whole), width, &bytes) ||
      bytes > static_cast<std::uint64_t>(INT64_MAX)) {
    fail(fmt::format("a storage of {} elements is impossible", item(4).whole));
  }
  node.whole = static_cast<std::int64_t>(bytes);
  push(std::move(node));
}

void Machine::reduce() {
  const std::uint32_t packed = pop();
  const Node& function = nodes_[pop()];
  if (function.tag != Tag::global || nodes_[packed].tag != Tag::tuple) {
    fail("something is called that is no function, or with no arguments");
  }
  const std::string name = function.text;
  const std::vector<std::uint32_t> arguments = nodes_[packed].items;
  const auto wrong = [&]() { fail(fmt::format("'{}' is called with other arguments than PyTorch writes", name)); };
  if (name == "collections.OrderedDict") {
    if (!arguments.empty()) wrong();
    push(Node{Tag::dictionary});
  } else if (name == "_codecs.encode") {
    // How bytes are written for the second protocol, which has no instruction for them.
    if (arguments.size() != 2 || nodes_[arguments[0]].tag != Tag::text || nodes_[arguments[1]].tag != Tag::text ||
        nodes_[arguments[1]].text != "latin1")
      wrong();
    const auto bytes = latin1_bytes(nodes_[arguments[0]].text);
    if (!bytes) wrong();
    push_bytes(*bytes);
  } else if (name == "torch._utils._rebuild_tensor_v2" || name == "torch._utils._rebuild_tensor_v3") {
    stack_.push_back({false, tensor(arguments, name.ends_with("v3"))});
  } else if (name == "torch._utils._rebuild_parameter") {
    if (arguments.empty() || nodes_[arguments[0]].tag != Tag::tensor) wrong();
    stack_.push_back({false, arguments[0]});
  } else if (name == "torch.Size") {
    if (arguments.size() != 1 || nodes_[arguments[0]].tag != Tag::tuple) wrong();
    stack_.push_back({false, arguments[0]});
  } else if (name == "torch.device") {
    if (arguments.empty() || nodes_[arguments[0]].tag != Tag::text) wrong();
    stack_.push_back({false, arguments[0]});
  } else {
    fail(fmt::format("'{}' is called, and is no function", name));
  }
}

// What PyTorch keeps beside a dictionary of tensors (version numbers of modules) is not needed.
void Machine::set_state() {
  static_cast<void>(pop());
  if (nodes_[top()].tag != Tag::dictionary) fail("something other than a dictionary is given attributes");
}

std::uint32_t Machine::tensor(const std::vector<std::uint32_t>& arguments, bool untyped) {
  const std::size_t least = untyped ? 7 : 4;
  if (arguments.size() < least || nodes_[arguments[0]].tag != Tag::storage || nodes_[arguments[1]].tag != Tag::whole ||
      nodes_[arguments[1]].whole < 0) {
    fail("a tensor is made of something else than a storage, an offset, a shape and strides");
  }
  TensorPlace place;
  const Node& storage = nodes_[arguments[0]];
  const std::optional<at::ScalarType> type = untyped ? nodes_[arguments[6]].type : storage.type;
  if (!type) fail("a tensor has no known type of element");
  place.dtype = *type;
  place.storage = storage.text;
  place.bytes = static_cast<std::uint64_t>(storage.whole);
  place.offset = nodes_[arguments[1]].whole;
  place.shape = extents(arguments[2]);
  place.strides = extents(arguments[3]);
  check_bounds(place);
  Node node{Tag::tensor};
  node.tensor = places_.size();
  places_.push_back(std::move(place));
  place_bytes_.push_back(begin_);
  return add(std::move(node));
}

std::vector<std::int64_t> Machine::extents(std::uint32_t value) {
  const Node& tuple = nodes_[value];
  if (tuple.tag != Tag::tuple || tuple.items.size() > kMaxDepth) fail("a tensor's shape or strides are no tuple");
  std::vector<std::int64_t> numbers;
  for (const std::uint32_t item : tuple.items) {
    if (nodes_[item].tag != Tag::whole || nodes_[item].whole < 0) {
      fail("a tensor's shape or strides are not whole numbers from 0");
    }
    numbers.push_back(nodes_[item].whole);
  }
  return numbers;
}

void Machine::check_bounds(const TensorPlace& place) {
  if (place.shape.size() != place.strides.size()) fail("a tensor has more or fewer strides than axes");
  std::int64_t count = 1;
  std::int64_t last = place.offset;
  bool impossible = false;
  const bool empty = std::find(place.shape.begin(), place.shape.end(), 0) != place.shape.end();
  for (std::size_t i = 0; i < place.shape.size() && !empty; ++i) {
    std::int64_t reach = 0;
    impossible = impossible || __builtin_mul_overflow(count, place.shape[i], &count) ||
                 __builtin_mul_overflow(place.shape[i] - 1, place.strides[i], &reach) ||
                 __builtin_add_overflow(last, reach, &last);
  }
  std::int64_t bytes = 0;
  const auto width = static_cast<std::int64_t>(c10::elementSize(place.dtype));
  impossible = impossible || __builtin_mul_overflow(count, width, &bytes);  // also where elements lie on each other
  if (impossible ||
      static_cast<std::uint64_t>(last) >= place.bytes / static_cast<std::uint64_t>(width) + (empty ? 1 : 0)) {
    fail(fmt::format("a tensor reaches beyond its storage '{}' of {} bytes", place.storage, place.bytes));
  }
}

std::string Machine::key_text(std::uint32_t value) const {
  const Node& key = nodes_[value];
  if (key.tag == Tag::text) return key.text;
  if (key.tag == Tag::whole) return fmt::format("{}", key.whole);
  fail("a dictionary has a key that is neither a text nor a whole number");
}

// The value as a tree. What contains itself has no end and is refused.
Machine::Built Machine::build(std::uint32_t value, std::size_t depth) {
  const Node& node = nodes_[value];
  switch (node.tag) {
    case Tag::none:
      return {};
    case Tag::boolean:
      return {PickleValue(PickleValue::Content(node.whole != 0))};
    case Tag::whole:
      return {PickleValue(PickleValue::Content(node.whole))};
    case Tag::number:
      return {PickleValue(PickleValue::Content(node.number))};
    case Tag::text:
    case Tag::bytes:
      return {PickleValue(PickleValue::Content(node.text))};
    case Tag::global:
      if (node.type) return {PickleValue(PickleValue::Content(node.text))};  // a type as a setting
      fail("a function stands where a value should be");
    case Tag::storage:
      fail("a storage stands where a value should be");
    case Tag::tensor: {
      begin_ = place_bytes_[node.tensor];
      return {PickleValue(PickleValue::Content(make_(places_[node.tensor])))};
    }
    case Tag::tuple:
    case Tag::list:
    case Tag::dictionary:
      break;
  }
  if (const auto found = built_.find(value); found != built_.end()) return found->second;
  if (colours_[value] == 1) fail("a list or dictionary contains itself");
  if (depth == kMaxDepth) fail("lists and dictionaries are nested too deeply");
  colours_[value] = 1;
  Built result;
  const auto count = [&](std::uint64_t size) {
    result.size += size;
    if (result.size > kMaxValues) fail("the same lists stand in each other so often that the whole is too large");
  };
  if (node.tag == Tag::dictionary) {
    auto entries = std::make_shared<PickleValue::Dictionary>();
    std::set<std::string> keys;
    for (std::size_t i = 0; i < node.items.size(); i += 2) {
      std::string key = key_text(node.items[i]);
      if (!keys.insert(key).second) fail(fmt::format("the name '{}' is there twice", key));
      Built inner = build(node.items[i + 1], depth + 1);
      count(inner.size);
      entries->emplace_back(std::move(key), std::move(inner.value));
    }
    result.value =
        PickleValue(PickleValue::Content(std::shared_ptr<const PickleValue::Dictionary>(std::move(entries))));
  } else {
    auto items = std::make_shared<PickleValue::List>();
    for (const std::uint32_t item : node.items) {
      Built inner = build(item, depth + 1);
      count(inner.size);
      items->push_back(std::move(inner.value));
    }
    result.value = PickleValue(PickleValue::Content(std::shared_ptr<const PickleValue::List>(std::move(items))));
  }
  colours_[value] = 2;
  built_.emplace(value, result);
  return result;
}

}  // namespace

PickleValue read_pickle(std::string_view bytes, const std::string& name, const MakeTensor& make) {
  return Machine(bytes, name, make).run();
}

}  // namespace flashmotion::pickle_detail
