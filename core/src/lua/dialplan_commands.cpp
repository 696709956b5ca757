#include "lua/lua_dialplan.h"
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
  if (args.size() != 2) return reply(Error{ErrorCode::invalid, "usage: dialplan trace FROM TO"});
  reply(dialplan.trace(args[0], args[1]));
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
  add({"dialplan trace", "FROM TO",
       "Prints what the dialplan would do, decision by decision; FROM is a device, extension, user or context.",
       [&dialplan](const std::vector<std::string>& args, ConsoleReply reply_to) { trace(dialplan, args, std::move(reply_to)); }});
  return made;
}

}  // namespace tandem
