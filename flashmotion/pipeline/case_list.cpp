#include "flashmotion/pipeline/case_list.hpp"

#include "flashmotion/base/error.hpp"
#include "flashmotion/base/read_file.hpp"
#include "flashmotion/base/suggest.hpp"
#include "flashmotion/trajectory/formats/lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <set>

namespace flashmotion {
namespace case_list_detail {

const std::vector<std::string> kColumns{"id", "image", "prompt", "trajectory", "seed"};

// Place of each column in a row.
std::map<std::string, std::size_t> columns_of(const CsvRow& header, std::string_view name) {
  std::map<std::string, std::size_t> columns;
  for (std::size_t i = 0; i < header.fields.size(); ++i) {
    const std::string& column = header.fields[i];
    if (std::find(kColumns.begin(), kColumns.end(), column) == kColumns.end()) {
      throw InputError(fmt::format("{}:{}: no column named '{}'{}", name, header.line, column,
                                   suggestion(column, kColumns, "there are")));
    }
    if (!columns.emplace(column, i).second) {
      throw InputError(fmt::format("{}:{}: the column '{}' stands twice", name, header.line, column));
    }
  }
  for (const char* needed : {"id", "image", "prompt", "trajectory"}) {
    if (columns.contains(needed)) continue;
    throw InputError(
        fmt::format("{}:{}: the column '{}' is missing; the first line is id,image,prompt,trajectory[,seed]", name,
                    header.line, needed));
  }
  return columns;
}

bool names_file(const std::string& id) {
  return !id.empty() && id.front() != '.' && id.size() <= 200 &&
         std::none_of(id.begin(), id.end(), [](char c) { return c == '/' || static_cast<unsigned char>(c) < 0x20; });
}

}  // namespace case_list_detail

std::vector<ClipCase> parse_cases(std::string_view text, std::string_view name, const std::filesystem::path& folder,
                                  const std::filesystem::path& out, std::uint64_t seed) {
  using namespace case_list_detail;
  const std::vector<CsvRow> rows = csv_rows(text, std::string(name));
  if (rows.size() < 2) throw InputError(fmt::format("'{}' lists no clips", name));
  const auto columns = columns_of(rows.front(), name);
  std::set<std::string> ids;
  std::vector<ClipCase> cases;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const CsvRow& row = rows[i];
    if (row.fields.size() != rows.front().fields.size()) {
      throw InputError(
          fmt::format("{}:{}: {} fields, where the first line has {}; a text with commas stands in double "
                      "quotes",
                      name, row.line, row.fields.size(), rows.front().fields.size()));
    }
    const auto file = [&](const char* column) {
      const std::string& field = row.fields[columns.at(column)];
      return field.empty() ? std::filesystem::path() : folder / field;
    };
    const std::string& id = row.fields[columns.at("id")];
    if (!names_file(id)) throw InputError(fmt::format("{}:{}: '{}' cannot be a file's name", name, row.line, id));
    if (!ids.insert(id).second) throw InputError(fmt::format("{}:{}: the id '{}' stands twice", name, row.line, id));
    ClipCase one{file("image"), row.fields[columns.at("prompt")], file("trajectory"), seed, out / (id + ".mp4")};
    const auto place = columns.find("seed");
    const std::string number = place == columns.end() ? std::string() : row.fields[place->second];
    if (!number.empty()) {
      const auto [end, code] = std::from_chars(number.data(), number.data() + number.size(), one.seed);
      if (code != std::errc() || end != number.data() + number.size()) {
        throw InputError(fmt::format("{}:{}: the seed '{}' is no whole number from 0 on", name, row.line, number));
      }
    }
    cases.push_back(std::move(one));
  }
  return cases;
}

std::vector<ClipCase> read_cases(const std::filesystem::path& file, const std::filesystem::path& out,
                                 std::uint64_t seed) {
  return parse_cases(read_file(file.string(), 64 << 20), file.string(), file.parent_path(), out, seed);
}

}  // namespace flashmotion
