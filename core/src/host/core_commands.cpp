#include "host/core_commands.h"

#include <fmt/format.h>

#include "host/host.h"
#include "version.h"

namespace tandem {
namespace {

Json uptime(HostImpl& host) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(host.loop().clock().now() - host.started()).count();
  const auto text = fmt::format("{} d {:02}:{:02}:{:02}", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  return {{"uptime", text}, {"seconds", seconds}, {"calls since start", host.calls().total_calls()}};
}

Result<Json> stop(HostImpl& host, const std::vector<std::string>& args) {
  if (args == std::vector<std::string>{"now"}) {
    host.stop();
    return Json("stopping: calls are hung up");
  }
  if (args == std::vector<std::string>{"gracefully"}) {
    host.stop_when_idle();
    return Json(fmt::format("stopping when {} calls have ended; new ones are refused", host.calls().calls()));
  }
  return Error{ErrorCode::invalid, "say now or gracefully"};
}

Result<Json> set_level(const std::vector<std::string>& args) {
  const auto level = args.size() == 1 ? log_level_from(args[0]) : std::nullopt;
  if (!level) return Error{ErrorCode::invalid, "say trace, debug, info, notice, warning or error"};
  log_set_level(*level);
  return Json("lines of " + args[0] + " and above are logged from now on");
}

Result<Json> rotate(HostImpl& host) {
  if (auto reopened = host.reopen_log(); !reopened) return reopened.error();
  return Json("the log files are opened afresh");
}

Result<Json> reload_directory(HostImpl& host) {
  auto changed = host.directory().reload();
  if (!changed) return changed.error();
  return Json(std::move(*changed));
}

}  // namespace

std::vector<Registration> register_core_commands(Console& console, HostImpl& host) {
  std::vector<Registration> made;
  const auto add = [&](std::string words, std::string arguments, std::string help, auto answer) {
    auto run = [answer](const std::vector<std::string>& args, ConsoleReply reply) { reply(answer(args)); };
    if (auto added = console.add({std::move(words), std::move(arguments), std::move(help), run})) made.push_back(std::move(*added));
  };
  using Args = std::vector<std::string>;
  add("core show uptime", "", "How long Tandem has been running.", [&host](const Args&) -> Result<Json> { return uptime(host); });
  add("core show version", "", "Version, and what a module must have been built with.", [](const Args&) -> Result<Json> {
    return Json{{"version", host_version()}, {"build", host_build_id()}};
  });
  add("core show listeners", "", "Addresses on which modules serve.",
      [&host](const Args&) -> Result<Json> { return listeners_json(host.listeners()); });
  add("core stop", "now|gracefully", "Ends Tandem: at once, or when the last call has ended.",
      [&host](const Args& args) { return stop(host, args); });
  add("directory reload", "", "Reads directory.ini anew; on a mistake everything stays as it was.",
      [&host](const Args&) { return reload_directory(host); });
  add("logger set level", "LEVEL", "Logs lines of this level and above until the next start.",
      [](const Args& args) { return set_level(args); });
  add("logger rotate", "", "Opens the log files afresh, after they were renamed.", [&host](const Args&) { return rotate(host); });
  return made;
}

}  // namespace tandem
