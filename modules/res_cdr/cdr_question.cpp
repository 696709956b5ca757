#include "cdr_question.h"

#include <charconv>
#include <ctime>
#include <map>
#include <optional>

namespace tandem {
namespace {

/// More than anybody reads; programs read cdr.db itself.
constexpr int64_t kMostCalls = 10000;
constexpr const char* kUsage =
    "cdr show [call ID] or [today] [last N] [since TIME] [until TIME] [user NAME] [endpoint NAME] [number NUMBER] [disposition WORD]: N is "
    "1 "
    "to 10000, TIME is 2026-11-21 or 2026-11-21T08:30, with a Z at its end for UTC";

Error usage() { return {ErrorCode::invalid, kUsage}; }

WallTime midnight(WallTime now) {
  std::time_t seconds = std::chrono::system_clock::to_time_t(now);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  local.tm_hour = local.tm_min = local.tm_sec = 0;
  local.tm_isdst = -1;
  return std::chrono::system_clock::from_time_t(std::mktime(&local));
}

std::optional<WallTime> time_said(const std::string& text) {
  for (const char* format : {"%Y-%m-%dT%H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d"}) {
    std::tm fields{};
    const char* const rest = ::strptime(text.c_str(), format, &fields);
    if (rest == nullptr) continue;
    const std::string_view zone(rest);
    fields.tm_isdst = -1;
    if (zone == "Z") return std::chrono::system_clock::from_time_t(::timegm(&fields));
    if (zone.empty()) return std::chrono::system_clock::from_time_t(std::mktime(&fields));
  }
  return {};
}

bool read_time(const std::string& text, WallTime& into) {
  const auto time = time_said(text);
  if (time) into = *time;
  return time.has_value();
}

bool read_limit(const std::string& text, int64_t& into) {
  const char* const end = text.data() + text.size();
  const auto [at, error] = std::from_chars(text.data(), end, into);
  return error == std::errc() && at == end && into >= 1 && into <= kMostCalls;
}

}  // namespace

Result<CdrQuestion> parse_cdr_question(const std::vector<std::string>& args, WallTime now) {
  CdrQuestion question;
  if (args.size() == 2 && args[0] == "call" && !args[1].empty()) {
    question.call = args[1];
    return question;
  }
  const std::map<std::string_view, std::string*> texts{
      {"user", &question.user}, {"endpoint", &question.endpoint}, {"number", &question.number}, {"disposition", &question.disposition}};
  bool limited = false;
  for (size_t i = 0; i < args.size(); ++i) {
    if (args[i] == "today") {
      question.since = midnight(now);
      if (!limited) question.limit = kMostCalls;
      continue;
    }
    if (i + 1 == args.size() || args[i + 1].empty()) return usage();
    const std::string &word = args[i], &value = args[++i];
    bool understood = true;
    if (const auto text = texts.find(word); text != texts.end()) {
      *text->second = value;
    } else if (word == "last") {
      understood = limited = read_limit(value, question.limit);
    } else if (word == "since" || word == "until") {
      understood = read_time(value, word == "since" ? question.since : question.until);
    } else {
      understood = false;
    }
    if (!understood) return usage();
  }
  return question;
}

}  // namespace tandem
