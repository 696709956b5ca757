#include "host/console_render.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

namespace tandem {
namespace {

std::string dump(const Json& value, int indent) { return value.dump(indent, ' ', false, Json::error_handler_t::replace); }

// What stands in a cell: one line, nothing that breaks the table.
std::string cell_text(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  std::string text = printable(value.is_string() ? value.get<std::string>() : dump(value, -1));
  std::replace_if(
      text.begin(), text.end(), [](char c) { return c == '\n' || c == '\t'; }, ' ');
  return text;
}

// Code points, which is close enough to columns for names and numbers.
size_t width(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// Wide enough for a sentence. One long cell would be paid for with blanks in every row; JSON has the whole of it.
constexpr size_t kWidestCell = 160;

std::string cut(std::string text) {
  if (text.size() <= kWidestCell) return text;
  size_t end = kWidestCell - 3;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

struct Column {
  std::string key;
  std::string title;
  bool numeric = true;  // numbers stand to the right
  size_t width = 0;
  std::vector<std::string> cells;
};

void append_line(std::string& out, const std::vector<Column>& columns, const std::function<std::string_view(const Column&)>& cell) {
  std::string line;
  for (const auto& column : columns) {
    const std::string_view text = cell(column);
    const std::string padding(column.width - width(text), ' ');
    if (&column != columns.data()) line += "  ";
    line += column.numeric ? padding : "";
    line += text;
    line += column.numeric ? "" : padding;
  }
  line.erase(line.find_last_not_of(' ') + 1);
  out += line + '\n';
}

std::string render_table(const Json& rows) {
  std::vector<Column> columns;
  for (const auto& [key, value] : rows.front().items())
    columns.push_back({.key = key, .title = cell_text(key), .width = width(cell_text(key))});
  for (const auto& row : rows) {
    for (auto& column : columns) {
      const auto it = row.find(column.key);
      const Json value = it == row.end() ? Json() : *it;
      column.numeric = column.numeric && (value.is_number() || value.is_null());
      column.cells.push_back(cut(cell_text(value)));
      column.width = std::max(column.width, width(column.cells.back()));
    }
  }
  std::string out;
  append_line(out, columns, [](const Column& c) -> std::string_view { return c.title; });
  for (size_t row = 0; row < rows.size(); ++row) {
    append_line(out, columns, [row](const Column& c) -> std::string_view { return c.cells[row]; });
  }
  return out;
}

std::string render_object(const Json& object) {
  size_t widest = 0;
  for (const auto& [key, value] : object.items()) widest = std::max(widest, width(key));
  std::string out;
  for (const auto& [key, value] : object.items()) {
    std::string line = printable(key) + ':' + std::string(widest - width(key) + 1, ' ') + cell_text(value);
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  }
  return out;
}

bool is_table(const Json& value) {
  return value.is_array() && !value.empty() && std::all_of(value.begin(), value.end(), [](const Json& row) { return row.is_object(); });
}

}  // namespace

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    // U+0080 to U+009F are terminal controls too; in UTF-8 they start with C2.
    const bool c1 = c == 0xc2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xa0;
    if (c1) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[++i]));
    } else if ((c < 0x20 && c != '\n' && c != '\t') || c == 0x7f) {
      out += fmt::format("\\x{:02x}", c);
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string render_text(const Json& value) {
  if (value.is_null()) return "";
  if (is_table(value)) return render_table(value);
  if (value.is_object()) return render_object(value);
  if (value.is_array()) {
    if (value.empty()) return "none\n";
    std::string out;
    for (const auto& item : value) out += cell_text(item) + '\n';
    return out;
  }
  std::string text = value.is_string() ? printable(value.get<std::string>()) : cell_text(value);
  if (!text.empty() && text.back() != '\n') text += '\n';
  return text;
}

std::string render_json(const Json& value) { return dump(value, 2) + '\n'; }

std::string render_error(const Error& error, bool json) {
  if (json) return render_json({{"error", {{"code", to_string(error.code)}, {"message", error.message}}}});
  return printable("Error: " + error.message) + '\n';
}

}  // namespace tandem
