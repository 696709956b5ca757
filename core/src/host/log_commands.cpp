#include "host/log_commands.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/log_line.h"
#include "base/logger.h"
#include "host/host_settings.h"

namespace tandem {
namespace {

using Args = std::vector<std::string>;

constexpr std::string_view kVerbose = "core set verbose";
const std::vector<std::string> kLevels{"trace", "debug", "info", "notice", "warning", "error"};

std::string topic_of(LogLevel level) { return fmt::format("{} {}", kVerbose, level_word(level)); }

Json show() {
  Json rows = Json::array();
  for (const auto& [file, lost] : log_status()) {
    const bool security = file.name == "security";
    rows.push_back({{"log", file.name},
                    {"file", file.path.empty() ? "(standard error)" : file.path},
                    {"level", security ? "" : level_word(file.level)},
                    {"form", file.form == LogForm::json ? "json" : "text"},
                    {"topics", file.topics.empty() ? "" : fmt::format("{}", fmt::join(file.topics, ","))},
                    {"rotated at", file.rotate_bytes},
                    {"kept", file.path.empty() ? 0 : file.keep},
                    {"lines lost", lost}});
  }
  return rows;
}

Result<Json> set_level(const Args& args) {
  const auto level = args.empty() ? std::nullopt : log_level_from(args[0]);
  if (!level || args.size() > 2) return Error{ErrorCode::invalid, "logger level trace|debug|info|notice|warning|error [LOG]"};
  const std::string name = args.size() == 2 ? args[1] : "";
  if (auto set = log_set_level(name, *level); !set) return set.error();
  return Json(fmt::format("{} lines of {} and above from now on, until the next start or reload",
                          name.empty() ? "every log takes" : name + " takes", args[0]));
}

Result<Json> set_verbose(const Args& args) {
  if (args == Args{"off"}) return Json("no live lines");
  if (args.size() != 1 || !log_level_from(args[0])) {
    return Error{ErrorCode::invalid, "core set verbose trace|debug|info|notice|warning|error|off"};
  }
  return Json("lines of " + args[0] + " and above, as long as this console is open");
}

std::vector<std::string> complete_level(const Args& args) {
  if (args.empty()) return kLevels;
  std::vector<std::string> names;
  for (const auto& status : log_status()) names.push_back(status.file.name);
  return names;
}

}  // namespace

std::vector<Registration> register_log_commands(Console& console) {
  std::vector<Registration> made;
  const auto add = [&](ConsoleCommand command) {
    if (auto added = console.add(std::move(command))) made.push_back(std::move(*added));
  };
  add({"logger show", "", "Where log lines go, from which level, and how many were lost because the disk was too slow.",
       [](const Args&, ConsoleReply reply) { reply(show()); }});
  add({"logger level", "LEVEL [LOG]", "The level from which lines are logged, in all logs or one, until the next start or reload.",
       [](const Args& args, ConsoleReply reply) { reply(set_level(args)); }, complete_level});
  add({"logger rotate", "", "Renames the log files that keep old ones (rotate_keep), and opens all afresh.",
       [](const Args&, ConsoleReply reply) {
         log_rotate();
         reply(Json("the log files are rotated"));
       }});
  add({"logger reopen", "", "Opens the log files afresh, after they were renamed by another program.", [](const Args&, ConsoleReply reply) {
         log_reopen();
         reply(Json("the log files are opened afresh"));
       }});
  add({std::string(kVerbose), "LEVEL|off", "Live log lines on this console (tandem -r, or -x with --follow), whatever the files take.",
       [](const Args& args, ConsoleReply reply) { reply(set_verbose(args)); },
       [](const Args& args) {
         auto words = args.empty() ? kLevels : std::vector<std::string>();
         if (args.empty()) words.emplace_back("off");
         return words;
       }});
  return made;
}

std::optional<LogLevel> watched_level(const Console& console) {
  for (int level = 0; level <= static_cast<int>(LogLevel::error); ++level) {
    if (console.watched(topic_of(static_cast<LogLevel>(level)))) return static_cast<LogLevel>(level);
  }
  return std::nullopt;
}

void publish_log_line(Console& console, LogLevel level, const std::string& line) {
  for (int least = 0; least <= static_cast<int>(level); ++least) console.publish(topic_of(static_cast<LogLevel>(least)), line);
}

}  // namespace tandem
