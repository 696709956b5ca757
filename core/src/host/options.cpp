#include "host/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "host/console_words.h"
#include "version.h"

namespace tandem {
namespace {

constexpr const char* kDescription = R"(Tandem: an open PBX in which the extension belongs to the person, not to the phone.

  tandem -c CONFIG_DIR -s STATE_DIR              serve until SIGTERM
  tandem -c CONFIG_DIR check                     validate the whole configuration, start nothing
  tandem -c CONFIG_DIR dialplan test [FILE...]   run the dialplan's own tests, start nothing
  tandem -s STATE_DIR -r                         an interactive console: Tab completes, "help" lists the verbs
  tandem -s STATE_DIR core show calls            ask the Tandem that serves STATE_DIR ("help" lists the verbs)
  tandem -s STATE_DIR -x "sip debug on" --follow the same, and go on printing)";

}  // namespace

std::variant<Options, int> parse_options(int argc, const char* const* argv) {
  Options options{.config_folder = "/etc/tandem", .state_folder = "/var/lib/tandem"};
  std::vector<std::string> overrides;
  std::vector<std::string> words;
  CLI::App app(kDescription, "tandem");
  app.add_option("-c,--config", options.config_folder, "folder of the ini files")->capture_default_str();
  app.add_option("-s,--state", options.state_folder, "folder of databases, console socket and lock; made when missing")
      ->capture_default_str();
  auto* line = app.add_option("-x", options.console_line, "send this line to the console, print the answer, exit 0 or 1");
  bool remote = false;
  app.add_flag("-r,--remote", remote, "an interactive console of the Tandem that serves the state folder")->excludes(line);
  app.add_flag("--json", options.json, "print the answer as JSON");
  app.add_flag("--follow", options.follow, "after the answer, print what the verb publishes until interrupted");
  app.add_option("--set", overrides, "override a key for this run: FILE/SECTION/KEY=VALUE, such as sip/udp/port=0")
      ->allow_extra_args(false);
  app.add_option("--report", options.report_file, "write process id, version and listeners to this file once all are served");
  app.set_version_flag("-V,--version", fmt::format("tandem {}", host_version()));
  app.add_option("words", words, "a console verb, or: check, or: dialplan test");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    return app.exit(e) == 0 ? 0 : 1;
  }
  for (const auto& text : overrides) {
    auto parsed = ConfigFolder::parse_override(text);
    if (!parsed) return std::cerr << "--set " << text << ": " << parsed.error().message << '\n', 1;
    options.overrides.push_back(std::move(*parsed));
  }
  if (*line || !words.empty()) options.mode = Options::Mode::console;
  if (remote) options.mode = Options::Mode::session;
  if (words == std::vector<std::string>{"check"} && !*line) options.mode = Options::Mode::check;
  if (words.size() >= 2 && words[0] == "dialplan" && words[1] == "test" && !*line) {
    options.mode = Options::Mode::test_dialplan;
    options.test_files.assign(words.begin() + 2, words.end());
  }
  if (!*line) options.console_line = join_words(words);
  return options;
}

}  // namespace tandem
