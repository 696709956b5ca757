#include "host_fixture.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>

#include "base/logger.h"
#include "host/console_words.h"

namespace tandem::test {

HostFixture::~HostFixture() {
  host_.reset();
  log_close();
}

// Tests run side by side, and some load a module later on: no listener of the sample office may keep its well-known port.
void HostFixture::copy_sample_office() {
  namespace fs = std::filesystem;
  static const std::regex port(R"(^(port *= *)[0-9]+)");
  const fs::path copy = state_.path() + "/office/configs";
  fs::create_directories(copy);
  fs::create_directory_symlink(TANDEM_SOURCE_DIR "/dialplan", copy.parent_path() / "dialplan");
  for (const auto& entry : fs::directory_iterator(TANDEM_SOURCE_DIR "/configs")) {
    std::ifstream from(entry.path());
    std::ofstream to(copy / entry.path().filename());
    for (std::string line; std::getline(from, line);) to << std::regex_replace(line, port, "$010") << "\n";
  }
  configs_ = copy;
}

Result<void> HostFixture::serve(const std::string& folder, const std::vector<std::string>& modules,
                                const std::vector<std::string>& required) {
  const bool given = !configs_.empty();
  if (!given) copy_sample_office();
  Options options{.config_folder = configs_, .state_folder = state_.path()};
  options.overrides = {
      {"tandem", "modules", "folder", folder},
      {"tandem", "modules", "load", fmt::format("{}", fmt::join(modules, ","))},
      {"tandem", "modules", "require", fmt::format("{}", fmt::join(required, ","))},
      {"tandem", "log", "level", "error"},
      {"rtp", "rtp", "port_start", std::to_string(ports_.first())},
      {"rtp", "rtp", "port_end", std::to_string(ports_.last())},
  };
  if (given && std::find(modules.begin(), modules.end(), "chan_sip") != modules.end()) {
    options.overrides.push_back({"sip", "udp", "port", "0"});
  }
  auto opened = HostImpl::open(options);
  if (!opened) return opened.error();
  host_ = std::move(*opened);
  return host_->start();
}

Result<Json> HostFixture::run(const std::string& line) {
  std::optional<Result<Json>> answer;
  host_->console().commands().run(*split_words(line), [&](Result<Json> result) { answer.emplace(std::move(result)); });
  if (!turn_until([&] { return answer.has_value(); })) return Error{ErrorCode::timeout, "no answer to " + line};
  return *answer;
}

bool HostFixture::turn_until(const std::function<bool()>& done) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
  while (!done()) {
    if (std::chrono::steady_clock::now() > end) return false;
    host_->loop().step(std::chrono::milliseconds(5));
  }
  return true;
}

Json HostFixture::registrations() {
  Json all{{"console", *run("help")}, {"verbs", Json::array()}, {"listeners", *run("core show listeners")}};
  for (const auto& [name, entry] : host_->verbs().all()) all["verbs"].push_back(name);
  return all;
}

bool HostFixture::mapped(const std::string& name) {
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    if (line.ends_with('/' + name + ".so")) return true;
  }
  return false;
}

}  // namespace tandem::test
