#include "verbs.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

using Code = MobilityCode;

/// What the script sees: one word it can tell apart, and the published code.
std::string_view outcome(Code code) {
  switch (code) {
    case Code::done:
      return "done";
    case Code::choose:
      return "choose";
    case Code::try_again:
    case Code::blank:
      return "wrong";
    case Code::device_taken:
      return "taken";
    case Code::elsewhere:
      return "elsewhere";
    case Code::nobody_here:
      return "nobody";
    case Code::pin_change:
      return "pin-change";
    case Code::busy:
      return "busy";
    case Code::logon_disabled:
    case Code::device_disabled:
    case Code::no_device:
    case Code::device_missing:
      return "not-here";
    default:
      return "refused";
  }
}

Value result_value(const MobilityResult& result) {
  Value value{{"outcome", outcome(result.code)}, {"code", static_cast<int>(result.code)}};
  value["text"] = result.text.empty() ? phone_text(result.code) : result.text;
  if (result.session) value["user"] = result.session->user, value["profile"] = result.session->profile;
  if (!result.continuation.empty()) value["continuation"] = result.continuation;
  if (result.one_time_code) value["one_time_code"] = true;
  if (!result.profiles.empty()) {
    Value names = Value::array();
    for (const auto& one : result.profiles) names.push_back(one->id);
    value["profiles"] = std::move(names);
  }
  return value;
}

/// The verb while the service works; destroyed when the call ends, and then nobody is told.
class Waiting final : public Operation {
 public:
  using Shown = Value (*)(const MobilityResult&);
  explicit Waiting(VerbDone done, Shown shown = result_value) : done_(std::make_shared<VerbDone>(std::move(done))), shown_(shown) {}
  ~Waiting() override { *done_ = nullptr; }
  Waiting(const Waiting&) = delete;
  Waiting& operator=(const Waiting&) = delete;

  /// Told before the verb has returned: it is over then.
  bool told() const { return !*done_; }
  MobilityDone when_done() const {
    return [weak = std::weak_ptr(done_), shown = shown_](const MobilityResult& result) {
      const auto done = weak.lock();
      if (!done || !*done) return;
      VerbDone report = std::move(*done);  // the script destroys us
      *done = nullptr;
      report(shown(result));
    };
  }

 private:
  std::shared_ptr<VerbDone> done_;
  const Shown shown_;
};

MobilityOrigin origin_of(Call& call) { return {.door = "code", .address = {}, .via_proxy = false, .by = {}, .trace = call.id()}; }

Result<LoginRequest> login_request(Call& call, const Value& args) {
  const auto bad = [](std::string_view sentence) { return Error{ErrorCode::invalid, fmt::format("login: {}", sentence)}; };
  if (args.size() != 1 || !args[0].is_object()) return bad("takes a table with who and pin");
  if (!call.device()) return bad("only a phone can log somebody in");
  LoginRequest request{.origin = origin_of(call), .device = call.device()->name, .by = LoginRequest::By::any};
  const std::pair<std::string_view, std::string*> fields[] = {{"who", &request.who},
                                                              {"pin", &request.pin},
                                                              {"profile", &request.profile},
                                                              {"one_time_code", &request.one_time_code},
                                                              {"continuation", &request.continuation},
                                                              {"token", &request.token}};
  for (const auto& [key, value] : args[0].items()) {
    const auto* field = std::find_if(std::begin(fields), std::end(fields), [&key = key](const auto& one) { return one.first == key; });
    if (field == std::end(fields)) return bad(fmt::format("there is no field \"{}\"", key));
    if (!value.is_string()) return bad(fmt::format("{} must be text", key));
    *field->second = value.get<std::string>();
  }
  return request;
}

std::unique_ptr<Operation> start_login(MobilityService& service, Call& call, const Value& args, VerbDone done) {
  auto request = login_request(call, args);
  if (!request) {
    done(request.error());
    return nullptr;
  }
  call.explain(fmt::format("login at {} by feature code", request->device));
  auto waiting = std::make_unique<Waiting>(std::move(done));
  service.login(std::move(*request), waiting->when_done());
  return waiting->told() ? nullptr : std::move(waiting);
}

std::unique_ptr<Operation> start_logout(MobilityService& service, Call& call, const Value& /*args*/, VerbDone done) {
  if (!call.device()) {
    done(Error{ErrorCode::invalid, "logout: only at a phone can somebody be logged out"});
    return nullptr;
  }
  call.explain(fmt::format("logout at {} by feature code", call.device()->name));
  auto waiting = std::make_unique<Waiting>(std::move(done));
  service.logout({.origin = origin_of(call), .device = call.device()->name}, waiting->when_done());
  return waiting->told() ? nullptr : std::move(waiting);
}

/// From where a PIN is tried: a phone of ours, else the number that calls, as far as it is told.
std::string source_of(Call& call) {
  if (call.device()) return call.device()->name;
  const std::string& number = call.caller().party().number;
  return call.caller().endpoint() + "/" + (number.empty() ? "withheld" : number.substr(0, 40));
}

Value shown_value(const MobilityResult& result) {
  Value value{{"outcome", outcome(result.code)}};
  if (result.user) value["user"] = result.user->id;
  return value;
}

std::unique_ptr<Operation> start_verify(MobilityService& service, Call& call, const Value& args, VerbDone done) {
  const bool sound = args.size() == 1 && args[0].is_object() && args[0].size() == 2 && args[0].value("who", Value()).is_string() &&
                     args[0].value("pin", Value()).is_string();
  if (!sound) {
    done(Error{ErrorCode::invalid, "verify_pin: takes a table with who and pin, both text"});
    return nullptr;
  }
  auto origin = origin_of(call);
  origin.door = "voice";
  origin.address = source_of(call);
  auto waiting = std::make_unique<Waiting>(std::move(done), shown_value);
  service.check_pin(std::move(origin), args[0]["who"].get<std::string>(), LoginRequest::By::any, args[0]["pin"].get<std::string>(),
                    waiting->when_done());
  return waiting->told() ? nullptr : std::move(waiting);
}

std::unique_ptr<Operation> start_change(MobilityService& service, Call& call, const Value& args, VerbDone done) {
  PinRequest request{.origin = origin_of(call), .device = call.device() ? call.device()->name : std::string(), .by = LoginRequest::By::any};
  request.origin.address = call.device() ? std::string() : source_of(call);
  const std::pair<const char*, std::string*> fields[] = {{"who", &request.who}, {"old", &request.old_pin}, {"new", &request.new_pin}};
  bool sound = args.size() == 1 && args[0].is_object() && args[0].size() == std::size(fields);
  for (const auto& [key, into] : fields) {
    sound = sound && args[0].value(key, Value()).is_string();
    if (sound) *into = args[0][key].get<std::string>();
  }
  if (!sound) {
    done(Error{ErrorCode::invalid, "change_pin: takes a table with who, old and new, all text"});
    return nullptr;
  }
  auto waiting = std::make_unique<Waiting>(std::move(done));
  service.change_pin(std::move(request), waiting->when_done());
  return waiting->told() ? nullptr : std::move(waiting);
}

std::pair<std::string, Value> describe_change(Call& /*call*/, const Value& /*args*/) {
  return {"change somebody's PIN", Value{{"outcome", "done"}, {"code", -1}, {"text", "Done"}}};
}

std::pair<std::string, Value> describe_verify(Call& /*call*/, const Value& args) {
  const bool named = args.size() == 1 && args[0].is_object() && args[0].value("who", Value()).is_string();
  return {fmt::format("ask for the PIN of {}", named ? args[0]["who"].get<std::string>() : "somebody"), Value{{"outcome", "wrong"}}};
}

/// In a trace everybody comes in.
std::pair<std::string, Value> describe_login(Call& call, const Value& args) {
  const auto request = login_request(call, args);
  const std::string what = request ? fmt::format("log somebody in at {}", request->device) : request.error().message;
  return {what, Value{{"outcome", "done"}, {"code", -1}, {"text", "Done"}}};
}

std::pair<std::string, Value> describe_logout(Call& call, const Value& /*args*/) {
  return {fmt::format("log out whoever is at {}", call.device() ? call.device()->name : "the phone"),
          Value{{"outcome", "done"}, {"code", -1}, {"text", "Done"}}};
}

}  // namespace

Result<void> add_mobility_verbs(Host& host, MobilityService& service, std::vector<Registration>& registrations) {
  Verb login{
      .name = "login",
      .signature = "login{who = digits, pin = digits} -> result",
      .help =
          "Logs somebody in at the calling phone. `who` is a user's id, extension or badge. The result is a table: outcome (\"done\", "
          "\"wrong\", \"taken\", \"elsewhere\", \"choose\", \"pin-change\", \"busy\", \"not-here\", \"refused\"), code (the published "
          "number, -1 when "
          "done) and text. With \"choose\" come profiles (or one_time_code) and continuation: call it again with continuation and profile "
          "(or one_time_code) instead of the PIN. Calls go by the new person from the next one on.",
      .start = [&service](Call& call, const Value& args, VerbDone done) { return start_login(service, call, args, std::move(done)); },
      .dry_run = describe_login,
      .example =
          "local result = call:login { who = \"11001\", pin = \"719204\" }\nif result.outcome == \"done\" then "
          "call:play(\"prompts/welcome\") end",
  };
  Verb logout{
      .name = "logout",
      .signature = "logout() -> result",
      .help =
          "Logs out whoever is logged in at the calling phone. The result is a table as that of login; outcome \"nobody\" where nobody "
          "was.",
      .start = [&service](Call& call, const Value& args, VerbDone done) { return start_logout(service, call, args, std::move(done)); },
      .dry_run = describe_logout,
      .example = "if call:logout().outcome == \"done\" then call:play(\"prompts/goodbye\") end",
  };
  Verb verify{
      .name = "verify_pin",
      .signature = "verify_pin{who = digits, pin = digits} -> result",
      .help =
          "Whether that is the person's PIN; nothing else happens. `who` is a user's id, extension or badge. The result is a table: "
          "outcome "
          "(\"done\", \"wrong\", \"pin-change\", \"busy\") and, when done, user. A wrong PIN counts as one at a login does, for the person "
          "and "
          "for the phone or the number that calls, and locks like one; a person who does not exist is \"wrong\" after the same time.",
      .start = [&service](Call& call, const Value& args, VerbDone done) { return start_verify(service, call, args, std::move(done)); },
      .dry_run = describe_verify,
      .example =
          "local shown = call:verify_pin { who = \"11001\", pin = \"719204\" }\nif shown.outcome == \"done\" then call:act_for(shown.user) "
          "end",
  };
  Verb change{
      .name = "change_pin",
      .signature = "change_pin{who = digits, old = digits, new = digits} -> result",
      .help =
          "Gives a person another PIN, who knows the old one; the rules of extmobility.ini hold. The result is a table as that of login: "
          "outcome \"done\", \"wrong\" (the old one is), \"refused\" (with a text that says which rule) or \"busy\".",
      .start = [&service](Call& call, const Value& args, VerbDone done) { return start_change(service, call, args, std::move(done)); },
      .dry_run = describe_change,
      .example =
          "local result = call:change_pin { who = \"11001\", old = \"719204\", new = \"350176\" }\n"
          "if result.outcome ~= \"done\" then call:log(result.text) end",
  };
  for (auto* verb : {&login, &logout, &verify, &change}) {
    auto added = host.add_verb(std::move(*verb));
    if (!added) return added.error();
    registrations.push_back(std::move(*added));
  }
  return {};
}

}  // namespace tandem
