// Options: the command line as a value.
#pragma once

#include <string>
#include <variant>
#include <vector>

#include "base/config_folder.h"

namespace tandem {

struct Options {
  enum class Mode { serve, check, console, session, test_dialplan };
  Mode mode = Mode::serve;
  std::string config_folder;
  std::string state_folder;
  std::vector<ConfigFolder::Override> overrides;
  std::string report_file;              ///< empty: no report
  std::string console_line;             ///< Mode::console
  std::vector<std::string> test_files;  ///< Mode::test_dialplan; empty: all
  bool json = false;
  bool follow = false;
};

/// What to do, or the exit code when everything has been said already (--help, --version, a mistake).
std::variant<Options, int> parse_options(int argc, const char* const* argv);

}  // namespace tandem
