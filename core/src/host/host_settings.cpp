#include "host/host_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace tandem {
namespace {

using Complaints = std::vector<std::string>;

const std::array<std::string_view, 6> kSections{"modules", "log", "dialplan", "limits", "calls", "hep"};
const std::string kLogPrefix = "log ";  // [log NAME]: a further log file
const ConfigSection kEmpty{};           // a section that is left out has its defaults

bool is_section(std::string_view name) {
  return name.starts_with(kLogPrefix) || std::find(kSections.begin(), kSections.end(), name) != kSections.end();
}

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

LogFile read_log_file(SectionReader& reader, std::string name, const std::string& state_folder) {
  LogFile file{.name = std::move(name), .path = log_file(reader, "file", state_folder)};
  file.level = *log_level_from(reader.choice("level", "notice", {"trace", "debug", "info", "notice", "warning", "error"}));
  file.form = reader.choice("form", "text", {"text", "json"}) == "json" ? LogForm::json : LogForm::text;
  file.rotate_bytes = static_cast<size_t>(reader.bytes("rotate_size", 0));
  file.keep = static_cast<int>(reader.integer("rotate_keep", 5, 0, 1000));
  return file;
}

// [log] is the main file, or standard error, and the security log; each [log NAME] is one more file.
LogSettings read_log(const ConfigFile& file, const std::string& state_folder, Complaints& complaints) {
  SectionReader main(section_of(file, "log"), complaints);
  LogSettings settings;
  settings.files.push_back(read_log_file(main, "main", state_folder));
  if (const auto path = log_file(main, "security_file", state_folder); !path.empty()) {
    settings.security = settings.files[0];  // rotated alike
    settings.security->name = "security";
    settings.security->path = path;
    settings.security->form = LogForm::text;  // the form that filters know
  }
  main.finish();
  for (const auto& section : file.sections) {
    if (!section.name.starts_with(kLogPrefix)) continue;
    SectionReader reader(section, complaints);
    auto one = read_log_file(reader, section.name.substr(kLogPrefix.size()), state_folder);
    one.topics = reader.list("topics");
    if (one.path.empty()) reader.complain("file", "is missing: [log] alone may be standard error");
    if (one.name == "main" || one.name == "security") reader.complain("file", "the names main and security are those of [log]");
    reader.finish();
    settings.files.push_back(std::move(one));
  }
  return settings;
}

double decimal(SectionReader& reader, std::string_view key) {
  const std::string text = reader.text(key, "0");
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::fixed);
  if (error == std::errc() && end == text.data() + text.size() && value >= 0 && value <= 10000) return value;
  reader.complain(key, "must be a number from 0 to 10000, such as 3.5");
  return 0;
}

void read_limits(const ConfigSection& section, HostSettings& settings, Complaints& complaints) {
  SectionReader reader(section, complaints);
  auto& calls = settings.calls;
  calls.max_calls = static_cast<size_t>(reader.integer("max_calls", static_cast<int64_t>(calls.max_calls), 1, 1'000'000));
  if (reader.has("emergency_numbers")) calls.emergency_numbers = reader.list("emergency_numbers");
  settings.strain.load = decimal(reader, "max_load");
  settings.strain.free_memory = static_cast<uint64_t>(reader.bytes("min_free_memory", 0));
  settings.stop_limit = reader.duration("stop_limit", settings.stop_limit);
  reader.finish();
}

void read_calls(const ConfigSection& section, SwitchSettings& calls, Complaints& complaints) {
  SectionReader reader(section, complaints);
  calls.remote_decline_ends_call = reader.flag("remote_decline_ends_call", calls.remote_decline_ends_call);
  reader.finish();
}

HepSettings read_hep(const ConfigSection& section, Complaints& complaints) {
  SectionReader reader(section, complaints);
  HepSettings settings;
  if (!reader.text("server", "").empty()) settings.server = reader.address("server", "");
  settings.identity.capture_id = static_cast<uint32_t>(reader.integer("capture_id", 2001, 0, UINT32_MAX));
  settings.identity.password = reader.text("password", "");
  settings.sip = reader.flag("sip", true);
  settings.rtcp = reader.flag("rtcp", true);
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
    if (is_section(section.name)) continue;
    complaints.push_back(fmt::format("{}:{}: there is no section [{}] here", section.file, section.line, section.name));
  }
  HostSettings settings;
  settings.modules = read_modules(section_of(*file, "modules"), config, complaints);
  settings.log = read_log(*file, state_folder, complaints);
  read_limits(section_of(*file, "limits"), settings, complaints);
  read_calls(section_of(*file, "calls"), settings.calls, complaints);
  settings.hep = read_hep(section_of(*file, "hep"), complaints);
  if (auto features = read_feature_settings(config); features) {
    settings.features = std::move(*features);
  } else {
    complaints.push_back(features.error().message);
  }
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
