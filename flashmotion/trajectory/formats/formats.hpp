#pragma once

#include "flashmotion/base/enum_names.hpp"
#include "flashmotion/trajectory/render.hpp"
#include "flashmotion/trajectory/trajectory.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flashmotion {

/// Files that trajectories are read from and written to.
enum class TrajectoryFormat { flashmotion, magicmotion, davis, magicdata, mot, ati, wan_move, tora, sg_i2v, sav };

template <>
struct EnumNames<TrajectoryFormat> {
  static constexpr std::array<std::pair<TrajectoryFormat, std::string_view>, 10> values{{
      {TrajectoryFormat::flashmotion, "flashmotion"},
      {TrajectoryFormat::magicmotion, "magicmotion"},
      {TrajectoryFormat::davis, "davis"},
      {TrajectoryFormat::magicdata, "magicdata"},
      {TrajectoryFormat::mot, "mot"},
      {TrajectoryFormat::ati, "ati"},
      {TrajectoryFormat::wan_move, "wan_move"},
      {TrajectoryFormat::tora, "tora"},
      {TrajectoryFormat::sg_i2v, "sg_i2v"},
      {TrajectoryFormat::sav, "sav"},
  }};
};

/// What a foreign file does not say of itself.
struct ForeignSettings {
  std::int64_t width = 0;  // of the picture, where the file has pixels and no size; 0: not given
  std::int64_t height = 0;
  double fps = 0;                  // 0: the file's own, or what is usual for its format
  std::string clip{};              // magicdata: which clip of the collection
  MapStyle style = MapStyle::box;  // of a trajectory video that is written
};

/// A trajectory of a foreign file, and what is to be known of how it was read.
struct ForeignTrajectory {
  Trajectory trajectory;
  std::vector<std::string> notes{};
};

/// The format of an existing file or folder by its name and content; none when nothing fits.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<TrajectoryFormat> guess_format(const std::filesystem::path& path);

/// The format that a new file's name asks for; none when it does not say.
[[nodiscard]] FLASHMOTION_EXPORT std::optional<TrajectoryFormat> format_of_name(const std::filesystem::path& path);

/// Reads a file or folder of a format. Throws InputError with the place in the file.
[[nodiscard]] FLASHMOTION_EXPORT ForeignTrajectory read_foreign(const std::filesystem::path& path,
                                                                TrajectoryFormat format,
                                                                const ForeignSettings& settings = {});

/// Writes a file or folder of a format, each file whole or not at all, and says what the format could not hold. Throws
/// InputError for a format that is only read.
[[nodiscard]] FLASHMOTION_EXPORT std::vector<std::string> write_foreign(const std::filesystem::path& path,
                                                                        const Trajectory& trajectory,
                                                                        TrajectoryFormat format,
                                                                        const ForeignSettings& settings = {});

}  // namespace flashmotion
