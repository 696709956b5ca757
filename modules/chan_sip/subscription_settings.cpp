#include "subscription_settings.h"

namespace tandem {

void read_subscriptions(const ConfigSection& section, SubscriptionSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  const auto seconds = [&](std::string_view key, std::chrono::seconds fallback) {
    return std::chrono::duration_cast<std::chrono::seconds>(reader.duration(key, fallback));
  };
  s.least = seconds("min", s.least);
  s.usual = seconds("default", s.usual);
  s.longest = seconds("max", s.longest);
  if (s.least.count() < 1 || s.longest < s.least) reader.complain("min", "must be 1 s or more, and at most max");
  if (s.usual < s.least || s.usual > s.longest) reader.complain("default", "must lie between min and max");
  if (s.longest > std::chrono::hours(24 * 7)) reader.complain("max", "must be a week or less");
  s.per_device = static_cast<unsigned>(reader.integer("per_device", s.per_device, 0, 10'000));
  s.total = static_cast<unsigned>(reader.integer("total", s.total, 0, 1'000'000));
  s.interval = reader.duration("interval", s.interval);
  if (s.interval > std::chrono::minutes(1)) reader.complain("interval", "must be a minute or less");
  s.rate = static_cast<unsigned>(reader.integer("rate", s.rate, 1, 10'000));
  s.unsolicited = reader.flag("unsolicited", s.unsolicited);
  reader.finish();
}

}  // namespace tandem
