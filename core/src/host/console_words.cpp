#include "host/console_words.h"

#include <algorithm>
#include <numeric>

namespace tandem {
namespace {

bool blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

// Reads what is inside a quote; `i` stands behind the opening one and ends behind the closing one. False: it never closes.
bool read_quoted(std::string_view line, size_t& i, char quote, std::string& word) {
  for (; i < line.size(); ++i) {
    if (line[i] == quote) return ++i, true;
    const bool escape = quote == '"' && line[i] == '\\' && i + 1 < line.size();
    word += escape ? line[++i] : line[i];
  }
  return false;
}

}  // namespace

Result<std::vector<std::string>> split_words(std::string_view line) {
  std::vector<std::string> words;
  for (size_t i = 0; i < line.size();) {
    if (blank(line[i])) {
      ++i;
      continue;
    }
    std::string word;
    while (i < line.size() && !blank(line[i])) {
      const char c = line[i++];
      if (c != '"' && c != '\'') {
        word += c;
      } else if (!read_quoted(line, i, c, word)) {
        return Error{ErrorCode::invalid, std::string("a quote is not closed: ") + c};
      }
    }
    words.push_back(std::move(word));
  }
  return words;
}

std::string join_words(const std::vector<std::string>& words) {
  std::string line;
  for (const auto& word : words) {
    if (!line.empty()) line += ' ';
    if (!word.empty() && word.find_first_of(" \t\r\n\"'") == std::string::npos) {
      line += word;
      continue;
    }
    line += '"';
    for (const char c : word) {
      if (c == '"' || c == '\\') line += '\\';
      line += c;
    }
    line += '"';
  }
  return line;
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i + 1;
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t changed = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.at(b.size());
}

}  // namespace tandem
