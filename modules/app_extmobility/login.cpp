// The steps of a login. Each goes on to the next, or ends the attempt with a code.
#include <fmt/format.h>

#include <algorithm>

#include "login_attempt.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"mobility"};

using Code = MobilityCode;

}  // namespace

void MobilityService::login(LoginRequest request, MobilityDone done) {
  auto attempt = std::make_shared<Attempt>();
  attempt->request = std::move(request);
  attempt->done = std::move(done);
  // Look before anything is kept or hashed.
  if (const auto code = admit(*attempt); code != Code::done) return refuse(attempt, code);
  ++under_way_;
  attempt->counted = true;

  const auto& asked = attempt->request;
  if (!asked.continuation.empty()) {
    const auto earlier = continuations_.take(asked.continuation, asked.device, parts_.loop.clock().now());
    attempt->user = earlier ? parts_.directory.user(earlier->user) : nullptr;
    if (!attempt->user || earlier->address != asked.origin.address) return refuse(attempt, Code::try_again);
    attempt->factor_shown = earlier->factor_shown;
    if (attempt->request.profile.empty()) attempt->request.profile = earlier->profile;
    return known(attempt);
  }
  if (!asked.token.empty()) return redeem(attempt);
  attempt->user = find_user(asked.by, asked.who);
  if (attempt->vouched()) {
    if (!attempt->user) return refuse(attempt, Code::no_user);
    return known(attempt);
  }
  ask_pin(attempt);
}

/// All that can be said without the person.
Code MobilityService::admit(Attempt& attempt) {
  const auto& asked = attempt.request;
  if (asked.device.empty()) return Code::device_missing;
  attempt.device = parts_.directory.device(asked.device);
  if (!attempt.device) return Code::no_device;
  if (!attempt.device->extension_mobility) return Code::logon_disabled;
  if (const auto code = address_allowed(attempt.device->name, asked.origin); code != Code::done) return code;
  if (under_way_ >= static_cast<size_t>(settings_.max_concurrent_requests)) return Code::busy;
  if (!asked.continuation.empty() || !asked.token.empty()) return Code::done;
  if (asked.who.empty() || (asked.pin.empty() && asked.origin.by.empty())) return Code::blank;
  return Code::done;
}

void MobilityService::ask_pin(const AttemptPtr& attempt) {
  const auto& asked = attempt->request;
  look_at_pin(asked.origin, asked.device, attempt->user, asked.pin, [this, attempt](Code code) {
    if (code != Code::done) return refuse(attempt, code);
    failures_.succeeded(attempt->request.device);
    known(attempt);
  });
}

void MobilityService::redeem(const AttemptPtr& attempt) {
  const auto& asked = attempt->request;
  if (failures_.locked(asked.device, asked.origin.address, parts_.loop.clock().now(), settings_)) return refuse(attempt, Code::try_again);
  parts_.credentials.redeem(asked.token, asked.device, attempt->device->site, [this, alive = alive_, attempt](Result<LoginToken> token) {
    if (!*alive) return;
    const auto& request = attempt->request;
    if (token) attempt->user = parts_.directory.user(token->user);
    if (!attempt->user) {
      failures_.failed(request.device, request.origin.address, parts_.loop.clock().now(), settings_);
      return refuse(attempt, Code::try_again);
    }
    attempt->factor_shown = true;
    attempt->request.ask_profile = false;
    if (attempt->request.profile.empty()) attempt->request.profile = token->profile;
    known(attempt);
  });
}

/// It is clear who this is.
void MobilityService::known(const AttemptPtr& attempt) {
  attempt->shown_who = true;
  const auto& sites = settings_.second_factor_sites;
  const bool wanted = attempt->user->second_factor || std::find(sites.begin(), sites.end(), attempt->device->site) != sites.end();
  if (attempt->factor_shown || attempt->vouched() || !wanted) {
    attempt->factor_shown = true;
    return choose_profile(attempt);
  }
  second_factor(attempt);
}

void MobilityService::second_factor(const AttemptPtr& attempt) {
  const auto& asked = attempt->request;
  if (!parts_.credentials.factor(attempt->user->id))
    return refuse(attempt, Code::policy_error, "A one-time code is demanded, and none has been set up");
  if (asked.one_time_code.empty()) {
    MobilityResult result{.code = Code::choose, .text = "Please give your one-time code", .one_time_code = true};
    result.continuation =
        continuations_.put({asked.device, attempt->user->id, asked.origin.address, false, asked.profile}, parts_.loop.clock().now());
    if (result.continuation.empty()) return refuse(attempt, Code::busy);
    return finish(attempt, std::move(result));
  }
  parts_.credentials.use_code(attempt->user->id, asked.one_time_code, [this, alive = alive_, attempt](Result<bool> good) {
    if (!*alive) return;
    if (!good) return refuse(attempt, Code::database_error);
    if (*good) {
      attempt->factor_shown = true;
      return choose_profile(attempt);
    }
    failures_.failed(attempt->request.device, attempt->request.origin.address, parts_.loop.clock().now(), settings_);
    refuse(attempt, Code::try_again);
  });
}

void MobilityService::choose_profile(const AttemptPtr& attempt) {
  auto& asked = attempt->request;
  auto choices = profiles_for(attempt->user->id, attempt->device->name);
  if (!asked.profile.empty()) {
    const auto wanted = parts_.directory.profile(asked.profile);
    if (!wanted || wanted->user != attempt->user->id) return refuse(attempt, Code::no_profile);
    attempt->profile = wanted->id;
  } else if (choices.empty()) {
    // Nothing of their own: the model's default makes do. A guest has a number, and that is enough.
    const bool enough = parts_.directory.default_profile(attempt->device->model) || parts_.credentials.is_guest(attempt->user->id);
    if (!enough) return refuse(attempt, Code::profile_absent);
  } else if (choices.size() == 1) {
    attempt->profile = choices.front()->id;
  } else if (asked.ask_profile) {
    MobilityResult result{.code = Code::choose, .text = "Please choose a profile", .profiles = std::move(choices)};
    result.continuation = continuations_.put({asked.device, attempt->user->id, asked.origin.address, true, {}}, parts_.loop.clock().now());
    if (result.continuation.empty()) return refuse(attempt, Code::busy);
    return finish(attempt, std::move(result));
  } else {
    const auto usual =
        std::find_if(choices.begin(), choices.end(), [&](const auto& one) { return one->id == attempt->user->default_profile; });
    attempt->profile = usual == choices.end() ? choices.front()->id : (*usual)->id;
  }
  auto ruling = parts_.rules.ask(*attempt->user, *attempt->device, attempt->profile, asked.origin.door);
  if (ruling.refused) return refuse(attempt, Code::policy_error, std::move(*ruling.refused));
  if (!ruling.profile.empty()) {
    if (!parts_.directory.profile(ruling.profile)) return refuse(attempt, Code::no_profile);
    attempt->profile = ruling.profile;
  }
  begin(attempt);
}

SessionOrder MobilityService::order_for(const Attempt& attempt) const {
  const auto& asked = attempt.request;
  const auto& user = *attempt.user;
  SessionOrder order;
  order.device = attempt.device->name, order.user = user.id, order.profile = attempt.profile, order.site = attempt.device->site;
  order.now = wall();
  // The request's own time, else the user's, else the system's; on behalf of others the shorter of two.
  auto limit = asked.duration.value_or(login_time(user.max_login_time).value_or(settings_.max_login_time));
  const auto behalf = settings_.behalf_max_login_time;
  if (attempt.vouched() && behalf.count() > 0 && (limit.count() == 0 || limit > behalf)) limit = behalf;
  if (limit.count() > 0) order.until = order.now + limit;
  if (settings_.idle_logout) order.idle = settings_.idle_time;
  order.door = asked.origin.door, order.address = asked.origin.address, order.by = asked.origin.by;
  order.elsewhere = user.multiple_login.empty() ? settings_.multiple_login : multiple_login_from(user.multiple_login);
  order.take_over = attempt.device->take_over;
  if (parts_.reloads != nullptr && parts_.reloads->expected(order.device)) {
    const auto step = next_step(LoginState::applied, SessionFact::changed);
    order.state = step->state, order.reason = step->reason;
  }
  return order;
}

void MobilityService::begin(const AttemptPtr& attempt) {
  parts_.sessions.begin(order_for(*attempt), [this, alive = alive_, attempt](Result<SessionChange> result) {
    if (*alive) begun(attempt, std::move(result));
  });
}

void MobilityService::begun(const AttemptPtr& attempt, Result<SessionChange> result) {
  using Verdict = SessionChange::Verdict;
  if (!result) {
    return refuse(attempt, result.error().code == ErrorCode::exhausted ? Code::busy : Code::database_error);
  }
  const auto& other = result->other;
  switch (result->verdict) {
    case Verdict::unchanged:
      return finish(attempt, {.session = other});
    case Verdict::taken:
      return refuse(attempt, Code::device_taken, settings_.name_holder ? fmt::format("{} is logged in here", other->user) : std::string());
    case Verdict::elsewhere:
      return refuse(attempt, Code::elsewhere, fmt::format("Logged in at {}", other->device));
    case Verdict::no_device:
      return refuse(attempt, Code::no_device);
    case Verdict::no_user:
    case Verdict::no_session:
      return refuse(attempt, attempt->vouched() ? Code::no_user : Code::try_again);
    case Verdict::done:
      break;
  }
  activity_.touched(result->began->device, wall());
  warned_.erase(result->began->device);
  if (result->began->state != LoginState::applied) expect_phone(*result->began);
  look_at_login(*attempt, *result->began);
  plan_for(*result->began);
  finish(attempt, {.text = pin_warning(*attempt), .session = result->began});
}

/// Where the policy wants it said some days before.
std::string MobilityService::pin_warning(const Attempt& attempt) const {
  const auto& policy = settings_.pin;
  if (policy.warning_days == 0 || policy.expires_days == 0 || attempt.vouched()) return {};
  const auto standing = parts_.credentials.standing(attempt.user->id);
  if (!standing.changed) return {};
  const auto left = std::chrono::duration_cast<std::chrono::hours>(*standing.changed - wall()).count() / 24 + policy.expires_days;
  return left > policy.warning_days ? std::string() : fmt::format("Your PIN must be changed within {} days", std::max<int64_t>(left, 1));
}

void MobilityService::refuse(const AttemptPtr& attempt, MobilityCode code, std::string text) {
  // What a stranger typed as a user may be a PIN: only names that are somebody's are kept.
  const std::string user = attempt->user ? attempt->user->id : std::string();
  const std::string device = attempt->device ? attempt->device->name : std::string();
  const auto& origin = attempt->request.origin;
  kLog.line(LogLevel::info, "login of {} at {} refused: {} {} (by {} from {}{}{})", user.empty() ? "somebody" : user,
            device.empty() ? "an unknown device" : device, static_cast<int>(code), api_text(code), origin.door,
            origin.address.empty() ? "there" : origin.address, origin.trace.empty() ? "" : ", ", origin.trace);
  // What costs the asker nothing must not cost the disk a line.
  if (attempt->device && code != Code::busy) note(origin, "login", code, device, user);
  finish(attempt, {.code = code, .text = std::move(text)});
}

void MobilityService::finish(const AttemptPtr& attempt, MobilityResult result) {
  if (attempt->counted) --under_way_;
  attempt->counted = false;
  auto done = std::move(attempt->done);
  done(std::move(result));
}

}  // namespace tandem
