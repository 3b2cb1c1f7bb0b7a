#include "flashmotion/report/detail/markup.hpp"

#include "flashmotion/base/utf8.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>

namespace flashmotion::report_detail {

std::string escape_html(std::string_view text) {
  std::string html;
  html.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char c = text.front();
    const bool control = static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t';
    if (length == 0 || control || c == '\x7f') {
      html += "\xEF\xBF\xBD";
    } else if (c == '&') {
      html += "&amp;";
    } else if (c == '<') {
      html += "&lt;";
    } else if (c == '>') {
      html += "&gt;";
    } else if (c == '"') {
      html += "&quot;";
    } else if (c == '\'') {
      html += "&#39;";
    } else {
      html += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return html;
}

std::string escape_cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|' || c == '\\' || c == '<') cell += '\\';
    cell += static_cast<unsigned char>(c) < 0x20 || c == '\x7f' ? ' ' : c;
  }
  return cell;
}

std::string escape_tex(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (std::string_view("_&%#{}$").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  for (const auto& [from, to] : {std::pair<std::string, std::string>{"±", "$\\pm$"},
                                 {"↑", "$\\uparrow$"},
                                 {"↓", "$\\downarrow$"},
                                 {"→", "$\\rightarrow$"},
                                 {"–", "--"}}) {
    for (std::size_t at = 0; (at = out.find(from, at)) != std::string::npos; at += to.size())
      out.replace(at, from.size(), to);
  }
  return out;
}

std::string escape_csv(std::string_view text) {
  if (text.find_first_of(",\"\n") == std::string_view::npos) return std::string(text);
  std::string out = "\"";
  for (const char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string tex_table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::string text = fmt::format("% needs \\usepackage{{booktabs}}\n\\begin{{tabular}}{{l{}}}\n\\toprule\n",
                                 std::string(head.size() - 1, 'r'));
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : " & ") + escape_tex(cells[i]);
    text += " \\\\\n";
  };
  line(head);
  text += "\\midrule\n";
  for (const auto& row : rows) line(row);
  return text + "\\bottomrule\n\\end{tabular}\n";
}

std::string csv_table(const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows) {
  std::string text;
  const auto line = [&](const std::vector<std::string>& cells) {
    for (std::size_t i = 0; i < cells.size(); ++i) text += (i == 0 ? "" : ",") + escape_csv(cells[i]);
    text += "\n";
  };
  line(head);
  for (const auto& row : rows) line(row);
  return text;
}

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      bits = bits << 8 | (k < count ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    }
    for (std::size_t k = 0; k < 4; ++k) text += k <= count ? kDigits[bits >> (18 - 6 * k) & 63U] : '=';
  }
  return text;
}

std::string data_uri(std::string_view type, std::string_view bytes) {
  return fmt::format("data:{};base64,{}", type, base64(bytes));
}

std::string picture(std::string_view png, const std::string& alt) {
  return fmt::format("<div class=\"wide\"><img alt=\"{}\" src=\"{}\"></div>", escape_html(alt),
                     data_uri("image/png", png));
}

std::string details(const std::string& summary, const std::string& content) {
  return fmt::format("<details><summary>{}</summary>{}</details>", summary, content);
}

std::string damaged_lines(std::int64_t count, const char* file) {
  if (count == 0) return {};
  return fmt::format("<p class=\"warning\">{} damaged {} of {} {} left out.</p>", count, count == 1 ? "line" : "lines",
                     file, count == 1 ? "was" : "were");
}

std::string figure(double value, int digits) {
  if (!std::isfinite(value)) return "–";
  std::string text = fmt::format("{:.{}f}", value, digits);
  if (text.starts_with('-')) {
    // No minus before nothing but zeros.
    text = text.find_first_of("123456789") == std::string::npos ? text.substr(1) : "−" + text.substr(1);
  }
  return text;
}

std::string signed_figure(double value, int digits) {
  const std::string text = figure(value, digits);
  const bool plus = std::isfinite(value) && value > 0 && text.find_first_of("123456789") != std::string::npos;
  return plus ? "+" + text : text;
}

std::string duration(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) return "–";
  if (seconds < 60) return fmt::format("{:.1f} s", seconds);
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole % 3600 / 60);
}

}  // namespace flashmotion::report_detail
