#include "settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "tandem/directory.h"

namespace tandem {
namespace {

using Elsewhere = SessionOrder::Elsewhere;

constexpr size_t kMostTrusted = 1024;  // characters, as published

std::chrono::minutes read_login_time(SectionReader& reader, std::string_view key, std::string_view fallback) {
  const auto text = reader.text(key, fallback);
  const auto time = login_time(text);
  if (!time) reader.complain(key, "must be hours and minutes up to 168:00, as in 8:00 or :30; 0:00 is without end");
  return time.value_or(std::chrono::minutes(0));
}

void read_service(SectionReader& reader, MobilitySettings& s) {
  const bool enforce = reader.flag("enforce_max_login_time", false);
  const bool given = reader.has("max_login_time");
  const auto time = read_login_time(reader, "max_login_time", "8:00");
  // As published: a time that is given turns the limit on.
  s.max_login_time = enforce || (given && time.count() > 0) ? time : std::chrono::minutes(0);
  s.multiple_login = multiple_login_from(reader.choice("multiple_login", "not-allowed", {"allowed", "not-allowed", "auto-logout"}));
  s.alphanumeric_user_id = reader.flag("alphanumeric_user_id", true);
  s.remember_last_user = reader.flag("remember_last_user", false);
  s.clear_call_log = reader.flag("clear_call_log", false);
  s.validate_address = reader.flag("validate_address", false);
  s.trusted_addresses = reader.list("trusted_addresses");
  if (reader.text("trusted_addresses", "").size() > kMostTrusted) reader.complain("trusted_addresses", "must be at most 1024 characters");
  s.allow_proxy = reader.flag("allow_proxy", false);
  s.max_concurrent_requests = reader.integer("max_concurrent_requests", 5, 1, 100);
  s.name_holder = reader.flag("name_holder", true);
  s.behalf_max_login_time = read_login_time(reader, "behalf_max_login_time", "0:00");
  s.apply_timeout = reader.duration("apply_timeout", s.apply_timeout);
  s.history_days = reader.integer("history_days", 400, 1, 36500);
  s.second_factor_sites = reader.list("second_factor_sites");
}

void read_idle(SectionReader& reader, MobilitySettings& s) {
  s.idle_logout = reader.flag("enabled", false);
  s.idle_time = reader.duration("time", s.idle_time);
  s.idle_warning = reader.duration("warning", s.idle_warning);
  if (s.idle_time < std::chrono::seconds(10)) reader.complain("time", "must be at least 10s");
  if (s.idle_warning >= s.idle_time) reader.complain("warning", "must be shorter than time");
}

void read_pin(SectionReader& reader, PinPolicy& p) {
  p.min_length = reader.integer("min_length", 8, 1, 64);
  p.failed_logins = reader.integer("failed_logins", 3, 0, 100);
  p.reset_failed = reader.duration("reset_failed", p.reset_failed);
  p.lock = reader.duration("lock", p.lock);
  p.history = reader.integer("history", 12, 0, 25);
  p.expires_days = reader.integer("expires_days", 180, 0, 365);
  p.min_between_changes = reader.duration("min_between_changes", p.min_between_changes);
  p.inactive_days = reader.integer("inactive_days", 0, 0, 5000);
  p.warning_days = reader.integer("warning_days", 0, 0, 90);
  p.changed_characters = reader.integer("changed_characters", 1, 1, 64);
  p.check_trivial = reader.flag("check_trivial", true);
}

void read_lockout(SectionReader& reader, MobilitySettings& s) {
  s.device_failures = reader.integer("device_failures", 10, 0, 10'000);
  s.source_failures = reader.integer("source_failures", 20, 0, 10'000);
  if (reader.has("exempt")) s.exempt_sources = reader.list("exempt");
}

void read_hash(SectionReader& reader, HashSettings& h) {
  h.memory = reader.bytes("memory", h.memory);
  if (h.memory < 8 * 1024 || h.memory > int64_t{1} << 30) reader.complain("memory", "must be between 8K and 1G");
  h.passes = reader.integer("passes", 2, 1, 100);
  h.threads = reader.integer("threads", 2, 1, 64);
  h.pepper = reader.text("pepper", "");
}

void read_anomalies(SectionReader& reader, MobilitySettings& s) {
  s.travel = reader.duration("travel", s.travel);
  s.anomaly_failures = reader.integer("failures", 10, 0, 10'000);
  s.hours = reader.text("hours", "");
  const bool sound = s.hours.empty() || (s.hours.size() == 11 && s.hours[2] == ':' && s.hours[5] == '-' && s.hours[8] == ':');
  if (!sound) reader.complain("hours", "must be written as 07:00-20:00");
  s.webhook = reader.text("webhook", "");
  const bool web = s.webhook.empty() || s.webhook.starts_with("http://") || s.webhook.starts_with("https://");
  if (!web) reader.complain("webhook", "must begin with http:// or https://");
}

/// [pins] USER = PIN. No complaint repeats one.
void read_pins(const ConfigSection& section, MobilitySettings& s, std::vector<std::string>& complaints) {
  for (const auto& [user, value] : section.values) {
    const bool digits = !value.text.empty() && value.text.size() <= 64 &&
                        std::all_of(value.text.begin(), value.text.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) {
      s.first_pins.emplace(user, value.text);
    } else {
      complaints.push_back(fmt::format("{}:{}: [pins] {}: a PIN is 1 to 64 digits", value.file, value.line, user));
    }
  }
}

/// "18000-18099"
void read_guests(SectionReader& reader, MobilitySettings& s) {
  const auto range = reader.text("extensions", "");
  if (range.empty()) return;
  const auto dash = range.find('-');
  const auto number = [](std::string_view digits) -> int64_t {
    if (digits.empty() || digits.size() > 9 || digits[0] == '0' || digits.find_first_not_of("0123456789") != std::string_view::npos)
      return -1;
    return std::stoll(std::string(digits));
  };
  const int64_t from = number(std::string_view(range).substr(0, dash));
  const int64_t to = dash == std::string::npos ? -1 : number(std::string_view(range).substr(dash + 1));
  constexpr int64_t kMost = 10'000;
  if (from < 0 || to < from || to - from >= kMost)
    return reader.complain("extensions", "must be a range of at most 10000, as in 18000-18099");
  s.guests_from = from, s.guests_to = to;
}

}  // namespace

Elsewhere multiple_login_from(std::string_view word) {
  if (word == "allowed") return Elsewhere::allow;
  return word == "auto-logout" ? Elsewhere::end : Elsewhere::refuse;
}

Result<MobilitySettings> read_mobility_settings(const Config& config) {
  const auto file = config.read("extmobility");
  if (!file) return file.error().code == ErrorCode::not_found ? Result<MobilitySettings>(MobilitySettings{}) : file.error();
  MobilitySettings settings;
  std::vector<std::string> complaints;
  for (const auto& section : file->sections) {
    if (section.name == "pins") {
      read_pins(section, settings, complaints);
      continue;
    }
    SectionReader reader(section, complaints);
    if (section.name == "service") {
      read_service(reader, settings);
    } else if (section.name == "idle") {
      read_idle(reader, settings);
    } else if (section.name == "pin") {
      read_pin(reader, settings.pin);
    } else if (section.name == "lockout") {
      read_lockout(reader, settings);
    } else if (section.name == "hash") {
      read_hash(reader, settings.hash);
      const auto pepper = section.values.find("pepper");
      if (pepper != section.values.end() && !settings.hash.pepper.empty()) settings.hash.pepper = config.resolve(pepper->second);
    } else if (section.name == "anomalies") {
      read_anomalies(reader, settings);
    } else if (section.name == "guests") {
      read_guests(reader, settings);
    } else {
      complaints.push_back(fmt::format("{}:{}: [{}] unknown section: service, idle, pin, lockout, hash, anomalies, guests or pins",
                                       section.file, section.line, section.name));
      continue;
    }
    reader.finish();
  }
  if (!complaints.empty()) return config_error(complaints);
  return settings;
}

}  // namespace tandem
