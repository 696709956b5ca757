// What a login would meet, check by check, without doing it.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "service.h"

namespace tandem {
namespace {

using Rows = std::vector<std::pair<std::string, std::string>>;

std::string ids(const std::vector<std::shared_ptr<const Profile>>& profiles) {
  std::vector<std::string> names;
  for (const auto& one : profiles) names.push_back(one->id);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string time_limit(std::chrono::minutes limit) {
  if (limit.count() == 0) return "no time limit";
  return fmt::format("logged out after {}:{:02}", limit.count() / 60, limit.count() % 60);
}

}  // namespace

Rows MobilityService::explain(std::string_view name, std::string_view who) {
  Rows rows;
  const auto here = who_is_here(name);
  if (!here.device) return {{"device", fmt::format("refused: there is no device \"{}\" (11)", name)}};
  const auto& device = *here.device;
  rows.emplace_back("device", fmt::format("{}, {} at {}", device.name, device.model, device.site));
  rows.emplace_back("extension mobility", device.extension_mobility ? "on" : "refused: off at this device (22)");
  rows.emplace_back("here now", here.session ? fmt::format("{} since {}", here.session->user, to_string(here.session->state)) : "nobody");
  if (here.session) {
    rows.back().second =
        fmt::format("{}, profile {}, {}{}{}", here.session->user, here.session->profile.empty() ? "none" : here.session->profile,
                    to_string(here.session->state), here.session->reason.empty() ? "" : ": ", here.session->reason);
  }
  rows.emplace_back("version", fmt::format("{}", parts_.sessions.version(name)));
  rows.emplace_back("last user", here.last_user.empty() ? "nobody yet" : here.last_user);
  if (failures_.locked(name, {}, parts_.loop.clock().now(), settings_))
    rows.emplace_back("attempts", "refused: too many went wrong here (201)");
  if (who.empty()) return rows;

  const auto user = find_user(LoginRequest::By::any, std::string(who));
  if (!user) {
    rows.emplace_back("user", fmt::format("refused: there is no user \"{}\" (201; 23 for applications)", who));
    return rows;
  }
  rows.emplace_back("user", fmt::format("{} ({}), {}", user->id, user->name, user->extension));
  const auto standing = parts_.credentials.standing(user->id);
  rows.emplace_back("PIN", !standing.has_pin      ? "refused: has none (201)"
                           : standing.locked      ? "refused: locked (201)"
                           : standing.must_change ? "must be changed first (41)"
                                                  : fmt::format("set, {} failures", standing.failed));
  const auto& sites = settings_.second_factor_sites;
  const bool factor = user->second_factor || std::find(sites.begin(), sites.end(), device.site) != sites.end();
  if (factor) rows.emplace_back("one-time code", standing.has_factor ? "asked for" : "refused: demanded, and none is set up (4)");
  const auto choices = profiles_for(user->id, name);
  std::string profile;
  if (choices.empty()) {
    const auto standard = parts_.directory.default_profile(device.model);
    rows.emplace_back("profile",
                      standard ? fmt::format("the model's default, {}", standard->id) : "refused: none of the user's, no default (205)");
  } else {
    const bool fits = choices.front()->model == device.model;
    profile = choices.front()->id;
    rows.emplace_back("profile", fmt::format("{}{}{}", choices.size() > 1 ? "to be chosen: " : "", ids(choices),
                                             fits ? "" : fmt::format(" (of another model: {}'s default fills in)", device.model)));
  }
  const auto ruling = parts_.rules.ask(*user, device, profile, "explain");
  rows.emplace_back("policy \"login\"", !ruling.asked            ? "the dialplan has none"
                                        : ruling.refused         ? fmt::format("refused: {} (4)", *ruling.refused)
                                        : ruling.profile.empty() ? "nothing against it"
                                                                 : fmt::format("profile {} instead", ruling.profile));
  if (here.session && here.session->user != user->id)
    rows.emplace_back("taken", device.take_over ? fmt::format("{} is logged out first", here.session->user)
                                                : fmt::format("refused: {} is logged in here (18)", here.session->user));
  const auto rule = user->multiple_login.empty() ? settings_.multiple_login : multiple_login_from(user->multiple_login);
  for (const auto& session : sessions_of(user->id)) {
    if (session->device == device.name) continue;
    rows.emplace_back("elsewhere", rule == SessionOrder::Elsewhere::refuse ? fmt::format("refused: logged in at {} (25)", session->device)
                                   : rule == SessionOrder::Elsewhere::end  ? fmt::format("logged out of {}", session->device)
                                                                           : fmt::format("stays logged in at {} too", session->device));
  }
  rows.emplace_back("time", time_limit(login_time(user->max_login_time).value_or(settings_.max_login_time)));
  rows.emplace_back(
      "idle", settings_.idle_logout ? fmt::format("logged out after {} s of idleness", settings_.idle_time.count() / 1000) : "no limit");
  return rows;
}

}  // namespace tandem
