#include "checks.h"

#include <fmt/format.h>

namespace tandem {
namespace {

Error wrong(ErrorCode code, std::string text) { return {code, std::move(text)}; }

std::string owner_of(Directory& directory, const Number& number) {
  const auto user = number.kind == Number::Kind::user ? directory.user(number.owner) : nullptr;
  return user ? user->name : number.owner;
}

}  // namespace

std::string SaveChecks::office_number(std::string_view number) const {
  for (const auto& one : {std::string(number), as_dialled(settings.dial, number), as_e164(settings.dial, number)}) {
    if (one.empty()) continue;
    if (const auto found = directory.number(one)) return fmt::format("{} of {}", found->digits, owner_of(directory, *found));
  }
  return {};
}

int64_t SaveChecks::limit_of(std::string_view user) const {
  const auto* const person = book.person(user);
  return person == nullptr ? settings.destinations_per_user : person->settings().limit.value_or(settings.destinations_per_user);
}

Result<void> SaveChecks::destination(const Destination& row) const {
  if (!directory.user(row.user)) return wrong(ErrorCode::not_found, fmt::format("there is no user \"{}\"", row.user));
  if (row.number.empty()) return wrong(ErrorCode::invalid, "a destination has a number");
  const auto* const before = book.find(row.user, row.name);
  const auto* const person = book.person(row.user);
  const auto has = person == nullptr ? 0 : static_cast<int64_t>(person->destinations.size());
  if (before == nullptr && has >= limit_of(row.user))
    return wrong(ErrorCode::forbidden, fmt::format("{} has {} destinations already, which is the limit", row.user, has));
  if (before == nullptr && static_cast<int64_t>(book.size()) >= settings.destinations)
    return wrong(ErrorCode::exhausted, fmt::format("there are {} destinations already, which is the limit", book.size()));
  if (const auto inside = office_number(row.number); !inside.empty())
    return wrong(ErrorCode::invalid, fmt::format("{} leads back into the office, to {}", row.number, inside));
  const auto taken = book.match(row.number);
  if (taken.destination != nullptr && taken.destination != before)
    return wrong(ErrorCode::exists, fmt::format("{} is {} already", row.number, taken.destination->id()));
  if (settings.partial) {
    const auto* const other = book.clash(row.number, static_cast<size_t>(settings.partial_digits), before);
    if (other != nullptr)
      return wrong(ErrorCode::exists, fmt::format("the last {} digits of {} are those of {}, and callers are told apart by them",
                                                  settings.partial_digits, row.number, other->id()));
  }
  const auto* const list = row.list.empty() ? nullptr : book.list(row.list);
  if (!row.list.empty() && list == nullptr) return wrong(ErrorCode::not_found, fmt::format("there is no access list \"{}\"", row.list));
  if (list != nullptr && !list->user.empty() && list->user != row.user)
    return wrong(ErrorCode::forbidden, fmt::format("the access list \"{}\" is {}'s", row.list, list->user));
  return {};
}

Result<void> SaveChecks::list(const AccessList& row) const {
  if (!is_row_name(row.name)) return wrong(ErrorCode::invalid, "a list's name is 1 to 40 letters, digits, -, _ and .");
  if (!row.user.empty() && !directory.user(row.user)) return wrong(ErrorCode::not_found, fmt::format("there is no user \"{}\"", row.user));
  if (row.allows && row.members.empty()) return wrong(ErrorCode::invalid, "a list that allows nobody would never let anything ring");
  return {};
}

}  // namespace tandem
