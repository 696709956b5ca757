#include "call/move_verbs.h"

#include <fmt/format.h>

#include "call/switch.h"

namespace tandem {

namespace {

/// The script's call is on its way out: nothing more comes.
class Leaving final : public Operation {};

std::unique_ptr<Operation> take_mobile_call(Call& call, VerbDone done) {
  auto& by = static_cast<CallImpl&>(call);
  auto taken = by.services().registry.take_mobile_call(by);
  if (taken) return std::make_unique<Leaving>();
  call.explain("no mobile call is taken: " + taken.error().message);
  done(Value(taken.error().message));
  return nullptr;
}

Json rows_of(Switch& calls, const std::string& user) {
  Json rows = Json::array();
  for (const auto& one : calls.movable_calls(user)) {
    rows.push_back(
        {{"call", one.call},
         {"channel", one.channel},
         {"user", one.user},
         {"at", one.destination.empty() ? one.endpoint : one.destination},
         {"with", one.other},
         {"state", one.where},
         {"rings", one.rings},
         {"seconds left", one.left.count() > 0 ? Json(fmt::format("{:.1f}", static_cast<double>(one.left.count()) / 1000)) : Json("")}});
  }
  return rows;
}

Result<Json> told(const Result<std::string>& rings) { return rings ? Result<Json>(Json("rings " + *rings)) : Result<Json>(rings.error()); }

std::vector<std::string> names(Switch& calls) {
  std::vector<std::string> all;
  for (const auto& one : calls.movable_calls("")) {
    all.push_back(one.call);
    all.push_back(one.channel);
  }
  return all;
}

}  // namespace

std::vector<Registration> register_move_verbs(VerbTable& verbs) {
  std::vector<Registration> made;
  auto added = verbs.add({"take_mobile_call", "take_mobile_call() -> reason",
                          "The caller, at a phone, goes on with the call that they have at their mobile: the one that they have just hung "
                          "up there, else one that "
                          "is on hold there, else the one that they are in. This call ends with that. Returns only when there is nothing "
                          "to take, with the reason.",
                          [](Call& call, const Value&, VerbDone done) { return take_mobile_call(call, std::move(done)); },
                          [](Call&, const Value&) {
                            return std::pair<std::string, Value>("take_mobile_call: there is no call at a mobile", "no call at a mobile");
                          },
                          "local reason = call:take_mobile_call()\ncall:log(reason)\ncall:play { \"tone:congestion\", seconds = 2 }"});
  if (added) made.push_back(std::move(*added));
  return made;
}

std::vector<Registration> register_move_commands(Console& console, Switch& calls) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) made.push_back(std::move(*added));
  };
  const auto complete = [&calls](const std::vector<std::string>& args) { return args.empty() ? names(calls) : std::vector<std::string>(); };
  add({"mobile show calls", "[USER]",
       "Calls that can go on at another phone of their person: where they are, what rings, how long the far end waits.",
       [&calls](const auto& args, ConsoleReply reply) {
         args.size() > 1 ? reply(Error{ErrorCode::invalid, "name one user, or none"}) : reply(rows_of(calls, args.empty() ? "" : args[0]));
       }});
  add({"mobile send", "CALL|CHANNEL [DESTINATION]",
       "Rings the remote destinations of the person in a call, or the one named; the first that answers goes on with it.",
       [&calls](const auto& args, ConsoleReply reply) {
         if (args.empty() || args.size() > 2) return reply(Error{ErrorCode::invalid, "mobile send CALL|CHANNEL [DESTINATION]"});
         reply(told(calls.send_to_mobile(args[0], args.size() > 1 ? args[1] : "")));
       },
       complete});
  add({"mobile pickup", "CALL|CHANNEL [PHONE]",
       "Rings the phones of the person whose call is at a mobile, or was until a moment ago; the phone is asked to answer by itself.",
       [&calls](const auto& args, ConsoleReply reply) {
         if (args.empty() || args.size() > 2) return reply(Error{ErrorCode::invalid, "mobile pickup CALL|CHANNEL [PHONE]"});
         reply(told(calls.pick_up(args[0], args.size() > 1 ? args[1] : "")));
       },
       complete});
  return made;
}

}  // namespace tandem
