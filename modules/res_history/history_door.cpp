#include "history_door.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <ctime>

namespace tandem {
namespace {

constexpr int64_t kMost = 200;

/// With milliseconds, so that "before" the last one of a page begins the next page behind it.
std::string utc(WallTime at) {
  const auto whole = std::chrono::duration_cast<std::chrono::milliseconds>(at.time_since_epoch()).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(static_cast<std::time_t>(whole / 1000)), whole % 1000);
}

Json entry_json(const HistoryEntry& e) {
  return {{"call", e.call},
          {"kind", to_string(e.kind)},
          {"answered", e.answered},
          {"number", e.number},
          {"name", e.name},
          {"at", utc(e.at)},
          {"seconds", static_cast<double>(e.talked.count()) / 1000},
          {"place", e.place}};
}

/// What the query asks for. invalid with a sentence.
Result<CallHistory::Question> question_of(const http::Request& request) {
  CallHistory::Question question{.user = {}, .kind = {}, .before = {}, .most = 100};
  if (const auto* const word = http::find(request.query, "kind")) {
    for (const auto kind :
         {HistoryKind::placed, HistoryKind::received, HistoryKind::missed, HistoryKind::declined, HistoryKind::elsewhere}) {
      if (to_string(kind) == *word) question.kind = kind;
    }
    if (!question.kind) return Error{ErrorCode::invalid, "a kind is placed, received, missed, declined or answered-elsewhere"};
  }
  if (const auto* const text = http::find(request.query, "before")) {
    question.before = utc_moment(*text);
    if (!question.before) return Error{ErrorCode::invalid, "\"before\" is a moment as in 2026-11-24T18:30:00Z"};
  }
  if (const auto* const text = http::find(request.query, "limit")) {
    const auto [end, fault] = std::from_chars(text->data(), text->data() + text->size(), question.most);
    const bool good = fault == std::errc() && end == text->data() + text->size() && question.most >= 1 && question.most <= kMost;
    if (!good) return Error{ErrorCode::invalid, fmt::format("\"limit\" is a number from 1 to {}", kMost)};
  }
  return question;
}

}  // namespace

std::optional<WallTime> utc_moment(const std::string& text) {
  if (text.size() < 20 || text.size() > 30 || text.back() != 'Z') return std::nullopt;
  std::tm parts{};
  const char* const rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  double fraction = 0;
  if (*rest == '.') {
    const auto [end, fault] = std::from_chars(rest, text.data() + text.size() - 1, fraction, std::chars_format::fixed);
    if (fault != std::errc() || end != text.data() + text.size() - 1) return std::nullopt;
  } else if (*rest != 'Z' || rest[1] != '\0') {
    return std::nullopt;
  }
  // What the clock can hold; no call is older than the epoch.
  constexpr std::time_t kLast = std::chrono::duration_cast<std::chrono::seconds>(WallTime::max().time_since_epoch()).count() - 1;
  const std::time_t seconds = ::timegm(&parts);
  if (seconds < 0 || seconds > kLast) return std::nullopt;
  return std::chrono::system_clock::from_time_t(seconds) + std::chrono::milliseconds(std::lround(fraction * 1000));
}

Result<Registration> HistoryDoor::open() {
  return server_.route({.listener = "http-api",
                        .method = "GET",
                        .path = "/api/v1/users/{user}/calls",
                        .run = [this](http::Request request, http::Reply reply) { list(request, std::move(reply)); },
                        .right = "calls",
                        .log_query = true,
                        .api = http::operation("Calls",
                                               "A person's calls of the last weeks, the latest first: placed, received, missed, declined, "
                                               "answered-elsewhere",
                                               {"kind", "before", "limit"})});
}

void HistoryDoor::list(const http::Request& request, http::Reply reply) {
  auto question = question_of(request);
  if (!question) return reply.json(question.error());
  question->user = request.part("user");
  if (!directory_.user(question->user)) return reply.json(Error{ErrorCode::not_found, "there is no such user"});
  CallHistory* const history = find_();
  if (history == nullptr) return reply.json(Error{ErrorCode::unavailable, "nobody keeps records"});
  history->ask(*question,
               [most = question->most, id = question->user, r = std::move(reply)](Result<std::vector<HistoryEntry>> found) mutable {
                 if (!found) return r.json(found.error());
                 Json rows = Json::array();
                 for (const auto& entry : *found) rows.push_back(entry_json(entry));
                 const bool more = static_cast<int64_t>(found->size()) == most;
                 r.json({{"user", id}, {"calls", std::move(rows)}, {"before", more ? Json(utc(found->back().at)) : Json()}});
               });
}

}  // namespace tandem
