#include "flashmotion/report/detail/player.hpp"

#include <fmt/format.h>

namespace flashmotion::report_detail {
namespace player_detail {

constexpr const char* kControls =
    "<div class=\"controls\"><button type=\"button\">Play</button><input type=\"range\" min=\"0\" max=\"1000\" "
    "value=\"0\" "
    "aria-label=\"Position\"><span class=\"missing\" hidden>This browser cannot play the clips; the pictures below "
    "show "
    "them frame by frame.</span></div>";

}  // namespace player_detail

std::string player_column(const std::string& title, int third, const std::string& source, const std::string& id) {
  const std::string from =
      source.starts_with('#') ? fmt::format("data-like=\"{}\"", source.substr(1)) : fmt::format("src=\"{}\"", source);
  return fmt::format(
      "<figure><figcaption>{}</figcaption><div class=\"crop\"><video muted playsinline preload=\"auto\" "
      "style=\"margin-left:{}%\"{} {}></video></div></figure>",
      title, -100 * third, id.empty() ? "" : fmt::format(" id=\"{}\"", id), from);
}

std::string player_row(const std::string& columns) {
  return fmt::format("<div class=\"wide\"><div class=\"clips\">{}</div></div>", columns);
}

std::string player(const std::string& videos) {
  return fmt::format("<div class=\"player\">{}{}</div>", player_detail::kControls, videos);
}

}  // namespace flashmotion::report_detail
