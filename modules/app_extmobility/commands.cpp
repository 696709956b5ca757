#include "commands.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>

#include "pin_rules.h"
#include "totp.h"

namespace tandem {
namespace {

constexpr size_t kMostRows = 1000;
using Args = std::vector<std::string>;

std::string when(WallTime time) { return fmt::format("{:%Y-%m-%d %H:%M:%S}", fmt::localtime(std::chrono::system_clock::to_time_t(time))); }
std::string when(const std::optional<WallTime>& time) { return time ? when(*time) : std::string(); }

MobilityOrigin console() { return {.door = "console", .address = {}, .via_proxy = false, .by = "administrator", .trace = {}}; }

Error usage(std::string text) { return {ErrorCode::invalid, "usage: " + std::move(text)}; }

/// An answer of the service as a console's.
Result<Json> answered(const MobilityResult& result, const std::string& good) {
  if (result.ok()) return Json(good);
  const auto code = static_cast<int>(result.code);
  const std::string text(api_text(result.code));
  if (result.code == MobilityCode::choose && !result.profiles.empty()) {
    std::string names;
    for (const auto& one : result.profiles) names += " " + one->id;
    return Error{ErrorCode::invalid, "several profiles, name one:" + names};
  }
  return Error{ErrorCode::forbidden,
               result.text.empty() ? fmt::format("{} ({})", text, code) : fmt::format("{}: {} ({})", text, result.text, code)};
}

Json row_of(const LoginSession& s) {
  return {{"device", s.device}, {"user", s.user},       {"profile", s.profile}, {"since", when(s.since)}, {"until", when(s.until)},
          {"door", s.door},     {"address", s.address}, {"by", s.by},           {"version", s.version},   {"state", to_string(s.state)},
          {"reason", s.reason}};
}

class Commands {
 public:
  Commands(Console& console, MobilityService& service, const MobilityService::Parts& parts)
      : console_(console), service_(service), parts_(parts) {}

  Result<std::vector<Registration>> add_all() {
    add("extmob login", "DEVICE USER [PROFILE]", "Logs a user in at a phone, as an administrator: no PIN is asked.", &login);
    add("extmob logout", "DEVICE|all", "Logs out whoever is at a phone, or everybody.", &logout);
    add("extmob show sessions", "[USER]", "Who is logged in where, and whether the phone shows it yet.", &sessions);
    add("extmob show devices", "[AFTER]", "Phones at which people may log in, and who is there.", &devices);
    add("extmob show profiles", "USER", "What a user may choose from.", &profiles);
    add("extmob show history", "[device NAME] [user NAME] [last N]", "Logins, logouts, PINs and anomalies, the newest first.", &history);
    add("extmob explain", "DEVICE [USER]", "What a login of that user at that phone would meet, check by check, without doing it.",
        &explain);
    add("extmob pin set", "USER [PIN] [must-change]", "Gives a user a PIN, made up where none is given; it also unlocks.", &set_pin);
    add("extmob pin unlock", "USER", "A locked user may try again at once.", &unlock);
    add("extmob token", "USER DEVICE|site:SITE [MINUTES]", "A word that logs the user in once, without a PIN.", &token);
    add("extmob factor", "USER [off]", "A new secret for one-time codes, for an authenticator app; or none any more.", &factor);
    if (failed_) return *failed_;
    return std::move(made_);
  }

 private:
  using Run = void (*)(MobilityService&, const MobilityService::Parts&, const Args&, ConsoleReply);

  void add(const char* words, const char* arguments, const char* help, Run run) {
    auto added = console_.add({words, arguments, help, [&service = service_, parts = parts_, run](const Args& args, ConsoleReply reply) {
                                 run(service, parts, args, std::move(reply));
                               }});
    if (!added) {
      failed_ = added.error();
      return;
    }
    made_.push_back(std::move(*added));
  }

  static MobilityDone say(ConsoleReply reply, std::string good) {
    return [reply = std::make_shared<ConsoleReply>(std::move(reply)), good = std::move(good)](const MobilityResult& result) {
      (*reply)(answered(result, good));
    };
  }

  static void login(MobilityService& service, const MobilityService::Parts&, const Args& args, ConsoleReply reply) {
    if (args.size() < 2 || args.size() > 3) return reply(usage("extmob login DEVICE USER [PROFILE]"));
    LoginRequest request{.origin = console(), .device = args[0], .who = args[1], .by = LoginRequest::By::any};
    if (args.size() == 3) request.profile = args[2];
    service.login(std::move(request), say(std::move(reply), fmt::format("{} is logged in at {}", args[1], args[0])));
  }

  static void logout(MobilityService& service, const MobilityService::Parts&, const Args& args, ConsoleReply reply) {
    if (args.size() != 1) return reply(usage("extmob logout DEVICE|all"));
    if (args[0] != "all")
      return service.logout({.origin = console(), .device = args[0], .why = "administrator"},
                            say(std::move(reply), fmt::format("nobody is logged in at {} any more", args[0])));
    auto to = std::make_shared<ConsoleReply>(std::move(reply));
    service.logout_all(console(),
                       [to](const MobilityResult& result) { (*to)(answered(result, fmt::format("{} sessions ended", result.count))); });
  }

  static void sessions(MobilityService& service, const MobilityService::Parts& parts, const Args& args, ConsoleReply reply) {
    if (args.size() > 1) return reply(usage("extmob show sessions [USER]"));
    Json rows = Json::array();
    const auto found = args.empty() ? parts.sessions.page({}, kMostRows) : service.sessions_of(args[0]);
    for (const auto& session : found) rows.push_back(row_of(*session));
    reply(std::move(rows));
  }

  static void devices(MobilityService&, const MobilityService::Parts& parts, const Args& args, ConsoleReply reply) {
    if (args.size() > 1) return reply(usage("extmob show devices [AFTER]"));
    Json rows = Json::array();
    for (const auto& device : parts.directory.devices(args.empty() ? "" : args[0], kMostRows)) {
      if (!device->extension_mobility) continue;
      const auto who = parts.directory.occupant(*device);
      rows.push_back({{"device", device->name},
                      {"model", device->model},
                      {"site", device->site},
                      {"user", who.logged_in && who.user ? who.user->id : ""},
                      {"profile", who.profile ? who.profile->id : ""},
                      {"version", parts.sessions.version(device->name)},
                      {"last_user", parts.sessions.last_user(device->name)}});
    }
    reply(std::move(rows));
  }

  static void profiles(MobilityService&, const MobilityService::Parts& parts, const Args& args, ConsoleReply reply) {
    if (args.size() != 1) return reply(usage("extmob show profiles USER"));
    if (!parts.directory.user(args[0])) return reply(Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", args[0])});
    Json rows = Json::array();
    for (const auto& one : parts.directory.profiles_of(args[0])) {
      rows.push_back({{"profile", one->id},
                      {"model", one->model},
                      {"lines", one->lines.size()},
                      {"speed_dials", one->speed_dials.size()},
                      {"services", one->services.size()},
                      {"locale", one->locale},
                      {"class", one->calling_class}});
    }
    reply(std::move(rows));
  }

  static void history(MobilityService&, const MobilityService::Parts& parts, const Args& args, ConsoleReply reply) {
    Sessions::HistoryQuestion question;
    for (size_t i = 0; i < args.size(); i += 2) {
      const bool last = i + 1 < args.size() && args[i] == "last" && !args[i + 1].empty() && args[i + 1].size() < 6 &&
                        args[i + 1].find_first_not_of("0123456789") == std::string::npos;
      if (i + 1 < args.size() && args[i] == "device") {
        question.device = args[i + 1];
      } else if (i + 1 < args.size() && args[i] == "user") {
        question.user = args[i + 1];
      } else if (last) {
        question.most = std::stoul(args[i + 1]);
      } else {
        return reply(usage("extmob show history [device NAME] [user NAME] [last N]"));
      }
    }
    auto to = std::make_shared<ConsoleReply>(std::move(reply));
    parts.sessions.history(std::move(question), [to](Result<std::vector<SessionNote>> notes) {
      if (!notes) return (*to)(notes.error());
      Json rows = Json::array();
      for (const auto& n : *notes) {
        const std::string result = n.code < 0 ? "done" : fmt::format("{} {}", n.code, api_text(static_cast<MobilityCode>(n.code)));
        rows.push_back({{"at", when(n.at)},
                        {"what", n.what},
                        {"result", n.what == "anomaly" ? n.why : result},
                        {"device", n.device},
                        {"user", n.user},
                        {"profile", n.profile},
                        {"site", n.site},
                        {"why", n.why},
                        {"door", n.door},
                        {"address", n.address},
                        {"by", n.by}});
      }
      (*to)(std::move(rows));
    });
  }

  static void explain(MobilityService& service, const MobilityService::Parts&, const Args& args, ConsoleReply reply) {
    if (args.empty() || args.size() > 2) return reply(usage("extmob explain DEVICE [USER]"));
    Json rows = Json::array();
    for (const auto& [check, verdict] : service.explain(args[0], args.size() == 2 ? args[1] : "")) {
      rows.push_back({{"check", check}, {"verdict", verdict}});
    }
    reply(std::move(rows));
  }

  /// Without a PIN given one is made up, so that none need stand in anybody's shell history.
  static void set_pin(MobilityService& service, const MobilityService::Parts&, const Args& args, ConsoleReply reply) {
    const bool must_change = args.size() > 1 && args.back() == "must-change";
    const size_t given = args.size() - (must_change ? 1 : 0);
    if (args.empty() || given < 1 || given > 2) return reply(usage("extmob pin set USER [PIN] [must-change]"));
    const auto user = service.find_user(LoginRequest::By::any, args[0]);
    if (!user) return reply(Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", args[0])});
    const std::string pin = given == 2 ? args[1] : random_pin(*user, service.settings().pin);
    PinRequest request{
        .origin = console(), .who = user->id, .by = LoginRequest::By::user_id, .old_pin = {}, .new_pin = pin, .must_change = must_change};
    service.change_pin(std::move(request), say(std::move(reply), given == 2 ? fmt::format("{} has a new PIN", user->id)
                                                                            : fmt::format("{} has the new PIN {}", user->id, pin)));
  }

  static void unlock(MobilityService& service, const MobilityService::Parts&, const Args& args, ConsoleReply reply) {
    if (args.size() != 1) return reply(usage("extmob pin unlock USER"));
    service.unlock(console(), args[0], say(std::move(reply), fmt::format("{} may try again", args[0])));
  }

  static void token(MobilityService& service, const MobilityService::Parts&, const Args& args, ConsoleReply reply) {
    const bool number =
        args.size() < 3 || (!args[2].empty() && args[2].size() < 5 && args[2].find_first_not_of("0123456789") == std::string::npos);
    if (args.size() < 2 || args.size() > 3 || !number) return reply(usage("extmob token USER DEVICE|site:SITE [MINUTES]"));
    TokenRequest request{.origin = console(), .user = args[0]};
    constexpr std::string_view kSite = "site:";
    (args[1].starts_with(kSite) ? request.site : request.device) = args[1].starts_with(kSite) ? args[1].substr(kSite.size()) : args[1];
    if (args.size() == 3) request.lives = std::chrono::minutes(std::stoi(args[2]));
    auto to = std::make_shared<ConsoleReply>(std::move(reply));
    service.make_token(std::move(request), [to](const MobilityResult& result) { (*to)(answered(result, result.token)); });
  }

  static void factor(MobilityService&, const MobilityService::Parts& parts, const Args& args, ConsoleReply reply) {
    if (args.empty() || args.size() > 2 || (args.size() == 2 && args[1] != "off")) return reply(usage("extmob factor USER [off]"));
    if (!parts.directory.user(args[0])) return reply(Error{ErrorCode::not_found, fmt::format("there is no user \"{}\"", args[0])});
    const std::string secret = args.size() == 2 ? std::string() : totp_secret();
    const std::string good = secret.empty() ? args[0] + " has no second factor any more" : totp_uri(args[0], secret);
    auto to = std::make_shared<ConsoleReply>(std::move(reply));
    parts.credentials.set_factor(args[0], secret,
                                 [to, good](Result<void> kept) { (*to)(kept ? Result<Json>(Json(good)) : Result<Json>(kept.error())); });
  }

  Console& console_;
  MobilityService& service_;
  const MobilityService::Parts& parts_;
  std::vector<Registration> made_;
  std::optional<Error> failed_;
};

}  // namespace

Result<std::vector<Registration>> register_mobility_commands(Console& console, MobilityService& service,
                                                             const MobilityService::Parts& parts) {
  return Commands(console, service, parts).add_all();
}

}  // namespace tandem
