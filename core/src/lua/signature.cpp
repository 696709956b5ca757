#include <algorithm>
#include <cctype>

#include "lua/reference.h"

namespace tandem {

namespace {

bool is_name(std::string_view text) {
  return !text.empty() && std::isdigit(static_cast<unsigned char>(text[0])) == 0 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

std::string trim(std::string_view text) {
  constexpr std::string_view kBlank = " []";  // optional parts are written in brackets
  const size_t first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(' ') - first + 1));
}

/// At the commas outside of any bracket.
std::vector<std::string> split(std::string_view list) {
  std::vector<std::string> parts;
  int depth = 0;
  size_t begin = 0;
  for (size_t i = 0; i <= list.size(); ++i) {
    if (i < list.size() && (list[i] == '{' || list[i] == '(')) ++depth;
    if (i < list.size() && (list[i] == '}' || list[i] == ')')) --depth;
    if (i < list.size() && (list[i] != ',' || depth > 0)) continue;
    if (auto part = trim(list.substr(begin, i - begin)); !part.empty()) parts.push_back(std::move(part));
    begin = i + 1;
  }
  return parts;
}

Signature::Parameter parameter(const std::string& text) {
  const bool rest = text.rfind("...", 0) == 0;
  const size_t end = rest ? 3 : std::min(text.find_first_of("?:= ]"), text.size());
  Signature::Parameter made{text.substr(0, end), "any", text.find_first_of("?=]") != std::string::npos};
  if (const size_t colon = text.find(':', end); colon != std::string::npos) made.type = trim(text.substr(colon + 1));
  if (!rest && !is_name(made.name)) return {"...", "any", false};
  return made;
}

}  // namespace

Signature parse_signature(std::string_view text) {
  Signature made;
  const size_t open = std::min(text.find_first_of("({ "), text.size());
  made.name = text.substr(0, open);
  if (const size_t arrow = text.find("->"); arrow != std::string_view::npos) {
    made.result = trim(text.substr(arrow + 2));
    text = text.substr(0, arrow);
  }
  const size_t close = text.find_last_of(")}");
  if (open >= text.size() || close == std::string_view::npos || close <= open) return made;
  if (text[open] == '{') {
    made.parameters.push_back({"options", "string|table", false});
    return made;
  }
  for (const auto& part : split(text.substr(open + 1, close - open - 1))) made.parameters.push_back(parameter(part));
  // Nothing can follow "...".
  const auto rest = std::find_if(made.parameters.begin(), made.parameters.end(), [](const auto& p) { return p.name == "..."; });
  if (rest != made.parameters.end()) made.parameters.erase(rest + 1, made.parameters.end());
  return made;
}

}  // namespace tandem
