#include "call/line_commands.h"

#include <fmt/format.h>

#include <utility>

#include "call/line_verbs.h"

namespace tandem {

namespace {

/// Whoever is named by id or extension.
Result<std::string> person(Switch& calls, const std::string& word) {
  Directory& directory = calls.directory();
  if (const auto user = directory.user(word)) return user->id;
  const auto number = directory.number(word);
  if (number && number->kind == Number::Kind::user) return number->owner;
  return Error{ErrorCode::not_found, fmt::format("there is no user or extension {}", word)};
}

Json row(Switch& calls, const std::string& user) {
  Json object{{"user", user}};
  const Json settings = line_json(*calls.lines()->of(user));
  for (const auto& [key, value] : settings.items()) object[key] = value;
  Json phones = Json::array();
  for (const auto& name : calls.directory().devices_of(user)) {
    const auto device = calls.directory().device(name);
    if (device) phones.push_back(fmt::format("{}: dnd {}", name, to_string(calls.lines()->dnd_at(*device))));
  }
  object["phones"] = std::move(phones);
  return object;
}

void originate(Switch& calls, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.size() != 3) return reply(Error{ErrorCode::invalid, "channel originate USER FIRST SECOND: whom to call first, and then"});
  auto user = person(calls, args[0]);
  if (!user) return reply(user.error());
  CallbackOrder order{*user, {}, args[2]};
  order.first.number = args[1];
  order.first.too_late = std::chrono::milliseconds(0);
  if (auto* const remote = calls.remote_destinations(); remote != nullptr) {
    for (const auto& one : remote->may_move_to(*user)) {
      if (args[1] != one.id && *user + "/" + args[1] != one.id && args[1] != one.number) continue;
      order.first.id = one.id;
      order.first.number = one.number;
    }
  }
  auto call = calls.call_back(order);
  call ? reply(Json{{"call", *call}, {"user", *user}, {"first", order.first.number}, {"second", order.second}}) : reply(call.error());
}

void set(Switch& calls, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.size() != 3) return reply(Error{ErrorCode::invalid, "line set USER KEY NUMBER|off, or line set USER dnd off|silent|reject"});
  auto user = person(calls, args[0]);
  if (!user) return reply(user.error());
  LineChange change;
  if (auto known = set_key(change, args[1], args[2]); !known) return reply(known.error());
  if (auto may = check_change(calls, *user, change); !may) return reply(may.error());
  calls.lines()->change(*user, std::move(change), [&calls, user = *user, reply = std::move(reply)](Result<void> written) mutable {
    written ? reply(row(calls, user)) : reply(written.error());
  });
}

}  // namespace

std::vector<Registration> register_line_commands(Console& console, Switch& calls) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) made.push_back(std::move(*added));
  };
  add({"line show", "USER|EXTENSION", "Where calls to a person's line go instead, and whether they want to be disturbed.",
       [&calls](const auto& args, ConsoleReply reply) {
         if (args.size() != 1) return reply(Error{ErrorCode::invalid, "name one user or extension"});
         const auto user = person(calls, args[0]);
         user ? reply(row(calls, *user)) : reply(user.error());
       }});
  add({"line set", "USER|EXTENSION forward_all|forward_busy|forward_no_answer|forward_unregistered|dnd VALUE",
       "Sets that: a number as the person would dial it, or \"off\"; dnd is off, silent or reject.",
       [&calls](const auto& args, ConsoleReply reply) { set(calls, args, std::move(reply)); },
       [](const auto& args) {
         if (args.size() == 1)
           return std::vector<std::string>{"forward_all", "forward_busy", "forward_no_answer", "forward_unregistered", "dnd"};
         return args.size() == 2 ? std::vector<std::string>{"off", "silent", "reject"} : std::vector<std::string>();
       }});
  add({"channel originate", "USER|EXTENSION FIRST SECOND",
       "Calls a person at FIRST (a number, their own extension, or one of their destinations), and then SECOND for them.",
       [&calls](const auto& args, ConsoleReply reply) { originate(calls, args, std::move(reply)); }});
  return made;
}

}  // namespace tandem
