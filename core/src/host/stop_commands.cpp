#include "host/stop_commands.h"

#include <map>

namespace tandem {
namespace {

using Args = std::vector<std::string>;

Result<Json> begin(Shutdown& shutdown, const Args& args, bool restart) {
  static const std::map<std::string, Shutdown::Way, std::less<>> kWays{
      {"now", Shutdown::Way::now}, {"gracefully", Shutdown::Way::gracefully}, {"when-convenient", Shutdown::Way::when_convenient}};
  const auto way = args.size() == 1 ? kWays.find(args[0]) : kWays.end();
  if (way == kWays.end()) return Error{ErrorCode::invalid, "say now, gracefully or when-convenient"};
  return Json(shutdown.begin(way->second, restart));
}

Result<Json> stop(Shutdown& shutdown, const Args& args) {
  if (args != Args{"cancel"}) return begin(shutdown, args, false);
  if (auto cancelled = shutdown.cancel(); !cancelled) return cancelled.error();
  return Json("not stopping: new calls are taken again");
}

}  // namespace

std::vector<Registration> register_stop_commands(Console& console, Shutdown& shutdown) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) made.push_back(std::move(*added));
  };
  add({"core stop", "now|gracefully|when-convenient|cancel",
       "Ends Tandem: at once; when the last call has ended, with no new ones; at the first moment without a call. Or not after all.",
       [&shutdown](const Args& args, ConsoleReply reply) { reply(stop(shutdown, args)); }});
  add({"core restart", "now|gracefully|when-convenient",
       "The same, and begins anew with the same command line; `core stop cancel` undoes it.",
       [&shutdown](const Args& args, ConsoleReply reply) { reply(begin(shutdown, args, true)); }});
  return made;
}

}  // namespace tandem
