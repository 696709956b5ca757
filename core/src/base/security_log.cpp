#include "base/security_log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <array>
#include <iterator>

#include "base/escape.h"

namespace tandem {

namespace {

constexpr size_t kLinesPerSource = 10;
constexpr size_t kLinesInAll = 1000;
constexpr size_t kSources = 1024;
constexpr size_t kLongestAccount = 128;
constexpr size_t kLongestDetail = 512;

constexpr std::array<SecurityEventKind, 11> kKinds{{
    {"InvalidAccountID", "Error"},
    {"InvalidPassword", "Error"},
    {"ChallengeResponseFailed", "Error"},
    {"FailedACL", "Error"},
    {"RequestNotAllowed", "Error"},
    {"RequestBadFormat", "Error"},
    {"SessionLimit", "Error"},
    {"LoadAverageLimit", "Error"},
    {"LinesLeftOut", "Error"},
    {"ChallengeSent", "Informational"},
    {"SuccessfulAuth", "Informational"},
}};

std::string_view severity_of(std::string_view event) {
  const auto kind = std::ranges::find(kKinds, event, &SecurityEventKind::name);
  return kind == kKinds.end() ? "Error" : kind->severity;
}

void append_field(std::string_view name, std::string_view value, size_t longest, std::string& line) {
  fmt::format_to(std::back_inserter(line), "{}{}=\"{}\"", line.empty() ? "" : ",", name, escape_field(value, longest));
}

}  // namespace

std::span<const SecurityEventKind> security_event_kinds() { return kKinds; }

std::string utc_stamp(WallTime at) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(at);
  const auto milliseconds = std::chrono::floor<std::chrono::milliseconds>(at - seconds);
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}", fmt::gmtime(std::chrono::system_clock::to_time_t(seconds)), milliseconds.count());
}

std::string security_line(const SecurityEvent& event, WallTime at) {
  std::string line;
  append_field("SecurityEvent", event.event, kLongestAccount, line);
  append_field("EventTV", utc_stamp(at) + "+0000", kLongestAccount, line);
  append_field("Severity", severity_of(event.event), kLongestAccount, line);
  append_field("Service", event.service, kLongestAccount, line);
  append_field("EventVersion", "1", kLongestAccount, line);
  append_field("AccountID", event.account, kLongestAccount, line);
  if (!event.remote.empty()) {
    const auto family = event.remote.family() == AF_INET6 ? "IPV6" : "IPV4";
    append_field("RemoteAddress", fmt::format("{}/{}/{}/{}", family, event.transport, event.remote.host(), event.remote.port()),
                 kLongestAccount, line);
  }
  append_field("Detail", event.detail, kLongestDetail, line);
  return line;
}

std::vector<SecurityLimiter::LeftOut> SecurityLimiter::turn(Instant now) {
  if (now - began_ < kWindow) return {};
  began_ = now;
  return take();
}

std::vector<SecurityLimiter::LeftOut> SecurityLimiter::take() {
  std::vector<LeftOut> left_out;
  for (const auto& [source, counted] : sources_) {
    if (counted.left_out > 0) left_out.push_back({source, counted.left_out});
  }
  if (others_ > 0) left_out.push_back({{}, others_});
  sources_.clear();
  written_ = 0;
  others_ = 0;
  return left_out;
}

bool SecurityLimiter::admit(const SocketAddress& remote) {
  const auto source = remote.subscriber();
  auto it = sources_.find(source);
  if (it == sources_.end()) {
    if (sources_.size() >= kSources) {
      ++others_;
      return false;
    }
    it = sources_.emplace(source, Counted{}).first;
  }
  auto& counted = it->second;
  ++counted.seen;
  if (counted.seen <= kLinesPerSource && written_ < kLinesInAll) {
    ++written_;
    return true;
  }
  ++counted.left_out;
  return false;
}

SecurityEvent summary_of(const SecurityLimiter::LeftOut& left_out) {
  SecurityEvent event{};
  event.event = "LinesLeftOut";
  event.service = "LOG";
  event.remote = left_out.source;
  if (left_out.source.empty()) {
    event.detail = fmt::format("{} more from other sources left out", left_out.lines);
  } else {
    const auto network = left_out.source.family() == AF_INET6 ? "/64" : "";
    event.detail = fmt::format("{} more from {}{} left out", left_out.lines, left_out.source.host(), network);
  }
  return event;
}

}  // namespace tandem
