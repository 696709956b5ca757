#include "imagined_caller.h"

#include <fmt/format.h>

#include "tandem/moment.h"

namespace tandem {
namespace {

/// Whose line that is, by id, extension or outside number.
std::shared_ptr<const User> owner_of(MobileService& service, const std::string& line) {
  Directory& directory = service.directory();
  if (auto user = directory.user(line)) return user;
  for (const auto& number : {line, as_e164(service.settings().dial, line)}) {
    const auto found = number.empty() ? std::nullopt : directory.number(number);
    if (found && found->kind == Number::Kind::user) return directory.user(found->owner);
  }
  return nullptr;
}

Json row_of(const Planner::Verdict& verdict) {
  Json row{{"destination", verdict.destination->id()}, {"rings", verdict.leg.has_value()}, {"why", verdict.why}};
  const auto& leg = verdict.leg;
  row["number"] = verdict.destination->number;
  row["delay_ms"] = leg ? Json(leg->delay.count()) : Json();
  row["too_soon_ms"] = leg ? Json(leg->too_soon.count()) : Json();
  row["too_late_ms"] = leg ? Json(leg->too_late.count()) : Json();
  row["user_control"] = leg ? Json(leg->control.has_value()) : Json();
  const auto* const shown = leg && leg->shown_as ? &*leg->shown_as : nullptr;
  row["shown_number"] = shown != nullptr ? Json(shown->number) : Json();
  row["shown_name"] = shown != nullptr ? Json(shown->name) : Json();
  row["withheld"] = shown != nullptr ? Json(shown->restricted) : Json();
  return row;
}

}  // namespace

void ImaginedCaller::be(const std::shared_ptr<const User>& user) {
  occupant_ = {user, user->extension, user->name, user->calling_class};
  channel_.party_ = {user->extension, user->name, false};
}

bool ImaginedCaller::from_inside(Directory& directory, const std::string& from) {
  if (const auto user = directory.user(from)) {
    be(user);
  } else if ((device_ = directory.device(from))) {
    occupant_ = directory.occupant(*device_);
    channel_.party_ = {occupant_.number, occupant_.name, false};
  } else if (const auto number = directory.number(from)) {
    if (number->kind == Number::Kind::service) return false;
    return from_inside(directory, number->owner);
  } else {
    return false;
  }
  inside_ = true;
  context_ = "phones";
  return true;
}

Result<std::unique_ptr<ImaginedCaller>> ImaginedCaller::make(MobileService& service, const std::string& from) {
  std::unique_ptr<ImaginedCaller> made(new ImaginedCaller);
  Party& party = made->channel_.party_;
  if (from == "private") {
    party.restricted = true;
  } else if (from == "unavailable") {
    party.number.clear();
  } else if (!made->from_inside(service.directory(), from)) {
    const auto bare = bare_number(from);
    if (bare.empty())
      return Error{ErrorCode::not_found,
                   fmt::format("\"{}\" is no device, user, extension or number; or say private or unavailable", from.substr(0, 100))};
    party.number = as_dialled(service.settings().dial, bare);
    const auto match = service.match(party.number);
    const auto user = match && match->may_call_in ? service.directory().user(match->user) : nullptr;
    if (user) {
      made->from_destination_ = match->id;
      made->number_outside_ = party.number;
      party = {user->extension, user->name, false};
    }
  }
  return made;
}

void ImaginedCaller::dials_line_of(const std::string& user) {
  if (from_destination_.starts_with(user + "/")) channel_.party_ = {number_outside_, "", false};
}

std::string ImaginedCaller::describe() const {
  const Party& party = channel_.party_;
  std::string who = party.restricted ? "a withheld number" : party.number.empty() ? "no number" : party.number;
  if (!party.name.empty()) who += fmt::format(" ({})", party.name);
  if (!from_destination_.empty()) return who + ", at " + from_destination_;
  return who + (inside_ ? ", inside" : ", outside");
}

Result<Json> test_reach(MobileService& service, Clock& clock, const std::string& from, const std::string& line, const std::string& at,
                        bool in_group) {
  auto caller = ImaginedCaller::make(service, from);
  if (!caller) return caller.error();
  const auto user = owner_of(service, line);
  if (!user) return Error{ErrorCode::not_found, fmt::format("\"{}\" is no user, extension or outside number", line.substr(0, 100))};
  std::optional<WallTime> when;
  if (!at.empty()) {
    const auto moment = parse_moment(at, clock.wall(), service.settings().time_zone);
    if (!moment) return moment.error();
    when = *moment;
  }
  (*caller)->dials_line_of(user->id);
  const ReachQuestion question{.user = user->id, .call = **caller, .inside = (*caller)->inside(), .in_group = in_group};
  Json rows = Json::array();
  const auto none = service.nothing_rings(question);
  for (auto& verdict : service.judge(question, when)) {
    if (!none.empty()) verdict.leg.reset(), verdict.why = "not rung: " + none;
    rows.push_back(row_of(verdict));
  }
  return Json{{"caller", (*caller)->describe()},
              {"user", user->id},
              {"nothing_rings", none.empty() ? Json() : Json(none)},
              {"destinations", std::move(rows)}};
}

}  // namespace tandem
