// Whether a PIN is right, for whoever asks: what is locked, what is counted, and one PIN of a user at a time.
#include <fmt/format.h>

#include "login_attempt.h"
#include "tandem/log.h"

namespace tandem {
namespace {
constexpr Log kLog{"mobility"};
}

void MobilityService::look_at_pin(const MobilityOrigin& origin, const std::string& device, std::shared_ptr<const User> user,
                                  std::string pin, UniqueFunction<void(MobilityCode)> done) {
  // A locked phone or address, and a user who does not exist: the same answer after the same time.
  if (failures_.locked(device, origin.address, parts_.loop.clock().now(), settings_)) {
    kLog.line(LogLevel::notice, "a PIN at {} is not looked at: too many attempts from there or from {} went wrong",
              device.empty() ? "no phone" : device, origin.address.empty() ? "there" : origin.address);
    user = nullptr;
  }
  const std::string id = user ? user->id : std::string();
  auto answer = std::make_shared<UniqueFunction<void(MobilityCode)>>(std::move(done));
  auto checked = [this, alive = alive_, origin, device, id, answer](Result<PinCheck> check) {
    if (!*alive) return;
    if (!id.empty()) next_pin(id);
    (*answer)(judge(origin, device, id, check));
  };
  if (!user) return parts_.credentials.pretend(std::move(pin), std::move(checked));
  auto& waiting = checking_[id];
  waiting.push_back({std::move(pin), std::move(checked)});
  if (waiting.size() > 1) return;
  parts_.credentials.check(id, std::move(waiting.front().pin), std::move(waiting.front().done));
}

/// The first of the queue has been looked at.
void MobilityService::next_pin(const std::string& user) {
  const auto it = checking_.find(user);
  if (it == checking_.end()) return;
  it->second.pop_front();
  if (it->second.empty()) {
    checking_.erase(it);
    return;
  }
  auto& next = it->second.front();
  parts_.credentials.check(user, std::move(next.pin), std::move(next.done));
}

MobilityCode MobilityService::judge(const MobilityOrigin& origin, const std::string& device, const std::string& user,
                                    const Result<PinCheck>& check) {
  if (!check) return MobilityCode::busy;
  if (check->right) return check->must_change ? MobilityCode::pin_change : MobilityCode::done;
  const int64_t failures = failures_.failed(device, origin.address, parts_.loop.clock().now(), settings_);
  if (check->now_locked)
    kLog.line(LogLevel::warning, "{} is locked: too many wrong PINs, the last at {} from {}", user, device.empty() ? "no phone" : device,
              origin.address);
  if (check->now_locked || (settings_.anomaly_failures > 0 && failures == settings_.anomaly_failures))
    anomalies_.tell("many-failures", user, device, site_of(device), origin.address,
                    check->now_locked ? fmt::format("{} is locked after wrong PINs, the last at {}", user, device)
                                      : fmt::format("{} attempts went wrong at {} or from {}", failures, device, origin.address));
  return MobilityCode::try_again;
}

void MobilityService::check_pin(MobilityOrigin origin, std::string who, LoginRequest::By by, std::string pin, MobilityDone done) {
  if (who.empty() || pin.empty()) return done({.code = MobilityCode::blank});
  if (under_way_ >= static_cast<size_t>(settings_.max_concurrent_requests)) return done({.code = MobilityCode::busy});
  const auto user = find_user(by, who);
  ++under_way_;
  auto answer = std::make_shared<MobilityDone>(std::move(done));
  look_at_pin(origin, {}, user, std::move(pin), [this, origin, user, answer](MobilityCode code) {
    --under_way_;
    if (code == MobilityCode::try_again) note(origin, "pin", code, {}, user ? user->id : std::string());
    MobilityResult result{.code = code};
    if (code == MobilityCode::done) result.user = user;
    (*answer)(std::move(result));
  });
}

}  // namespace tandem
