#include "lua/lua_dialplan.h"
#include "lua/reference.h"
#include "tandem/log.h"

namespace tandem {

namespace {

const Log kLog{"dialplan"};

void reload(LuaDialplan& dialplan, ConsoleReply reply) {
  auto done = dialplan.reload();
  if (!done) return reply(done.error());
  reply(Json(*done));
}

void show(const LuaDialplan& dialplan, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.size() > 1) return reply(Error{ErrorCode::invalid, "usage: dialplan show [CONTEXT]"});
  reply(dialplan.show(args.empty() ? "" : args[0]));
}

void trace(LuaDialplan& dialplan, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.size() != 2 && (args.size() < 4 || args[2] != "at")) {
    return reply(Error{ErrorCode::invalid, "usage: dialplan trace FROM TO [at TIME]"});
  }
  std::string at;
  for (size_t i = 3; i < args.size(); ++i) at += (at.empty() ? "" : " ") + args[i];
  reply(dialplan.trace(args[0], args[1], at));
}

void reference(const LuaDialplan& dialplan, const std::vector<std::string>& args, ConsoleReply reply) {
  if (args.empty()) return reply(Json(dialplan_reference(dialplan.verbs())));
  if (args != std::vector<std::string>{"annotations"}) return reply(Error{ErrorCode::invalid, "usage: dialplan reference [annotations]"});
  reply(Json(dialplan_annotations(dialplan.verbs())));
}

}  // namespace

std::vector<Registration> register_dialplan_commands(Console& console, LuaDialplan& dialplan) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    auto added = console.add(std::move(command));
    if (added) return made.push_back(std::move(*added));
    kLog.line(LogLevel::error, "{}", added.error().message);
  };
  add({"dialplan reload", "", "Loads the dialplan anew; running calls finish on the old one, and a mistake leaves it in force.",
       [&dialplan](const std::vector<std::string>&, ConsoleReply reply_to) { reload(dialplan, std::move(reply_to)); }});
  add({"dialplan show", "[CONTEXT]", "Lists extensions in the order in which they are asked, and where they are written.",
       [&dialplan](const std::vector<std::string>& args, ConsoleReply reply_to) { show(dialplan, args, std::move(reply_to)); }});
  add({"dialplan trace", "FROM TO [at TIME]",
       "Prints what the dialplan would do, decision by decision; FROM is a device, extension, user or context, TIME is 2026-12-24T18:30, "
       "Fri "
       "18:30, 18:30 or the like.",
       [&dialplan](const std::vector<std::string>& args, ConsoleReply reply_to) { trace(dialplan, args, std::move(reply_to)); }});
  add({"dialplan reference", "[annotations]",
       "Prints the reference of what a dialplan can use here, with the verbs of all loaded modules; or annotations for the Lua language "
       "server.",
       [&dialplan](const std::vector<std::string>& args, ConsoleReply reply_to) { reference(dialplan, args, std::move(reply_to)); }});
  return made;
}

}  // namespace tandem
