#include "call/caller_verbs.h"

#include <fmt/format.h>

namespace tandem {

namespace {

RemoteDestinations* destinations_of(const CallerLookUp& look_up) { return look_up.destinations ? look_up.destinations() : nullptr; }

/// Whose destination a number is that somebody has typed: the user's id, or nil.
Value owner_of(const CallerLookUp& look_up, const std::string& number) {
  auto* const destinations = destinations_of(look_up);
  const auto match = destinations == nullptr ? std::nullopt : destinations->match(number);
  return match && match->may_call_in ? Value(match->user) : Value();
}

/// The user's id, or nil. A number can be forged: what comes of it is a name on a display, never a right to dial.
Value recognise(const CallerLookUp& look_up, Call& call) {
  auto* const destinations = destinations_of(look_up);
  Party& caller = call.caller_identity();
  if (destinations == nullptr || look_up.directory == nullptr || call.device() != nullptr || caller.restricted) return {};
  auto match = destinations->match(caller.number);
  if (!match || !match->may_call_in) return {};
  const auto user = look_up.directory->user(match->user);
  if (user == nullptr) return {};
  caller.number = user->extension;
  caller.name = user->name;
  call.recognised(user->id, std::move(match->id));
  return user->id;
}

Result<Value> recognise(const CallerLookUp& look_up, Call& call, const Value& args) {
  if (args.empty()) return recognise(look_up, call);
  if (args.size() > 1 || !args[0].is_string()) return Error{ErrorCode::invalid, "recognise: takes a number, as text, or nothing"};
  return owner_of(look_up, args[0].get_ref<const std::string&>());
}

Value office_number(const CallerLookUp& look_up, const Value& args) {
  auto* const destinations = destinations_of(look_up);
  if (destinations == nullptr) return {};
  auto extension = destinations->office_number(args[0].get_ref<const std::string&>());
  return extension.empty() ? Value() : Value(std::move(extension));
}

}  // namespace

std::vector<Registration> register_caller_verbs(VerbTable& verbs, const CallerLookUp& look_up) {
  std::vector<Registration> made;
  const auto add = [&](Verb verb) {
    if (auto added = verbs.add(std::move(verb))) made.push_back(std::move(*added));
  };
  add({.name = "recognise",
       .signature = "recognise(number?: string) -> string?",
       .help =
           "Looks whether a caller from outside is somebody of this office, at one of their remote destinations: the called side is then "
           "shown that person's extension and name, and the record names person and destination. Returns the user's id, nil when it is "
           "nobody's number, several people's, or withheld. Put the number into the form in which people here dial it first. It opens no "
           "way out: a number can be forged. With a number it only says whose destination that is.",
       .start = [look_up](Call& call, const Value& args, VerbDone done) -> std::unique_ptr<Operation> {
         done(recognise(look_up, call, args));
         return nullptr;
       },
       .dry_run = [look_up](Call& call, const Value& args) -> std::pair<std::string, Value> {
         const auto user = recognise(look_up, call, args);
         if (!user) return {user.error().message, Value()};
         if (!user->is_string()) return {"recognise: nobody", Value()};
         return {fmt::format("recognise: {}", user->get_ref<const std::string&>()), *user};
       },
       .example = "if not call:recognise() then call:log(call.caller.number, \"is a stranger\") end",
       .asks_only = true});
  add({.name = "office_number",
       .signature = "office_number(number: string) -> string?",
       .help = "The extension of whoever has this number as a remote destination, when calls from inside straight to it are to ring that "
               "person's line instead (reroute_to_office in mobileconnect.ini); nil when they are to go out. A dry run says nil.",
       .start = [look_up](Call& /*call*/, const Value& args, VerbDone done) -> std::unique_ptr<Operation> {
         if (args.size() != 1 || !args[0].is_string()) {
           done(Error{ErrorCode::invalid, "office_number: takes a number, as text"});
         } else {
           done(office_number(look_up, args));
         }
         return nullptr;
       },
       .dry_run = nullptr,
       .example = "local extension = call:office_number(call.dialled)\nif extension then call:dial { \"user/\" .. "
                  "directory.number(extension).owner } end",
       .asks_only = true});
  return made;
}

}  // namespace tandem
