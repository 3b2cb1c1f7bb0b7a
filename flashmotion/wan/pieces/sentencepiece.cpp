#include "flashmotion/wan/pieces/pieces.hpp"

#include <sentencepiece_processor.h>

namespace flashmotion::wan {
namespace {

class SentencePieces : public Pieces {
 public:
  std::string load(std::string_view model) override {
    return problem(processor_.LoadFromSerializedProto({model.data(), model.size()}));
  }
  int count() const override { return processor_.GetPieceSize(); }
  int pad_id() const override { return processor_.pad_id(); }
  int end_id() const override { return processor_.eos_id(); }
  bool is_special(int id) const override { return processor_.IsControl(id) || processor_.IsUnknown(id); }
  std::string piece(int id) const override { return processor_.IdToPiece(id); }
  std::string encode(std::string_view text, std::vector<int>& ids) const override {
    return problem(processor_.Encode({text.data(), text.size()}, &ids));
  }

 private:
  static std::string problem(const sentencepiece::util::Status& status) {
    if (status.ok()) return {};
    const std::string message(status.message());
    return message.empty() ? status.ToString() : message;
  }

  sentencepiece::SentencePieceProcessor processor_;
};

}  // namespace
}  // namespace flashmotion::wan

extern "C" __attribute__((visibility("default"))) flashmotion::wan::Pieces* flashmotion_make_pieces() {
  return new flashmotion::wan::SentencePieces;
}
