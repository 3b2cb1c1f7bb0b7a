#include "flashmotion/io/detail/frame_decoder.hpp"

#include "flashmotion/base/error.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/rot90.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/display.h>
#include <libavutil/error.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace flashmotion {
namespace frame_decoder_detail {

constexpr std::int64_t kMaxPixels = std::int64_t{1} << 28;

std::string reason(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  return av_strerror(code, text, sizeof text) == 0 ? text : fmt::format("code {}", code);
}

struct Memory {
  const std::string* content = nullptr;
  std::int64_t at = 0;
};

int read_memory(void* opaque, std::uint8_t* out, int count) {
  auto* memory = static_cast<Memory*>(opaque);
  const auto left = static_cast<std::int64_t>(memory->content->size()) - memory->at;
  if (left <= 0) return AVERROR_EOF;
  const std::int64_t taken = std::min<std::int64_t>(left, count);
  std::memcpy(out, memory->content->data() + memory->at, static_cast<std::size_t>(taken));
  memory->at += taken;
  return static_cast<int>(taken);
}

std::int64_t seek_memory(void* opaque, std::int64_t offset, int whence) {
  auto* memory = static_cast<Memory*>(opaque);
  const auto size = static_cast<std::int64_t>(memory->content->size());
  if ((whence & AVSEEK_SIZE) != 0) return size;
  const int kind = whence & ~AVSEEK_FORCE;
  const std::int64_t target = kind == SEEK_CUR ? memory->at + offset : kind == SEEK_END ? size + offset : offset;
  if (target < 0 || target > size) return AVERROR(EINVAL);
  memory->at = target;
  return target;
}

// The "J" formats say full range by their name; swscale wants the plain name and the range beside it.
AVPixelFormat plain_format(AVPixelFormat format, bool& full) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
      full = true;
      return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P:
      full = true;
      return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P:
      full = true;
      return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P:
      full = true;
      return AV_PIX_FMT_YUV440P;
    default:
      return format;
  }
}

// The stream's tag decides; untagged pictures below 720 lines are BT.601 and larger ones BT.709, as players have it.
int matrix_of(const AVFrame& frame) {
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
      return SWS_CS_ITU709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
      return SWS_CS_ITU601;
    case AVCOL_SPC_SMPTE240M:
      return SWS_CS_SMPTE240M;
    case AVCOL_SPC_FCC:
      return SWS_CS_FCC;
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL:
      return SWS_CS_BT2020;
    default:
      return frame.height < 720 ? SWS_CS_ITU601 : SWS_CS_ITU709;
  }
}

}  // namespace frame_decoder_detail

struct FrameDecoder::State {
  std::string name;
  frame_decoder_detail::Memory memory;
  AVIOContext* io = nullptr;
  AVFormatContext* format = nullptr;
  AVCodecContext* codec = nullptr;
  AVPacket* packet = nullptr;
  AVFrame* frame = nullptr;
  SwsContext* scaler = nullptr;
  int stream = -1;
  bool still = false;
  bool draining = false;
  std::int64_t errors = 0;
  std::int64_t discarded = 0;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() {
    sws_freeContext(scaler);
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    avformat_close_input(&format);
    if (io != nullptr) av_freep(&io->buffer);
    avio_context_free(&io);
  }

  [[noreturn]] void fail(const std::string& what) const { throw InputError(fmt::format("'{}' {}", name, what)); }

  void open(const char* url);
  [[nodiscard]] Tensor to_rgb();
  [[nodiscard]] Tensor upright(const Tensor& rgb) const;
  // Feeds one packet. Returns false once everything has been fed.
  bool feed();
};

void FrameDecoder::State::open(const char* url) {
  // The library's own notes on stderr are not ours to show: what matters is counted and reported.
  av_log_set_level(AV_LOG_FATAL);
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "file", 0);
  int code = avformat_open_input(&format, url, nullptr, &options);
  av_dict_free(&options);
  if (code < 0) fail(fmt::format("is no picture or video that can be opened: {}", frame_decoder_detail::reason(code)));
  code = avformat_find_stream_info(format, nullptr);
  if (code < 0) fail(fmt::format("is damaged: {}", frame_decoder_detail::reason(code)));
  const AVCodec* decoder = nullptr;
  stream = av_find_best_stream(format, AVMEDIA_TYPE_VIDEO, -1, -1, &decoder, 0);
  if (stream < 0 || decoder == nullptr) fail("holds no picture or video that can be decoded");
  const AVStream* chosen = format->streams[stream];
  codec = avcodec_alloc_context3(decoder);
  packet = av_packet_alloc();
  frame = av_frame_alloc();
  if (codec == nullptr || packet == nullptr || frame == nullptr) throw Error("FFmpeg: out of memory");
  code = avcodec_parameters_to_context(codec, chosen->codecpar);
  codec->thread_count = 1;  // equal bytes everywhere, and errors belong to their packet
  codec->pkt_timebase = chosen->time_base;
  codec->max_pixels = frame_decoder_detail::kMaxPixels;
  if (still) codec->err_recognition |= AV_EF_EXPLODE;  // half a photograph is no photograph
  if (code >= 0) code = avcodec_open2(codec, decoder, nullptr);
  if (code < 0) fail(fmt::format("cannot be decoded: {}", frame_decoder_detail::reason(code)));
}

bool FrameDecoder::State::feed() {
  if (draining) return false;
  int code = 0;
  while ((code = av_read_frame(format, packet)) >= 0) {
    if (packet->stream_index != stream) {
      av_packet_unref(packet);
      continue;
    }
    if ((packet->flags & AV_PKT_FLAG_DISCARD) != 0) ++discarded;
    const bool damaged = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    const int sent = avcodec_send_packet(codec, packet);
    av_packet_unref(packet);
    if (sent < 0 || damaged) ++errors;
    return true;
  }
  if (code != AVERROR_EOF) ++errors;
  draining = true;
  return avcodec_send_packet(codec, nullptr) >= 0;
}

Tensor FrameDecoder::State::to_rgb() {
  bool full = frame->color_range == AVCOL_RANGE_JPEG;
  const AVPixelFormat from = frame_decoder_detail::plain_format(static_cast<AVPixelFormat>(frame->format), full);
  scaler =
      sws_getCachedContext(scaler, frame->width, frame->height, from, frame->width, frame->height, AV_PIX_FMT_RGB24,
                           SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP | SWS_BITEXACT,
                           nullptr, nullptr, nullptr);
  if (scaler == nullptr) fail("has a pixel format that cannot be turned into RGB");
  const int* matrix = sws_getCoefficients(frame_decoder_detail::matrix_of(*frame));
  sws_setColorspaceDetails(scaler, matrix, full ? 1 : 0, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, 1 << 16, 1 << 16);
  // Rows are padded: swscale's fast paths write whole vectors.
  const int stride = (3 * frame->width + 63) / 64 * 64;
  Tensor padded = at::empty({frame->height, stride}, at::kByte);
  std::uint8_t* planes[4] = {padded.data_ptr<std::uint8_t>(), nullptr, nullptr, nullptr};
  const int strides[4] = {stride, 0, 0, 0};
  if (sws_scale(scaler, frame->data, frame->linesize, 0, frame->height, planes, strides) != frame->height) {
    fail("could not be turned into RGB");
  }
  return padded.narrow(1, 0, std::int64_t{3} * frame->width).reshape({frame->height, frame->width, 3});
}

Tensor FrameDecoder::State::upright(const Tensor& rgb) const {
  const std::int32_t* matrix = nullptr;
  if (const AVFrameSideData* data = av_frame_get_side_data(frame, AV_FRAME_DATA_DISPLAYMATRIX)) {
    matrix = reinterpret_cast<const std::int32_t*>(data->data);
  } else if (const auto* of_stream =
                 av_stream_get_side_data(format->streams[stream], AV_PKT_DATA_DISPLAYMATRIX, nullptr)) {
    matrix = reinterpret_cast<const std::int32_t*>(of_stream);
  }
  if (matrix == nullptr) return rgb;
  const double angle = av_display_rotation_get(matrix);  // counter-clockwise
  if (std::isnan(angle)) return rgb;
  const auto quarters = ((std::lround(angle / 90.0) % 4) + 4) % 4;
  return quarters == 0 ? rgb : at::rot90(rgb, quarters, {0, 1}).contiguous();
}

FrameDecoder::FrameDecoder(std::unique_ptr<State> state) : state_(std::move(state)) {}
FrameDecoder::~FrameDecoder() = default;
FrameDecoder::FrameDecoder(FrameDecoder&&) noexcept = default;
FrameDecoder& FrameDecoder::operator=(FrameDecoder&&) noexcept = default;

FrameDecoder FrameDecoder::from_file(const std::filesystem::path& path) {
  if (!std::filesystem::is_regular_file(path)) {
    throw InputError(fmt::format("'{}' could not be opened: there is no such file", path.string()));
  }
  auto state = std::make_unique<State>();
  state->name = path.string();
  state->open(("file:" + path.string()).c_str());
  return FrameDecoder(std::move(state));
}

FrameDecoder FrameDecoder::from_memory(const std::string& content, const std::string& name) {
  constexpr int kBuffer = 1 << 16;
  auto state = std::make_unique<State>();
  state->name = name;
  state->still = true;
  state->memory.content = &content;
  state->io = avio_alloc_context(static_cast<unsigned char*>(av_malloc(kBuffer)), kBuffer, 0, &state->memory,
                                 frame_decoder_detail::read_memory, nullptr, frame_decoder_detail::seek_memory);
  state->format = avformat_alloc_context();
  if (state->io == nullptr || state->format == nullptr) throw Error("FFmpeg: out of memory");
  state->format->pb = state->io;
  // No name is passed on, so that the content alone decides what this is.
  state->open("");
  return FrameDecoder(std::move(state));
}

std::optional<DecodedFrame> FrameDecoder::next() {
  constexpr int kPatience = 1000;  // a decoder that only fails must not hold us for ever
  State& s = *state_;
  int in_a_row = 0;
  while (true) {
    const int code = avcodec_receive_frame(s.codec, s.frame);
    if (code == 0) {
      DecodedFrame result;
      // The stream's own time; the decoder's best guess mixes in decoding order after damage.
      const std::int64_t stamp = s.frame->pts != AV_NOPTS_VALUE ? s.frame->pts : s.frame->best_effort_timestamp;
      result.stamped = stamp != AV_NOPTS_VALUE;
      if (result.stamped) result.seconds = static_cast<double>(stamp) * av_q2d(s.format->streams[s.stream]->time_base);
      result.corrupt = s.frame->decode_error_flags != 0 || (s.frame->flags & AV_FRAME_FLAG_CORRUPT) != 0;
      result.rgb = s.upright(s.to_rgb());
      av_frame_unref(s.frame);
      return result;
    }
    if (code == AVERROR_EOF) return std::nullopt;
    if (code == AVERROR(EAGAIN)) {
      if (!s.feed()) return std::nullopt;
      continue;
    }
    ++s.errors;
    if (++in_a_row > kPatience) return std::nullopt;
    s.feed();
  }
}

double FrameDecoder::fps() const {
  const AVStream* stream = state_->format->streams[state_->stream];
  const AVRational rate = av_guess_frame_rate(state_->format, const_cast<AVStream*>(stream), nullptr);
  return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0.0;
}

std::int64_t FrameDecoder::claimed_frames() const {
  const std::int64_t stated = state_->format->streams[state_->stream]->nb_frames;
  return std::max<std::int64_t>(0, stated > 0 ? stated - state_->discarded : 0);
}

std::int64_t FrameDecoder::errors() const { return state_->errors; }

std::string FrameDecoder::codec() const { return avcodec_get_name(state_->codec->codec_id); }

}  // namespace flashmotion
