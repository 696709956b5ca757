#include "host/core_commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/resource.h>

#include "host/host.h"
#include "version.h"

namespace tandem {
namespace {

using Args = std::vector<std::string>;

Json uptime(HostImpl& host) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(host.loop().clock().now() - host.started()).count();
  const auto text = fmt::format("{} d {:02}:{:02}:{:02}", seconds / 86400, seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
  return {{"uptime", text}, {"seconds", seconds}, {"calls since start", host.calls().total_calls()}};
}

uint64_t most_descriptors() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_NOFILE, &limit) == 0 ? limit.rlim_cur : 0;
}

std::string limit_or_none(double limit) { return limit > 0 ? fmt::format("{:.2f}", limit) : "none"; }

Json settings(HostImpl& host) {
  const auto& s = host.settings();
  const auto state = machine_state().value_or(MachineState{});
  const auto& strain = host.calls().strain();
  return {
      {"version", host_version()},
      {"process", ::getpid()},
      {"configuration", host.config().folder()},
      {"state", host.state_folder()},
      {"modules", s.modules.folder.string()},
      {"dialplan", s.dialplan},
      {"calls", fmt::format("{} of {}", host.calls().calls(), s.calls.max_calls)},
      {"emergency numbers", fmt::format("{}", fmt::join(s.calls.emergency_numbers, ", "))},
      {"load average", fmt::format("{:.2f} of {}", state.load, limit_or_none(s.strain.load))},
      {"free memory", fmt::format("{} MiB, at least {}", state.available_memory >> 20, s.strain.free_memory >> 20)},
      {"new calls", strain.empty() ? "taken" : "refused: " + strain},
      {"open files", fmt::format("{} at most", most_descriptors())},
      {"graceful stop", fmt::format("calls may last {} s more", std::chrono::duration_cast<std::chrono::seconds>(s.stop_limit).count())},
      {"silence limit", fmt::format("{} s", std::chrono::duration_cast<std::chrono::seconds>(s.calls.silence_limit).count())},
      {"stopping", host.shutdown().describe()}};
}

}  // namespace

std::vector<Registration> register_core_commands(Console& console, HostImpl& host) {
  std::vector<Registration> made;
  const auto add = [&](std::string words, std::string help, auto answer) {
    auto run = [answer](const Args&, ConsoleReply reply) { reply(answer()); };
    if (auto added = console.add({std::move(words), "", std::move(help), run})) made.push_back(std::move(*added));
  };
  add("core show uptime", "How long Tandem has been running.", [&host] { return uptime(host); });
  add("core show version", "Version, and what a module must have been built with.", [] {
    return Json{{"version", host_version()}, {"build", host_build_id()}};
  });
  add("core show settings", "Folders, limits and how far they are used, and whether new calls are taken.",
      [&host] { return settings(host); });
  add("core show listeners", "Addresses on which modules serve.", [&host] { return listeners_json(host.listeners()); });
  auto reload = console.add(
      {"core reload", "", "Reads the whole configuration anew, checks it, and takes it into force or changes nothing. Says what differs.",
       [&host](const Args&, ConsoleReply reply) { host.reload().everything(std::move(reply)); }});
  if (reload) made.push_back(std::move(*reload));
  return made;
}

}  // namespace tandem
