#include "host/host_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tandem {
namespace {

using Complaints = std::vector<std::string>;

const std::array<std::string_view, 4> kSections{"modules", "log", "dialplan", "limits"};
const ConfigSection kEmpty{};  // a section that is left out has its defaults

const ConfigSection& section_of(const ConfigFile& file, std::string_view name) {
  const ConfigSection* section = file.find(name);
  return section != nullptr ? *section : kEmpty;
}

// A path, resolved against the file that names it.
std::string path_of(SectionReader& reader, const ConfigSection& section, const Config& config, std::string_view key) {
  const std::string text = reader.text(key, "");
  const auto value = section.values.find(key);
  return text.empty() || value == section.values.end() ? text : config.resolve(value->second);
}

std::vector<std::string> module_names(SectionReader& reader, std::string_view key) {
  auto names = reader.list(key);
  for (const auto& name : names) {
    if (!is_module_name(name)) reader.complain(key, fmt::format("'{}' is no module name", name));
  }
  return names;
}

LoaderSettings read_modules(const ConfigSection& section, const Config& config, Complaints& complaints) {
  SectionReader reader(section, complaints);
  LoaderSettings settings;
  settings.folder = path_of(reader, section, config, "folder");
  if (settings.folder.empty()) settings.folder = default_module_folder();
  settings.autoload = reader.flag("autoload", false);
  settings.load = module_names(reader, "load");
  settings.noload = module_names(reader, "noload");
  settings.require = module_names(reader, "require");
  for (const auto& name : settings.noload) {
    const bool required = std::find(settings.require.begin(), settings.require.end(), name) != settings.require.end();
    if (required) reader.complain("noload", name + " is required too");
  }
  reader.finish();
  return settings;
}

// Log files belong to a run, not to the configuration.
std::string log_file(SectionReader& reader, std::string_view key, const std::string& state_folder) {
  const std::string text = reader.text(key, "");
  return text.empty() ? text : (std::filesystem::path(state_folder) / text).string();
}

LogSettings read_log(const ConfigSection& section, const std::string& state_folder, Complaints& complaints) {
  SectionReader reader(section, complaints);
  LogSettings settings;
  settings.level = *log_level_from(reader.choice("level", "notice", {"trace", "debug", "info", "notice", "warning", "error"}));
  settings.file = log_file(reader, "file", state_folder);
  settings.security_file = log_file(reader, "security_file", state_folder);
  reader.finish();
  return settings;
}

SwitchSettings read_limits(const ConfigSection& section, Complaints& complaints) {
  SectionReader reader(section, complaints);
  SwitchSettings settings;
  settings.max_calls = static_cast<size_t>(reader.integer("max_calls", static_cast<int64_t>(settings.max_calls), 1, 1'000'000));
  if (reader.has("emergency_numbers")) settings.emergency_numbers = reader.list("emergency_numbers");
  reader.finish();
  return settings;
}

}  // namespace

std::optional<LogLevel> log_level_from(std::string_view word) {
  constexpr std::array<std::string_view, 6> kWords{"trace", "debug", "info", "notice", "warning", "error"};
  const auto it = std::find(kWords.begin(), kWords.end(), word);
  if (it == kWords.end()) return std::nullopt;
  return static_cast<LogLevel>(it - kWords.begin());
}

Result<HostSettings> read_host_settings(const Config& config, const std::string& state_folder) {
  const auto file = config.read("tandem");
  if (!file) return file.error();
  Complaints complaints;
  for (const auto& section : file->sections) {
    if (std::find(kSections.begin(), kSections.end(), section.name) != kSections.end()) continue;
    complaints.push_back(fmt::format("{}:{}: there is no section [{}] here", section.file, section.line, section.name));
  }
  HostSettings settings;
  settings.modules = read_modules(section_of(*file, "modules"), config, complaints);
  settings.log = read_log(section_of(*file, "log"), state_folder, complaints);
  settings.calls = read_limits(section_of(*file, "limits"), complaints);
  const ConfigSection& dialplan = section_of(*file, "dialplan");
  SectionReader reader(dialplan, complaints);
  settings.dialplan = path_of(reader, dialplan, config, "file");
  reader.finish();
  if (settings.dialplan.empty()) complaints.push_back(file->path + ": [dialplan] file: is missing, so no call could be answered");
  if (!complaints.empty()) return config_error(complaints);
  return settings;
}

std::filesystem::path default_module_folder() {
  std::error_code error;
  const auto binary = std::filesystem::read_symlink("/proc/self/exe", error).parent_path();
  const auto beside = binary / "modules";
  if (std::filesystem::is_directory(beside, error)) return beside;
  return (binary / "../lib/tandem/modules").lexically_normal();
}

}  // namespace tandem
