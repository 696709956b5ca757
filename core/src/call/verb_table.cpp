#include "call/verb_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tandem {

namespace {

bool is_identifier(std::string_view name) {
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) return false;
  return std::all_of(name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

}  // namespace

Result<Registration> VerbTable::add(Verb verb) {
  if (!is_identifier(verb.name)) return Error{ErrorCode::invalid, fmt::format("a verb cannot be called \"{}\"", verb.name)};
  if (verbs_.contains(verb.name)) return Error{ErrorCode::exists, fmt::format("there is a verb \"{}\" already", verb.name)};
  std::string name = verb.name;
  verbs_.emplace(name, std::make_shared<Entry>(Entry{std::move(verb)}));
  return Registration([this, name] { verbs_.erase(name); });
}

std::shared_ptr<VerbTable::Entry> VerbTable::find(std::string_view name) const {
  const auto it = verbs_.find(name);
  return it == verbs_.end() ? nullptr : it->second;
}

}  // namespace tandem
