// logger show|level|rotate|reopen, and live lines on consoles (core set verbose). Switch thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/console.h"
#include "tandem/log.h"

namespace tandem {

std::vector<Registration> register_log_commands(Console& console);

/// The lowest level that any console has asked to see with `core set verbose LEVEL`; empty: none has.
std::optional<LogLevel> watched_level(const Console& console);
/// To every console that wants this level.
void publish_log_line(Console& console, LogLevel level, const std::string& line);

}  // namespace tandem
