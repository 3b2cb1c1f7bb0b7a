#include "flashmotion/io/video_writer.hpp"

#include "flashmotion/base/atomic_file.hpp"
#include "flashmotion/base/error.hpp"
#include "flashmotion/io/pixels.hpp"

#include <ATen/ops/cat.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <optional>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/error.h>
#include <libavutil/opt.h>
#include <libswscale/swscale.h>
}

namespace flashmotion {
namespace video_writer_detail {

constexpr std::int64_t kMaxSide = 16384;

std::string reason(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  return av_strerror(code, text, sizeof text) == 0 ? text : fmt::format("code {}", code);
}

}  // namespace video_writer_detail

struct VideoWriter::State {
  std::filesystem::path path;
  std::optional<AtomicFile> file;
  std::int64_t width = 0;  // as given
  std::int64_t height = 0;
  std::int64_t scale = 1;
  std::string encoder;
  AVFormatContext* format = nullptr;
  AVCodecContext* codec = nullptr;
  AVStream* stream = nullptr;
  AVFrame* frame = nullptr;
  AVPacket* packet = nullptr;
  SwsContext* scaler = nullptr;
  std::int64_t count = 0;
  bool finished = false;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { close(); }

  void close() {
    sws_freeContext(scaler);
    scaler = nullptr;
    av_frame_free(&frame);
    av_packet_free(&packet);
    avcodec_free_context(&codec);
    if (format != nullptr && format->pb != nullptr) avio_closep(&format->pb);
    avformat_free_context(format);
    format = nullptr;
  }

  void check(int code, const char* doing) const {
    if (code >= 0) return;
    throw Error(fmt::format("'{}' could not be written: {} failed: {}", path.string(), doing,
                            video_writer_detail::reason(code)));
  }

  void open(double fps, int quality);
  void encode(const AVFrame* picture);
  void add_one(const Tensor& rgb);
};

void VideoWriter::State::open(double fps, int quality) {
  av_log_set_level(AV_LOG_FATAL);
  const AVCodec* chosen = avcodec_find_encoder_by_name("libx264");
  if (chosen == nullptr) chosen = avcodec_find_encoder(AV_CODEC_ID_MPEG4);
  if (chosen == nullptr) throw Error("FFmpeg here has neither the H.264 nor the MPEG-4 encoder; install one of them");
  encoder = chosen->name;
  const bool h264 = encoder == "libx264";

  const std::string url = "file:" + file->temporary_path();
  check(avformat_alloc_output_context2(&format, nullptr, "mp4", url.c_str()), "starting the file");
  format->flags |= AVFMT_FLAG_BITEXACT;  // no date and no version in the file
  codec = avcodec_alloc_context3(chosen);
  stream = avformat_new_stream(format, nullptr);
  frame = av_frame_alloc();
  packet = av_packet_alloc();
  if (codec == nullptr || stream == nullptr || frame == nullptr || packet == nullptr)
    throw Error("FFmpeg: out of memory");

  const AVRational rate = av_d2q(fps, 60000);  // MPEG-4 has 16 bits for the clock
  codec->width = static_cast<int>((width * scale + 1) / 2 * 2);
  codec->height = static_cast<int>((height * scale + 1) / 2 * 2);
  codec->time_base = av_inv_q(rate);
  codec->framerate = rate;
  codec->pix_fmt = AV_PIX_FMT_YUV420P;
  codec->colorspace = AVCOL_SPC_BT709;
  codec->color_primaries = AVCOL_PRI_BT709;
  codec->color_trc = AVCOL_TRC_BT709;
  codec->color_range = AVCOL_RANGE_MPEG;
  codec->thread_count = 1;
  codec->flags |= AV_CODEC_FLAG_BITEXACT;
  if ((format->oformat->flags & AVFMT_GLOBALHEADER) != 0) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  if (h264) {
    av_opt_set(codec->priv_data, "preset", "medium", 0);
    av_opt_set(codec->priv_data, "crf", fmt::format("{}", quality).c_str(), 0);
    av_opt_set(codec->priv_data, "profile", "high", 0);
    // Otherwise what is written depends on the processor's vector instructions.
    av_opt_set(codec->priv_data, "x264-params", "cpu-independent=1", 0);
  } else {
    codec->flags |= AV_CODEC_FLAG_QSCALE;
    codec->global_quality = FF_QP2LAMBDA * (1 + quality / 6);
  }
  check(avcodec_open2(codec, chosen, nullptr), "starting the encoder");
  check(avcodec_parameters_from_context(stream->codecpar, codec), "starting the stream");
  stream->time_base = codec->time_base;
  stream->avg_frame_rate = rate;

  const int opened = avio_open(&format->pb, url.c_str(), AVIO_FLAG_WRITE);
  if (opened < 0) {
    throw InputError(fmt::format("'{}' could not be written: {}", path.string(), video_writer_detail::reason(opened)));
  }
  AVDictionary* options = nullptr;
  av_dict_set(&options, "movflags", "+faststart", 0);
  const int header = avformat_write_header(format, &options);
  av_dict_free(&options);
  check(header, "writing the header");

  frame->format = AV_PIX_FMT_YUV420P;
  frame->width = codec->width;
  frame->height = codec->height;
  frame->colorspace = AVCOL_SPC_BT709;
  frame->color_range = AVCOL_RANGE_MPEG;
  check(av_frame_get_buffer(frame, 0), "making a frame");
  scaler = sws_getContext(codec->width, codec->height, AV_PIX_FMT_RGB24, codec->width, codec->height,
                          AV_PIX_FMT_YUV420P, SWS_BICUBIC | SWS_ACCURATE_RND | SWS_BITEXACT, nullptr, nullptr, nullptr);
  if (scaler == nullptr) throw Error("FFmpeg cannot turn RGB into YUV");
  sws_setColorspaceDetails(scaler, sws_getCoefficients(SWS_CS_DEFAULT), 1, sws_getCoefficients(SWS_CS_ITU709), 0, 0,
                           1 << 16, 1 << 16);
}

void VideoWriter::State::encode(const AVFrame* picture) {
  check(avcodec_send_frame(codec, picture), "encoding");
  while (true) {
    const int code = avcodec_receive_packet(codec, packet);
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check(code, "encoding");
    packet->stream_index = stream->index;
    packet->duration = 1;
    av_packet_rescale_ts(packet, codec->time_base, stream->time_base);
    check(av_interleaved_write_frame(format, packet), "writing");
  }
}

void VideoWriter::State::add_one(const Tensor& rgb) {
  Tensor big = rgb;
  if (scale > 1) big = big.repeat_interleave(scale, 0).repeat_interleave(scale, 1);
  const std::int64_t rows = codec->height;
  const std::int64_t columns = codec->width;
  if (big.size(0) < rows) big = at::cat({big, big.narrow(0, big.size(0) - 1, 1)}, 0);
  if (big.size(1) < columns) big = at::cat({big, big.narrow(1, big.size(1) - 1, 1)}, 1);
  big = big.contiguous();
  check(av_frame_make_writable(frame), "making a frame");
  const std::uint8_t* planes[4] = {big.const_data_ptr<std::uint8_t>(), nullptr, nullptr, nullptr};
  const int strides[4] = {static_cast<int>(3 * columns), 0, 0, 0};
  sws_scale(scaler, planes, strides, 0, static_cast<int>(rows), frame->data, frame->linesize);
  frame->pts = count++;
  encode(frame);
}

VideoWriter::VideoWriter(const std::filesystem::path& path, std::int64_t width, std::int64_t height, double fps,
                         const VideoWriteOptions& options)
    : state_(std::make_unique<State>()) {
  const auto limit = video_writer_detail::kMaxSide;
  if (width < 1 || height < 1 || options.scale < 1 || options.scale > limit || width > limit / options.scale ||
      height > limit / options.scale) {
    throw InputError(fmt::format("'{}' cannot be {}x{} pixels enlarged {} times; sides go from 1 to {}", path.string(),
                                 width, height, options.scale, limit));
  }
  if (!(fps >= 0.1 && fps <= 1000)) {
    throw InputError(fmt::format("'{}' cannot have {} frames a second; the range is 0.1 to 1000", path.string(), fps));
  }
  state_->path = path;
  state_->file.emplace(path.string());
  state_->width = width;
  state_->height = height;
  state_->scale = options.scale;
  state_->open(fps, options.quality);
}

VideoWriter::~VideoWriter() = default;

void VideoWriter::add(const Tensor& frames) {
  if (state_->finished) throw Error(fmt::format("'{}' is finished; no frame can be added", state_->path.string()));
  Tensor rgb = frames.scalar_type() == at::kByte ? frames.to(at::kCPU) : to_rgb8(frames);
  if (rgb.dim() == 3) rgb = rgb.unsqueeze(0);
  if (rgb.dim() != 4 || rgb.size(1) != state_->height || rgb.size(2) != state_->width || rgb.size(3) != 3) {
    throw ShapeError(fmt::format("frames for '{}' have the shape [{}], expected [T, {}, {}, 3]", state_->path.string(),
                                 fmt::join(rgb.sizes(), ", "), state_->height, state_->width));
  }
  for (std::int64_t t = 0; t < rgb.size(0); ++t) state_->add_one(rgb.select(0, t));
}

void VideoWriter::finish() {
  State& s = *state_;
  if (s.finished) return;
  if (s.count == 0) throw Error(fmt::format("'{}' has no frames", s.path.string()));
  s.encode(nullptr);
  s.check(av_write_trailer(s.format), "writing the index");
  s.check(avio_closep(&s.format->pb), "closing");
  s.close();
  s.file->commit();
  s.finished = true;
}

const std::string& VideoWriter::codec() const noexcept { return state_->encoder; }

std::string write_video(const std::filesystem::path& path, const Tensor& clip, double fps,
                        const VideoWriteOptions& options) {
  if (clip.dim() != 4) {
    throw ShapeError(fmt::format("the clip for '{}' has the shape [{}], expected [T, H, W, 3] or [3, T, H, W]",
                                 path.string(), fmt::join(clip.sizes(), ", ")));
  }
  const bool bytes = clip.scalar_type() == at::kByte;
  VideoWriter writer(path, bytes ? clip.size(2) : clip.size(3), bytes ? clip.size(1) : clip.size(2), fps, options);
  writer.add(clip);
  writer.finish();
  return writer.codec();
}

}  // namespace flashmotion
