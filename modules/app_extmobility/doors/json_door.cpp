#include "json_door.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <charconv>

namespace tandem {
namespace {

constexpr const char* kRight = "extension-mobility";
constexpr size_t kMostWatchers = 100;
constexpr size_t kMostRows = 1000;
constexpr size_t kLongest = 256;
constexpr int64_t kLongestStay = 366 * 24 * 60;  // minutes

std::string utc(WallTime at) { return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", fmt::gmtime(std::chrono::system_clock::to_time_t(at))); }

Json session_json(const LoginSession& session) {
  Json row{{"device", session.device},   {"user", session.user},        {"profile", session.profile},
           {"version", session.version}, {"since", utc(session.since)}, {"state", std::string(to_string(session.state))},
           {"door", session.door},       {"address", session.address}};
  row["until"] = session.until ? Json(utc(*session.until)) : Json();
  if (!session.by.empty()) row["by"] = session.by;
  if (!session.reason.empty()) row["reason"] = session.reason;
  return row;
}

int status_of(MobilityCode code) {
  switch (code) {
    case MobilityCode::done:
      return 200;
    case MobilityCode::choose:
    case MobilityCode::device_taken:
    case MobilityCode::elsewhere:
    case MobilityCode::extension_of_several:
      return 409;
    case MobilityCode::parse_error:
    case MobilityCode::blank:
    case MobilityCode::device_missing:
    case MobilityCode::bad_login_type:
      return 400;
    case MobilityCode::try_again:
    case MobilityCode::not_authenticated:
    case MobilityCode::authentication_error:
      return 401;
    case MobilityCode::no_device:
    case MobilityCode::no_user:
    case MobilityCode::no_profile:
    case MobilityCode::profile_absent:
    case MobilityCode::nobody_here:
      return 404;
    case MobilityCode::busy:
    case MobilityCode::database_error:
    case MobilityCode::not_reachable:
    case MobilityCode::not_initialised:
      return 503;
    case MobilityCode::unknown_error:
    case MobilityCode::logout_error:
    case MobilityCode::user_info_error:
      return 500;
    case MobilityCode::invalid_application:
    case MobilityCode::policy_error:
    case MobilityCode::device_disabled:
    case MobilityCode::no_query:
    case MobilityCode::no_proxy_right:
    case MobilityCode::logon_disabled:
    case MobilityCode::untrusted_address:
    case MobilityCode::lookup_not_ready:
    case MobilityCode::no_proxies:
    case MobilityCode::pin_change:
      return 403;
  }
  return 500;
}

void refuse(http::Reply& reply, const MobilityResult& result) {
  Json body{{"error", result.text.empty() ? std::string(api_text(result.code)) : result.text}, {"code", static_cast<int>(result.code)}};
  if (result.code == MobilityCode::choose) {
    body["one_time_code"] = result.one_time_code;
    body["continuation"] = result.continuation;
    for (const auto& profile : result.profiles) body["profiles"].push_back({{"id", profile->id}, {"model", profile->model}});
  }
  reply.json(body, status_of(result.code));
}

/// The body of a request, read key by key. What is wrong is said once, in the end.
class Body {
 public:
  explicit Body(const http::Request& request) {
    if (request.body.empty()) {
      json_ = Json::object();
      return;
    }
    json_ = Json::parse(request.body, nullptr, false);
    if (json_.is_object()) return;
    fault_ = "the body is no JSON object";
    json_ = Json::object();
  }
  std::string text(const char* key, bool required = false) {
    known_.emplace_back(key);
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) {
      if (required) fail(fmt::format("\"{}\" is missing", key));
      return {};
    }
    if (!found->is_string() || found->get_ref<const std::string&>().size() > kLongest) {
      fail(fmt::format("\"{}\" is no text of at most {} octets", key, kLongest));
      return {};
    }
    return found->get<std::string>();
  }
  std::optional<int64_t> number(const char* key, int64_t least, int64_t most) {
    known_.emplace_back(key);
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) return std::nullopt;
    if (!found->is_number_integer() || *found < least || *found > most) {
      fail(fmt::format("\"{}\" is no number from {} to {}", key, least, most));
      return std::nullopt;
    }
    return found->get<int64_t>();
  }
  bool flag(const char* key) {
    known_.emplace_back(key);
    const auto found = json_.find(key);
    if (found == json_.end() || found->is_null()) return false;
    if (!found->is_boolean()) fail(fmt::format("\"{}\" is neither true nor false", key));
    return found->is_boolean() && found->get<bool>();
  }
  /// False, and 400 has been answered: something was wrong.
  bool good(http::Reply& reply) {
    for (const auto& item : json_.items()) {
      if (std::find(known_.begin(), known_.end(), item.key()) == known_.end())
        fail(fmt::format("\"{}\" is unknown", item.key().substr(0, 40)));
    }
    if (fault_.empty()) return true;
    reply.json(Error{ErrorCode::invalid, fault_});
    return false;
  }

 private:
  void fail(std::string why) {
    if (fault_.empty()) fault_ = std::move(why);
  }
  Json json_;
  std::string fault_;
  std::vector<std::string> known_;
};

MobilityOrigin origin_of(const http::Request& request) {
  return {.door = "json",
          .address = request.peer.host(),
          .via_proxy = request.header("via") != nullptr,
          .by = request.user ? request.user->name : std::string(),
          .trace = request.id};
}

std::string asked_for(const http::Request& request, std::string_view name) {
  const std::string* const found = http::find(request.query, name);
  return found == nullptr ? std::string() : found->substr(0, kLongest);
}

size_t limit_of(const http::Request& request) {
  const std::string text = asked_for(request, "limit");
  size_t limit = 100;
  std::from_chars(text.data(), text.data() + text.size(), limit);
  return std::clamp<size_t>(limit, 1, kMostRows);
}

Json operation(const char* summary, std::initializer_list<const char*> query = {}, std::initializer_list<const char*> body = {}) {
  Json fields = body.size() == 0 ? Json() : http::text_fields(body);
  // A number where its name ends with "minutes", a flag where it is a question; the rest is text.
  for (const char* const name : body) {
    const std::string_view word(name);
    if (word.ends_with("minutes")) fields["properties"][name]["type"] = "integer";
    if (word == "must_change") fields["properties"][name]["type"] = "boolean";
  }
  return http::operation("Extension Mobility", summary, query, std::move(fields));
}

}  // namespace

const JsonDoor::Entry JsonDoor::kEntries[] = {
    {"GET", "/api/v1/sessions", &JsonDoor::list_sessions,
     [] {
       return operation("Who is logged in where, by device", {"after", "limit"});
     }},
    {"POST", "/api/v1/sessions", &JsonDoor::create_session,
     [] {
       return operation("Log a user in; with a PIN as that user, without one on the user's behalf", {},
                        {"device", "user", "extension", "badge", "pin", "profile", "minutes", "continuation", "one_time_code"});
     }},
    {"GET", "/api/v1/sessions/events", &JsonDoor::watch, [] { return operation("Logins and logouts as they happen (text/event-stream)"); }},
    {"GET", "/api/v1/sessions/history", &JsonDoor::history,
     [] {
       return operation("Every attempt, the newest first", {"device", "user", "limit"});
     }},
    {"GET", "/api/v1/devices/{device}/session", &JsonDoor::session_at, [] { return operation("Who is logged in at a device"); }},
    {"DELETE", "/api/v1/devices/{device}/session", &JsonDoor::end_session,
     [] { return operation("Log out whoever is at a device", {"user"}); }},
    {"GET", "/api/v1/users/{user}/sessions", &JsonDoor::user_sessions, [] { return operation("Where a user is logged in"); }},
    {"GET", "/api/v1/users/{user}/profiles", &JsonDoor::user_profiles,
     [] { return operation("A user's profiles; with a device those that fit it", {"device"}); }},
    {"PUT", "/api/v1/users/{user}/pin", &JsonDoor::set_pin,
     [] {
       return operation("Give a user a new PIN", {}, {"pin", "must_change"});
     }},
    {"POST", "/api/v1/users/{user}/unlock", &JsonDoor::unlock, [] { return operation("Let a locked user try again"); }},
    {"POST", "/api/v1/login-tokens", &JsonDoor::create_token,
     [] {
       return operation("A one-time token that logs a user in without a PIN", {}, {"user", "device", "site", "profile", "minutes"});
     }},
    {"POST", "/api/v1/guests", &JsonDoor::create_guest,
     [] {
       return operation("A user for a while, with a PIN or a one-time token", {},
                        {"name", "extension", "calling_class", "pin", "device", "site", "mobile", "stay_minutes", "token_minutes"});
     }},
    {"DELETE", "/api/v1/guests/{user}", &JsonDoor::end_guest, [] { return operation("Check a guest out: sessions, PIN and tokens go"); }},
    {"POST", "/api/v1/token-logins", &JsonDoor::use_token,
     [] {
       return operation("Log in at a device by a one-time token", {}, {"device", "token"});
     },
     true},
};

JsonDoor::JsonDoor(MobilityService& service, HttpServer& server, Directory& directory, Sessions& sessions, Events& events)
    : service_(service), server_(server), directory_(directory), sessions_(sessions), events_(events) {
  heard_.push_back(events_.subscribe<SessionBegan>([this](const SessionBegan& e) { tell("session.began", session_json(e.session)); }));
  heard_.push_back(events_.subscribe<SessionEnded>([this](const SessionEnded& e) {
    Json data = session_json(e.session);
    data["why"] = e.why;
    tell("session.ended", data);
  }));
  heard_.push_back(
      events_.subscribe<SessionApplied>([this](const SessionApplied& e) { tell("session.applied", session_json(e.session)); }));
}

JsonDoor::~JsonDoor() = default;

Result<std::vector<Registration>> JsonDoor::open() { return http::open_routes<JsonDoor>(server_, *this, kEntries, kRight); }

void JsonDoor::list_sessions(http::Request request, http::Reply reply) {
  const size_t limit = limit_of(request);
  Json rows = Json::array();
  std::string last;
  for (const auto& session : sessions_.page(asked_for(request, "after"), limit)) {
    rows.push_back(session_json(*session));
    last = session->device;
  }
  const bool more = rows.size() == limit;
  reply.json({{"sessions", std::move(rows)}, {"total", sessions_.count()}, {"after", more ? Json(last) : Json()}});
}

void JsonDoor::create_session(http::Request request, http::Reply reply) {
  Body body(request);
  LoginRequest asked{.origin = origin_of(request), .device = body.text("device", true)};
  const std::string user = body.text("user"), extension = body.text("extension"), badge = body.text("badge");
  asked.pin = body.text("pin");
  asked.profile = body.text("profile");
  asked.continuation = body.text("continuation");
  asked.one_time_code = body.text("one_time_code");
  if (const auto minutes = body.number("minutes", 0, 10'080)) asked.duration = std::chrono::minutes(*minutes);
  if (!body.good(reply)) return;
  const int named = static_cast<int>(!user.empty()) + static_cast<int>(!extension.empty()) + static_cast<int>(!badge.empty());
  if (named != 1 && asked.continuation.empty()) {
    return reply.json(Error{ErrorCode::invalid, "one of \"user\", \"extension\" and \"badge\" says who"});
  }
  asked.by = !extension.empty() ? LoginRequest::By::extension : !badge.empty() ? LoginRequest::By::badge : LoginRequest::By::user_id;
  asked.who = user + extension + badge;
  // Whoever shows a PIN is that person; the application is only the messenger then, and gets no more than the person would.
  if (!asked.pin.empty() || !asked.continuation.empty()) asked.origin.by.clear();
  service_.login(std::move(asked), [reply = std::move(reply)](const MobilityResult& result) mutable {
    if (!result.ok()) return refuse(reply, result);
    reply.json(session_json(*result.session), 201);
  });
}

void JsonDoor::session_at(http::Request request, http::Reply reply) {
  const auto here = service_.who_is_here(request.part("device"));
  if (!here.device) return refuse(reply, {.code = MobilityCode::no_device});
  if (!here.session) return refuse(reply, {.code = MobilityCode::nobody_here});
  reply.json(session_json(*here.session));
}

void JsonDoor::end_session(http::Request request, http::Reply reply) {
  LogoutRequest asked{.origin = origin_of(request), .device = request.part("device"), .user = asked_for(request, "user")};
  service_.logout(std::move(asked), [reply = std::move(reply)](const MobilityResult& result) mutable {
    if (!result.ok()) return refuse(reply, result);
    reply.json(session_json(*result.session));
  });
}

void JsonDoor::user_sessions(http::Request request, http::Reply reply) {
  const std::string id = request.part("user");
  if (!directory_.user(id)) return refuse(reply, {.code = MobilityCode::no_user});
  Json rows = Json::array();
  for (const auto& session : service_.sessions_of(id)) rows.push_back(session_json(*session));
  reply.json({{"user", id}, {"sessions", std::move(rows)}, {"devices", directory_.devices_of(id)}});
}

void JsonDoor::user_profiles(http::Request request, http::Reply reply) {
  const std::string id = request.part("user"), device = asked_for(request, "device");
  if (!directory_.user(id)) return refuse(reply, {.code = MobilityCode::no_user});
  if (!device.empty() && !directory_.device(device)) return refuse(reply, {.code = MobilityCode::no_device});
  Json rows = Json::array();
  for (const auto& profile : device.empty() ? directory_.profiles_of(id) : service_.profiles_for(id, device)) {
    rows.push_back({{"id", profile->id}, {"model", profile->model}});
  }
  reply.json({{"user", id}, {"profiles", std::move(rows)}});
}

void JsonDoor::set_pin(http::Request request, http::Reply reply) {
  Body body(request);
  PinRequest asked{.origin = origin_of(request), .who = request.part("user")};
  asked.new_pin = body.text("pin", true);
  asked.must_change = body.flag("must_change");
  if (!body.good(reply)) return;
  service_.change_pin(std::move(asked), [reply = std::move(reply)](const MobilityResult& result) mutable {
    if (!result.ok()) return refuse(reply, result);
    reply.send(http::Response{.status = 204});
  });
}

void JsonDoor::unlock(http::Request request, http::Reply reply) {
  service_.unlock(origin_of(request), request.part("user"), [reply = std::move(reply)](const MobilityResult& result) mutable {
    if (!result.ok()) return refuse(reply, result);
    reply.send(http::Response{.status = 204});
  });
}

void JsonDoor::create_token(http::Request request, http::Reply reply) {
  Body body(request);
  TokenRequest asked{
      .origin = origin_of(request), .user = body.text("user", true), .device = body.text("device"), .site = body.text("site")};
  asked.profile = body.text("profile");
  asked.lives = std::chrono::minutes(body.number("minutes", 1, 1440).value_or(5));
  if (!body.good(reply)) return;
  const auto lives = asked.lives;
  service_.make_token(std::move(asked), [reply = std::move(reply), lives](const MobilityResult& result) mutable {
    if (!result.ok()) return refuse(reply, result);
    reply.json({{"token", result.token}, {"minutes", lives.count()}}, 201);
  });
}

void JsonDoor::use_token(http::Request request, http::Reply reply) {
  Body body(request);
  LoginRequest asked{.origin = origin_of(request), .device = body.text("device", true), .token = body.text("token", true)};
  if (!body.good(reply)) return;
  asked.ask_profile = false;
  service_.login(std::move(asked), [reply = std::move(reply)](const MobilityResult& result) mutable {
    if (!result.ok()) return refuse(reply, result);
    reply.json(session_json(*result.session), 201);
  });
}

void JsonDoor::create_guest(http::Request request, http::Reply reply) {
  Body body(request);
  GuestRequest asked{.origin = origin_of(request), .name = body.text("name", true), .extension = body.text("extension")};
  if (const std::string wanted = body.text("calling_class"); !wanted.empty()) asked.calling_class = wanted;
  asked.pin = body.text("pin");
  asked.device = body.text("device");
  asked.site = body.text("site");
  asked.mobile = body.text("mobile");
  if (const auto minutes = body.number("stay_minutes", 1, kLongestStay)) asked.stays = std::chrono::minutes(*minutes);
  if (const auto minutes = body.number("token_minutes", 1, 1440)) asked.token_lives = std::chrono::minutes(*minutes);
  if (!body.good(reply)) return;
  service_.make_guest(std::move(asked), [reply = std::move(reply)](const MobilityResult& result) mutable {
    if (!result.ok()) return refuse(reply, result);
    Json made{{"user", result.user->id}, {"name", result.user->name}, {"extension", result.user->extension}};
    if (!result.token.empty()) made["token"] = result.token;
    reply.json(made, 201);
  });
}

void JsonDoor::end_guest(http::Request request, http::Reply reply) {
  service_.end_guest(origin_of(request), request.part("user"), [reply = std::move(reply)](const MobilityResult& result) mutable {
    if (!result.ok()) return refuse(reply, result);
    reply.send(http::Response{.status = 204});
  });
}

void JsonDoor::history(http::Request request, http::Reply reply) {
  Sessions::HistoryQuestion question{.device = asked_for(request, "device"), .user = asked_for(request, "user"), .most = limit_of(request)};
  sessions_.history(question, [reply = std::move(reply)](Result<std::vector<SessionNote>> notes) mutable {
    if (!notes) return reply.json(notes.error());
    Json rows = Json::array();
    for (const auto& note : *notes) {
      rows.push_back({{"at", utc(note.at)},
                      {"what", note.what},
                      {"code", note.code},
                      {"why", note.why},
                      {"device", note.device},
                      {"user", note.user},
                      {"profile", note.profile},
                      {"site", note.site},
                      {"door", note.door},
                      {"address", note.address},
                      {"by", note.by}});
    }
    reply.json({{"history", std::move(rows)}});
  });
}

void JsonDoor::watch(http::Request /*request*/, http::Reply reply) {
  if (watchers_.size() >= kMostWatchers) return reply.json(Error{ErrorCode::exhausted, "too many clients watch already"});
  auto stream = reply.stream({.type = "text/event-stream", .headers = {{"Cache-Control", "no-store"}}});
  const uint64_t number = ++last_watcher_;
  stream.when_gone([this, number, alive = std::weak_ptr<bool>(alive_)] {
    if (!alive.expired()) watchers_.erase(number);
  });
  watchers_.emplace(number, std::move(stream));
}

void JsonDoor::tell(std::string_view event, const Json& data) {
  for (auto watcher = watchers_.begin(); watcher != watchers_.end();) {
    watcher = watcher->second.event(event, data) ? std::next(watcher) : watchers_.erase(watcher);
  }
}

}  // namespace tandem
