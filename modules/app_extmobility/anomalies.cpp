#include "anomalies.h"

#include <cstdlib>

#include "tandem/log.h"
#include "tandem/named_event.h"

namespace tandem {
namespace {
constexpr Log kLog{"mobility"};
}

void Anomalies::tell(const std::string& kind, const std::string& user, const std::string& device, const std::string& site,
                     const std::string& address, const std::string& sentence) {
  const WallTime now = clock_.wall();
  kLog.line(LogLevel::warning, "anomaly {}: {}", kind, sentence);
  sessions_.note({.at = now,
                  .what = "anomaly",
                  .why = kind,
                  .device = device,
                  .user = user,
                  .profile = {},
                  .site = site,
                  .door = {},
                  .address = address,
                  .by = {}});
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(now.time_since_epoch()).count();
  const Value data{{"kind", kind},       {"user", user},  {"device", device}, {"site", site},
                   {"address", address}, {"at", seconds}, {"text", sentence}};
  events_.publish(NamedEvent{"mobility.anomaly", data, {}});
  if (web_ == nullptr || webhook_.empty()) return;
  HttpRequest request;
  request.method = "POST";
  request.url = webhook_;
  request.headers = {{"Content-Type", "application/json"}};
  request.body = data.dump(-1, ' ', false, Value::error_handler_t::replace);
  auto number = std::make_shared<uint64_t>(0);
  const auto said = [this, number, url = loggable_url(webhook_)](const Result<HttpResponse>& answer) {
    posts_.erase(*number);
    if (!answer) return kLog.line(LogLevel::warning, "webhook {}: {}", url, answer.error().message);
    if (answer->status >= 300) kLog.line(LogLevel::warning, "webhook {}: answered {}", url, answer->status);
  };
  const auto started = web_->start(std::move(request), said);
  if (!started) return kLog.line(LogLevel::warning, "webhook {}: {}", loggable_url(webhook_), started.error().message);
  *number = *started;
  posts_.insert(*started);
}

Anomalies::~Anomalies() {
  for (const uint64_t post : posts_) web_->cancel(post);
}

bool within_hours(const std::string& hours, int minute_of_day) {
  if (hours.size() != 11) return true;
  const auto minute = [&](size_t at) { return std::atoi(hours.c_str() + at) * 60 + std::atoi(hours.c_str() + at + 3); };
  const int from = minute(0), to = minute(6);
  return from <= to ? minute_of_day >= from && minute_of_day < to : minute_of_day >= from || minute_of_day < to;
}

}  // namespace tandem
