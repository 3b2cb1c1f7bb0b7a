#include "flashmotion/base/error.hpp"
#include "flashmotion/trajectory/formats/lines.hpp"
#include "flashmotion/trajectory/formats/readers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

namespace flashmotion {
namespace magicdata_csv_detail {

struct Column {
  std::size_t index = 0;
  bool known = false;
};

Column column(const CsvRow& head, std::initializer_list<std::string_view> names) {
  for (std::size_t i = 0; i < head.fields.size(); ++i) {
    if (std::find(names.begin(), names.end(), head.fields[i]) != names.end()) return {i, true};
  }
  return {};
}

}  // namespace magicdata_csv_detail

std::vector<MagicDataRow> parse_magicdata_csv(std::string_view text, const std::string& name) {
  using namespace magicdata_csv_detail;
  const std::vector<CsvRow> rows = csv_rows(text, name);
  if (rows.empty()) throw InputError(fmt::format("'{}' is empty; its first line names the columns", name));
  const Column path = column(rows[0], {"path", "video"});
  const Column words = column(rows[0], {"text", "caption", "prompt"});
  const Column frames = column(rows[0], {"num_frames"});
  if (!path.known) {
    throw InputError("there is no column 'path' (or 'video'); the first line names the columns",
                     SourceLocation{name, rows[0].line, 0});
  }
  std::vector<MagicDataRow> result;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (rows[i].fields.size() != rows[0].fields.size()) {
      throw InputError(fmt::format("this row has {} fields, but there are {} columns; put a text with a comma into "
                                   "quotation marks",
                                   rows[i].fields.size(), rows[0].fields.size()),
                       SourceLocation{name, rows[i].line, 0});
    }
    MagicDataRow row;
    row.path = rows[i].fields[path.index];
    row.id = std::filesystem::path(row.path).stem().string();
    if (words.known) row.text = rows[i].fields[words.index];
    if (frames.known && !rows[i].fields[frames.index].empty()) {
      const auto count = finite_number(rows[i].fields[frames.index]);
      if (!count || *count < 1 || *count > 1e9) {
        throw InputError(
            fmt::format("'num_frames' must be a number of frames, found '{}'", rows[i].fields[frames.index]),
            SourceLocation{name, rows[i].line, 0});
      }
      row.frames = static_cast<std::int64_t>(*count);
    }
    result.push_back(std::move(row));
  }
  return result;
}

}  // namespace flashmotion
