#include "route_table.h"

#include <algorithm>
#include <set>

namespace tandem {
namespace {

using Parts = std::vector<PathPart>;

std::string_view next_part(std::string_view& rest) {
  rest.remove_prefix(1);  // the slash
  const auto part = rest.substr(0, rest.find('/'));
  rest.remove_prefix(part.size());
  return part;
}

/// Does the path fit? Fills what stood for the names.
bool fits(const Parts& parts, std::string_view path, http::Fields& captured) {
  captured.clear();
  std::string_view rest = path == "/" ? std::string_view() : path;
  for (const auto& part : parts) {
    if (part.kind == PathPart::Kind::rest) {
      captured.emplace_back(part.text, rest.empty() ? rest : rest.substr(1));
      return true;
    }
    if (rest.empty()) return false;
    const auto here = next_part(rest);
    if (part.kind == PathPart::Kind::fixed && here != part.text) return false;
    if (part.kind == PathPart::Kind::name) captured.emplace_back(part.text, here);
  }
  return rest.empty();
}

/// Is `a` the closer description of a path that both fit?
bool closer(const Parts& a, const Parts& b) { return std::ranges::lexicographical_compare(a, b, {}, &PathPart::kind, &PathPart::kind); }

}  // namespace

Result<Parts> read_pattern(std::string_view pattern) {
  const Error broken{ErrorCode::invalid, std::string(pattern) + " is no path pattern"};
  if (!pattern.starts_with('/') || pattern.size() > 500) return broken;
  Parts parts;
  for (std::string_view rest = pattern == "/" ? std::string_view() : pattern; !rest.empty();) {
    auto text = next_part(rest);
    if (text.empty() || text == "." || text == "..") return broken;
    PathPart part{PathPart::Kind::fixed, std::string(text)};
    if (text.front() == '{' && text.back() == '}') {
      text = text.substr(1, text.size() - 2);
      part.kind = text.ends_with("...") ? PathPart::Kind::rest : PathPart::Kind::name;
      if (part.kind == PathPart::Kind::rest) text.remove_suffix(3);
      if (text.empty()) return broken;
      part.text = std::string(text);
    }
    if (!parts.empty() && parts.back().kind == PathPart::Kind::rest) return broken;
    parts.push_back(std::move(part));
  }
  return parts;
}

RouteMatch RouteTable::match(std::string_view listener, std::string_view method, std::string_view path) const {
  RouteMatch best;
  std::set<std::string_view> methods;
  http::Fields captured;
  for (const auto& entry : entries_) {
    if (entry.listener != listener || !fits(entry.parts, path, captured)) continue;
    methods.insert(entry.method);
    if (entry.method == "GET") methods.insert("HEAD");
    const bool serves = entry.method == method || (method == "HEAD" && entry.method == "GET");
    if (!serves || (best.route != nullptr && !closer(entry.parts, best.route->parts))) continue;
    best.route = &entry;
    best.captured = captured;
  }
  for (const auto name : methods) best.allow.append(best.allow.empty() ? "" : ", ").append(name);
  return best;
}

}  // namespace tandem
