#include "host/check.h"

#include <algorithm>
#include <filesystem>
#include <sstream>

#include "base/config_folder.h"
#include "host/host_settings.h"
#include "lua/lua_dialplan.h"
#include "media/media_settings.h"
#include "store/directory_store.h"

namespace tandem {
namespace {

class Complaints {
 public:
  // A file that two parts read is complained about once.
  void add(const std::string& text) {
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty() && std::find(all_.begin(), all_.end(), line) == all_.end()) all_.push_back(line);
    }
  }
  template <class T>
  bool keep(const Result<T>& result) {
    if (!result) add(result.error().message);
    return static_cast<bool>(result);
  }
  std::vector<std::string> take() { return std::move(all_); }

 private:
  std::vector<std::string> all_;
};

// Files of parts that are not loaded must at least be readable.
void check_syntax(const Config& config, Complaints& complaints) {
  std::error_code error;
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(config.folder(), error)) {
    if (file.path().extension() == ".ini") names.push_back(file.path().stem());
  }
  std::sort(names.begin(), names.end());
  for (const auto& name : names) complaints.keep(config.read(name));
}

void check_module_settings(const LoaderSettings& settings, const Config& config, Complaints& complaints) {
  for (const auto& name : wanted_modules(settings)) {
    const auto file = ModuleFile::open(settings.folder, name);
    if (file && file->info().check != nullptr) complaints.keep(file->info().check(config));
  }
}

}  // namespace

std::vector<std::string> check_everything(const Options& options) {
  Complaints complaints;
  const ConfigFolder config(options.config_folder, options.overrides);
  const auto settings = read_host_settings(config, options.state_folder);
  complaints.keep(settings);
  complaints.keep(DirectoryStore::check(config));
  complaints.keep(read_media_settings(config));
  complaints.keep(Tones::read(config));
  if (settings) {
    complaints.keep(LuaDialplan::check(settings->dialplan));
    for (const auto& sentence : check_modules(settings->modules)) complaints.add(sentence);
    check_module_settings(settings->modules, config, complaints);
    complaints.keep(config.unused_overrides());
  }
  check_syntax(config, complaints);
  return complaints.take();
}

}  // namespace tandem
