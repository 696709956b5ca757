#include "failures.h"

#include <algorithm>

namespace tandem {
namespace {

bool exempt(std::string_view address, const MobilitySettings& settings) {
  return address.empty() ||
         std::find(settings.exempt_sources.begin(), settings.exempt_sources.end(), address) != settings.exempt_sources.end();
}

}  // namespace

bool Failures::locked(std::string_view device, std::string_view address, Instant now, const MobilitySettings& settings) {
  if (!device.empty() && beyond("d:" + std::string(device), settings.device_failures, now, settings)) return true;
  return !exempt(address, settings) && beyond("a:" + std::string(address), settings.source_failures, now, settings);
}

int64_t Failures::failed(std::string_view device, std::string_view address, Instant now, const MobilitySettings& settings) {
  const int64_t here = device.empty() ? 0 : count("d:" + std::string(device), now, settings);
  return exempt(address, settings) ? here : std::max(here, count("a:" + std::string(address), now, settings));
}

bool Failures::beyond(const std::string& key, int64_t limit, Instant now, const MobilitySettings& settings) {
  const auto it = counts_.find(key);
  if (limit == 0 || it == counts_.end() || it->second.failures < limit) return false;
  if (settings.pin.lock.count() > 0 && now - it->second.last >= settings.pin.lock) {
    counts_.erase(it);
    return false;
  }
  return true;
}

int64_t Failures::count(const std::string& key, Instant now, const MobilitySettings& settings) {
  if (counts_.size() >= kMost) make_room(now, settings.pin.reset_failed);
  auto& count = counts_[key];
  if (now - count.last >= settings.pin.reset_failed) count.failures = 0;
  count.last = now;
  return ++count.failures;
}

/// Whoever invents names must not fill the memory: what is old goes, and else everything.
void Failures::make_room(Instant now, Duration old) {
  std::erase_if(counts_, [&](const auto& entry) { return now - entry.second.last >= old; });
  if (counts_.size() >= kMost) counts_.clear();
}

}  // namespace tandem
