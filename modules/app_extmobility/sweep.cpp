// Deadlines: they live in the store, so they outlive us; one timer waits for the earliest. And what is looked at when somebody has logged
// in.
#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "login_attempt.h"
#include "tandem/log.h"
#include "tandem/named_event.h"
#include "tandem/records.h"

namespace tandem {
namespace {

constexpr Log kLog{"mobility"};
constexpr size_t kPortion = 500;
constexpr auto kShortestSleep = std::chrono::milliseconds(20);
constexpr auto kLongestSleep = std::chrono::minutes(1);  // the wall clock may be set
constexpr std::chrono::milliseconds kPause{50};          // between portions
constexpr auto kTidy = std::chrono::hours(1);
constexpr auto kDay = std::chrono::hours(24);

}  // namespace

/// The sweep comes no later than `at`.
void MobilityService::plan_sweep(WallTime at) {
  if (sweep_timer_.running() && sweep_at_ <= at) return;
  sweep_at_ = at;
  const auto delay = std::clamp<Duration>(std::chrono::duration_cast<Duration>(at - wall()), kShortestSleep, kLongestSleep);
  sweep_timer_.start(delay, [this] { sweep(); });
}

void MobilityService::plan_for(const LoginSession& session) {
  if (session.until) plan_sweep(*session.until);
  if (session.idle_at) plan_sweep(*session.idle_at - settings_.idle_warning);
}

void MobilityService::sweep() {
  const WallTime now = wall();
  sweep_timer_.stop();
  const auto due = parts_.sessions.due(now + settings_.idle_warning, kPortion);
  if (due.empty()) {
    if (const auto next = parts_.sessions.next_due()) plan_sweep(std::min(*next - settings_.idle_warning, now + kLongestSleep));
    return;
  }
  const auto busy = parts_.endpoints_in_calls ? parts_.endpoints_in_calls() : std::vector<std::string>();
  bool acted = false;
  WallTime again = now + kLongestSleep;
  for (const auto& session : due) {
    const auto look = over_due(*session, now, std::binary_search(busy.begin(), busy.end(), session->device));
    acted = acted || !look;
    if (look) again = std::min(again, *look);
  }
  // What was ended or put off is on its way through the writer; the rest is looked at when its time has come.
  plan_sweep(!acted ? again : now + (due.size() == kPortion ? kPause : std::chrono::seconds(1)));
}

/// When to look at it again; empty: something was done about it.
std::optional<WallTime> MobilityService::over_due(const LoginSession& session, WallTime now, bool in_call) {
  if (session.until && *session.until <= now) {
    end_session(session, "time");
    return std::nullopt;
  }
  if (!session.idle_at || session.idle.count() == 0) return session.until;
  const WallTime last = in_call ? now : activity_.last(session.device);
  const WallTime idle_at = last == WallTime() ? *session.idle_at : std::max(*session.idle_at, last + session.idle);
  if (idle_at > *session.idle_at) {
    warned_.erase(session.device);
    parts_.sessions.put_off(session, idle_at);
    return std::nullopt;
  }
  if (idle_at <= now) {
    end_session(session, "idle");
    return std::nullopt;
  }
  if (idle_at - now <= settings_.idle_warning && warned_.insert(session.device).second) {
    const auto left = std::chrono::duration_cast<std::chrono::seconds>(idle_at - now).count();
    kLog.line(LogLevel::info, "{} at {} is idle: logged out in {} s", session.user, session.device, left);
    parts_.events.publish(
        NamedEvent{"session.idle_warning", Value{{"device", session.device}, {"user", session.user}, {"seconds", left}}, {}});
  }
  return session.until ? std::min(idle_at, *session.until) : idle_at;
}

void MobilityService::end_session(const LoginSession& session, std::string why) {
  SessionEndOrder order{.device = session.device,
                        .user = session.user,
                        .version = session.version,
                        .now = wall(),
                        .why = std::move(why),
                        .by_hand = false,
                        .site = site_of(session.device),
                        .door = "system"};
  parts_.sessions.end(std::move(order), [device = session.device](Result<SessionChange> result) {
    if (!result) kLog.line(LogLevel::error, "{} is not logged out: {}", device, result.error().message);
  });
}

/// Now and then: old history goes, and sessions of people who are there no more.
void MobilityService::tidy() {
  end_guests();
  if (wall() - tidied_ < kTidy) return tidy_timer();
  tidied_ = wall();
  parts_.sessions.forget_history(wall() - kDay * settings_.history_days);
  std::string after;
  for (auto page = parts_.sessions.page(after, kPortion); !page.empty(); page = parts_.sessions.page(after, kPortion)) {
    after = page.back()->device;
    for (const auto& session : page) {
      const bool user_gone = parts_.directory.user(session->user) == nullptr;
      const bool device_gone = parts_.directory.device(session->device) == nullptr;
      if (!user_gone && !device_gone) continue;
      if (user_gone)
        anomalies_.tell("user-gone", session->user, session->device, site_of(session->device), {},
                        fmt::format("{} is logged in at {} and is no user any more", session->user, session->device));
      end_session(*session, user_gone ? "user-gone" : "device-gone");
    }
    if (page.size() < kPortion) break;
  }
  tidy_timer();
}

void MobilityService::tidy_timer() {
  tidy_timer_.start(kLongestSleep, [this] { tidy(); });
}

void MobilityService::look_at_login(const Attempt& attempt, const LoginSession& session) {
  const auto& site = attempt.device->site;
  if (!settings_.hours.empty()) {
    const std::time_t time = std::chrono::system_clock::to_time_t(session.since);
    std::tm local{};
    localtime_r(&time, &local);
    if (!within_hours(settings_.hours, local.tm_hour * 60 + local.tm_min))
      anomalies_.tell("outside-hours", session.user, session.device, site, session.address,
                      fmt::format("{} has logged in at {} outside {}", session.user, session.device, settings_.hours));
  }
  const auto& home = attempt.user->home_site;
  if (!home.empty() && home != site)
    anomalies_.tell("another-building", session.user, session.device, site, session.address,
                    fmt::format("{} has logged in at {} in {}, and is at home in {}", session.user, session.device, site, home));
  if (settings_.travel.count() <= 0) return;
  const auto seen = [this, alive = alive_, session, site](Result<std::vector<SessionNote>> notes) {
    if (!*alive || !notes) return;
    for (const auto& note : *notes) {
      const bool elsewhere = note.code == -1 && (note.what == "login" || note.what == "logout") && !note.site.empty() && note.site != site;
      if (!elsewhere || note.door == "system") continue;
      return anomalies_.tell("another-building", session.user, session.device, site, session.address,
                             fmt::format("{} is in {} now, and was in {} minutes ago", session.user, site, note.site));
    }
  };
  parts_.sessions.history({.device = {}, .user = session.user, .since = session.since - settings_.travel, .most = 20}, seen);
}

/// Kept only where it may matter.
void MobilityService::touched(std::string_view device) {
  if (settings_.idle_logout && parts_.sessions.at(device)) activity_.touched(device, wall());
}

void MobilityService::watch_calls() {
  auto& events = parts_.events;
  registrations_.push_back(events.subscribe<CallStarted>([this](const CallStarted& event) {
    if (!event.record.legs.empty()) touched(event.record.legs.front().endpoint);
  }));
  registrations_.push_back(events.subscribe<CallEnded>([this](const CallEnded& event) {
    // A leg that only rang is nobody's activity.
    for (const auto& leg : event.record.legs) {
      if (leg.answer || !leg.outgoing) touched(leg.endpoint);
    }
  }));
  registrations_.push_back(events.subscribe<SessionEnded>([this](const SessionEnded& event) {
    activity_.forget(event.session.device);
    warned_.erase(event.session.device);
    phones_.erase(event.session.device);
  }));
}

void MobilityService::step(const LoginSession& session, SessionFact fact) {
  const auto next = next_step(session.state, fact);
  if (!next) return;
  kLog.line(LogLevel::debug, "session of {} at {}: {} -> {}", session.user, session.device, to_string(session.state),
            to_string(next->state));
  if (next->state == LoginState::applied) phones_.erase(session.device);
  if (next->state == session.state && next->reason == session.reason) return;
  parts_.sessions.mark(session.device, session.version, next->state, std::string(next->reason));
}

/// From now on the phone should fetch, and come back.
void MobilityService::expect_phone(const LoginSession& session) {
  auto& timer = phones_[session.device];
  timer = std::make_unique<Timer>(parts_.loop);
  timer->start(settings_.apply_timeout, [this, device = session.device, version = session.version] {
    const auto now = parts_.sessions.at(device);
    if (now && now->version == version) step(*now, SessionFact::timed_out);
  });
}

void MobilityService::phone_fetched(std::string_view device, int64_t version) {
  const auto session = parts_.sessions.at(device);
  if (session && session->version == version) step(*session, SessionFact::fetched);
}

void MobilityService::phone_registered(std::string_view device) {
  const auto session = parts_.sessions.at(device);
  if (session) step(*session, SessionFact::registered);
}

}  // namespace tandem
