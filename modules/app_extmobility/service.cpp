#include "service.h"

#include <fmt/format.h>

#include <algorithm>

#include "login_attempt.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr size_t kLongestName = 64;

}  // namespace

MobilityService::MobilityService(const Parts& parts, const MobilitySettings& settings)
    : parts_(parts),
      settings_(settings),
      anomalies_(parts.loop.clock(), parts.events, parts.sessions, parts.web),
      sweep_timer_(parts.loop),
      tidy_timer_(parts.loop),
      page_timer_(parts.loop) {
  configure(settings);
  watch_calls();
  // Nobody knows who was active while we were not there.
  parts_.sessions.put_off_all(wall());
  sweep();
  tidy();
}

MobilityService::~MobilityService() {
  *alive_ = false;
  parts_.sessions.forget_answers();
  if (parts_.guests != nullptr) parts_.guests->forget_answers();
}

void MobilityService::configure(const MobilitySettings& settings) {
  settings_ = settings;
  anomalies_.configure(settings);
  plan_sweep(wall());
}

std::string MobilityService::site_of(const std::string& device) const {
  const auto found = device.empty() ? nullptr : parts_.directory.device(device);
  return found ? found->site : std::string();
}

void MobilityService::note(const MobilityOrigin& origin, std::string what, MobilityCode code, const std::string& device,
                           const std::string& user, std::string why) {
  parts_.sessions.note({.at = wall(),
                        .what = std::move(what),
                        .code = static_cast<int>(code),
                        .why = std::move(why),
                        .device = device,
                        .user = user,
                        .profile = {},
                        .site = site_of(device),
                        .door = origin.door,
                        .address = origin.address,
                        .by = origin.by});
}

void MobilityService::logout(LogoutRequest request, MobilityDone done) {
  const auto device = parts_.directory.device(request.device);
  const auto refuse = [&](MobilityCode code) {
    if (device && code != MobilityCode::busy) note(request.origin, "logout", code, device->name, request.user);
    done({.code = code});
  };
  if (request.device.empty()) return refuse(MobilityCode::device_missing);
  if (!device) return refuse(MobilityCode::no_device);
  if (const auto code = address_allowed(device->name, request.origin); code != MobilityCode::done) return refuse(code);
  if (under_way_ >= static_cast<size_t>(settings_.max_concurrent_requests)) return refuse(MobilityCode::busy);
  SessionEndOrder order{.device = device->name,
                        .user = request.user,
                        .version = {},
                        .now = wall(),
                        .why = request.why,
                        .by_hand = true,
                        .site = device->site,
                        .door = request.origin.door,
                        .address = request.origin.address,
                        .by = request.origin.by};
  ++under_way_;
  auto answer = std::make_shared<MobilityDone>(std::move(done));
  parts_.sessions.end(std::move(order), [this, alive = alive_, answer](Result<SessionChange> result) {
    if (*alive) --under_way_;
    using Verdict = SessionChange::Verdict;
    if (!result) return (*answer)({.code = MobilityCode::database_error});
    if (result->verdict == Verdict::taken) return (*answer)({.code = MobilityCode::device_taken});
    if (result->verdict != Verdict::done) return (*answer)({.code = MobilityCode::nobody_here});
    (*answer)({.session = result->ended.front()});
  });
}

struct MobilityService::LogoutAll {
  MobilityOrigin origin;
  MobilityDone done;
  std::string after;
  size_t count = 0;
};

void MobilityService::logout_all(MobilityOrigin origin, MobilityDone done) {
  if (origin.by.empty()) return done({.code = MobilityCode::no_proxy_right});
  if (!all_.expired()) return done({.code = MobilityCode::busy});
  auto all = std::make_shared<LogoutAll>();
  all_ = all;
  all->origin = std::move(origin), all->done = std::move(done);
  logout_page(all);
}

/// Phones reload after a logout: a hundred, a pause, the next hundred.
void MobilityService::logout_page(const std::shared_ptr<LogoutAll>& all) {
  constexpr size_t kPage = 100;
  static constexpr auto kPause = std::chrono::milliseconds(100);
  const auto page = parts_.sessions.page(all->after, kPage);
  if (page.empty()) return all->done({.count = all->count});
  all->after = page.back()->device;
  all->count += page.size();
  auto left = std::make_shared<size_t>(page.size());
  for (const auto& session : page) {
    SessionEndOrder order{.device = session->device,
                          .user = session->user,
                          .version = session->version,
                          .now = wall(),
                          .why = "administrator",
                          .by_hand = true,
                          .site = site_of(session->device),
                          .door = all->origin.door,
                          .address = all->origin.address,
                          .by = all->origin.by};
    parts_.sessions.end(std::move(order), [this, alive = alive_, all, left](Result<SessionChange> result) {
      if (!result || result->verdict != SessionChange::Verdict::done) --all->count;
      if (--*left > 0 || !*alive) return;
      page_timer_.start(kPause, [this, all] { logout_page(all); });
    });
  }
}

void MobilityService::change_pin(PinRequest request, MobilityDone done) {
  const bool by_administrator = !request.origin.by.empty();
  const auto user = find_user(request.by, request.who);
  auto answer = std::make_shared<MobilityDone>(std::move(done));
  auto asked = std::make_shared<PinRequest>(std::move(request));
  if (asked->new_pin.empty() || (!by_administrator && asked->old_pin.empty())) return (*answer)({.code = MobilityCode::blank});
  if (by_administrator) {
    if (!user) return (*answer)({.code = MobilityCode::no_user});
    return replace_pin(asked, user->id, answer);
  }
  look_at_pin(asked->origin, asked->device, user, asked->old_pin, [this, asked, answer, user](MobilityCode code) {
    // Whose PIN must be changed has come to the right place.
    if (code == MobilityCode::done || code == MobilityCode::pin_change) return replace_pin(asked, user->id, answer);
    note(asked->origin, "pin", code, asked->device, user ? user->id : std::string());
    (*answer)({.code = code});
  });
}

void MobilityService::replace_pin(const std::shared_ptr<PinRequest>& request, const std::string& id,
                                  const std::shared_ptr<MobilityDone>& done) {
  const auto user = parts_.directory.user(id);
  if (!user) return (*done)({.code = MobilityCode::no_user});
  parts_.credentials.set(*user, request->new_pin, request->old_pin, request->must_change,
                         [this, alive = alive_, request, id, done](Result<void> kept) {
                           if (!*alive) return;
                           const bool refused = !kept && kept.error().code == ErrorCode::invalid;
                           const auto code = kept ? MobilityCode::done : refused ? MobilityCode::pin_change : MobilityCode::database_error;
                           note(request->origin, "pin", code, request->device, id, refused ? "refused by the policy" : "");
                           (*done)({.code = code, .text = kept ? std::string() : kept.error().message});
                         });
}

void MobilityService::unlock(MobilityOrigin origin, std::string user, MobilityDone done) {
  if (origin.by.empty()) return done({.code = MobilityCode::no_proxy_right});
  if (!parts_.directory.user(user)) return done({.code = MobilityCode::no_user});
  auto answer = std::make_shared<MobilityDone>(std::move(done));
  parts_.credentials.unlock(user, [this, alive = alive_, origin = std::move(origin), user, answer](Result<void> kept) {
    if (*alive) note(origin, "pin", kept ? MobilityCode::done : MobilityCode::database_error, {}, user, "unlocked");
    (*answer)({.code = kept ? MobilityCode::done : MobilityCode::database_error, .text = kept ? "" : kept.error().message});
  });
}

void MobilityService::make_token(TokenRequest request, MobilityDone done) {
  if (request.origin.by.empty()) return done({.code = MobilityCode::no_proxy_right});
  if (!parts_.directory.user(request.user)) return done({.code = MobilityCode::no_user});
  if (request.device.empty() && request.site.empty())
    return done({.code = MobilityCode::policy_error, .text = "a token is bound to a device or a site"});
  if (!request.device.empty() && !parts_.directory.device(request.device)) return done({.code = MobilityCode::no_device});
  constexpr std::chrono::minutes kLongest{24 * 60};
  if (request.lives < std::chrono::minutes(1) || request.lives > kLongest)
    return done({.code = MobilityCode::policy_error, .text = "a token lives a minute to a day"});
  auto answer = std::make_shared<MobilityDone>(std::move(done));
  parts_.credentials.make_token({{request.user, request.device, request.site, request.profile}, request.lives},
                                [answer](Result<std::string> word) {
                                  if (!word) return (*answer)({.code = MobilityCode::database_error});
                                  (*answer)({.token = std::move(*word)});
                                });
}

MobilityCode MobilityService::address_allowed(const std::string& device, const MobilityOrigin& origin) const {
  if (!settings_.validate_address || origin.address.empty() || origin.door == "console") return MobilityCode::done;
  if (origin.via_proxy && !settings_.allow_proxy) return MobilityCode::no_proxies;
  const auto& trusted = settings_.trusted_addresses;
  if (std::find(trusted.begin(), trusted.end(), origin.address) != trusted.end()) return MobilityCode::done;
  const auto known = parts_.addresses_of ? parts_.addresses_of(device) : std::vector<std::string>();
  const bool registered = std::find(known.begin(), known.end(), origin.address) != known.end();
  return registered ? MobilityCode::done : MobilityCode::untrusted_address;
}

MobilityService::Here MobilityService::who_is_here(std::string_view name) {
  Here here;
  here.device = parts_.directory.device(name);
  if (!here.device) {
    here.code = name.empty() ? MobilityCode::device_missing : MobilityCode::no_device;
    return here;
  }
  if (!here.device->extension_mobility) here.code = MobilityCode::logon_disabled;
  here.session = parts_.sessions.at(name);
  if (here.session) here.user = parts_.directory.user(here.session->user);
  here.last_user = parts_.sessions.last_user(name);
  if (settings_.remember_last_user) here.prefill = here.last_user;
  return here;
}

std::vector<std::shared_ptr<const LoginSession>> MobilityService::sessions_of(std::string_view user) { return parts_.sessions.of(user); }

std::vector<std::shared_ptr<const Profile>> MobilityService::profiles_for(std::string_view user, std::string_view name) {
  auto all = parts_.directory.profiles_of(user);
  const auto device = parts_.directory.device(name);
  if (!device) return all;
  std::vector<std::shared_ptr<const Profile>> fitting;
  std::copy_if(all.begin(), all.end(), std::back_inserter(fitting), [&](const auto& one) { return one->model == device->model; });
  // Of another model: lines and speed dials come from the person's, the rest from the model's default.
  return fitting.empty() ? all : fitting;
}

std::shared_ptr<const User> MobilityService::find_user(LoginRequest::By by, const std::string& who) const {
  using By = LoginRequest::By;
  if (who.empty() || who.size() > kLongestName) return nullptr;
  const auto by_extension = [&]() -> std::shared_ptr<const User> {
    const auto number = parts_.directory.number(who);
    if (!number || number->kind != Number::Kind::user) return nullptr;
    auto user = parts_.directory.user(number->owner);
    return user && user->extension == who ? user : nullptr;
  };
  const auto by_id = [&]() -> std::shared_ptr<const User> {
    const bool digits = who.find_first_not_of("0123456789") == std::string::npos;
    if (!settings_.alphanumeric_user_id && !digits) return nullptr;
    // Letters come from a keypad as they happen to come.
    if (auto user = parts_.directory.user(who)) return user;
    std::string small = who;
    std::transform(small.begin(), small.end(), small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return parts_.directory.user(small);
  };
  switch (by) {
    case By::user_id:
      return by_id();
    case By::extension:
      return by_extension();
    case By::badge:
      return parts_.directory.user_by_badge(who);
    case By::any:
      break;
  }
  if (auto user = by_extension()) return user;
  if (auto user = parts_.directory.user_by_badge(who)) return user;
  return by_id();
}

}  // namespace tandem
