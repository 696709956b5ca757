#include "base/config_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/ini_stamp.h"

namespace tandem {

namespace {

constexpr const char* kSetFile = "--set";

bool is_file_name(std::string_view name) {
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string spell(const ConfigFolder::Override& o) { return fmt::format("{}/{}/{}", o.file, o.section, o.key); }

}  // namespace

ConfigFolder::ConfigFolder(std::string folder, std::vector<Override> overrides, IniSource source)
    : folder_(std::move(folder)),
      absolute_(std::filesystem::absolute(folder_).lexically_normal().string()),
      working_directory_(std::filesystem::current_path().string()),
      overrides_(std::move(overrides)),
      source_(std::move(source)),
      used_(overrides_.size(), false) {}

Result<ConfigFolder::Override> ConfigFolder::parse_override(std::string_view text) {
  const auto equals = text.find('=');
  const auto path = text.substr(0, equals);
  const auto first = path.find('/');
  const auto last = path.rfind('/');
  if (equals == std::string_view::npos || first == std::string_view::npos || first == last) {
    return Error{ErrorCode::invalid, "--set needs FILE/SECTION/KEY=VALUE, for example sip/udp/port=0"};
  }
  Override o{std::string(trim(path.substr(0, first))), std::string(trim(path.substr(first + 1, last - first - 1))),
             std::string(trim(path.substr(last + 1))), std::string(text.substr(equals + 1))};
  if (o.file.ends_with(".ini")) o.file.resize(o.file.size() - 4);
  if (!is_file_name(o.file)) return Error{ErrorCode::invalid, "--set: the file is named like \"sip\", without a path"};
  if (o.section.empty() || o.key.empty()) return Error{ErrorCode::invalid, "--set: the section or the key is empty"};
  return o;
}

Result<ConfigFile> ConfigFolder::read(std::string_view name) const {
  auto stamped = read_stamped(name);
  if (!stamped) return stamped.error();
  return std::move(stamped->file);
}

Result<ConfigFolder::Stamped> ConfigFolder::read_stamped(std::string_view name) const {
  if (!is_file_name(name)) return Error{ErrorCode::invalid, fmt::format("\"{}\" is not the name of an ini file", name)};
  std::shared_ptr<const ConfigSnapshot> held;
  {
    const std::lock_guard lock(mutex_);
    held = held_;
    if (held != nullptr) read_while_held_.emplace(name);
  }
  if (held == nullptr) return read_afresh(name);
  const auto it = held->files.find(name);
  if (it == held->files.end()) return Error{ErrorCode::not_found, fmt::format("there is no {}", path_of(name))};
  if (!*it->second) return it->second->error();
  const auto stamp = held->stamps.find(name);
  return Stamped{**it->second, stamp == held->stamps.end() ? std::string() : stamp->second};
}

bool ConfigFolder::unchanged(std::string_view name, std::string_view stamp) const {
  std::shared_ptr<const ConfigSnapshot> held;
  {
    const std::lock_guard lock(mutex_);
    held = held_;
  }
  if (held != nullptr) {
    const auto now = held->stamps.find(name);
    return now != held->stamps.end() && now->second == stamp;
  }
  const auto end = stamp.find('\n');
  const auto first = stamp.substr(0, end);
  if (end == std::string_view::npos || first != stamp_of_overrides(name)) return false;
  stamp.remove_prefix(end + 1);
  if (!IniStamp::holds(stamp, source_)) return false;
  mark_used(name);
  return true;
}

std::string ConfigFolder::path_of(std::string_view name) const {
  return (std::filesystem::path(folder_) / fmt::format("{}.ini", name)).string();
}

ConfigSnapshot ConfigFolder::snapshot(const std::set<std::string, std::less<>>& without) const {
  ConfigSnapshot all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error)) {
    const auto name = entry.path().stem().string();
    if (entry.path().extension() != ".ini" || !is_file_name(name) || without.contains(name)) continue;
    auto read = read_afresh(name);
    if (read) all.stamps.emplace(name, std::move(read->stamp));
    all.files.emplace(name, std::make_shared<const Result<ConfigFile>>(read ? Result<ConfigFile>(std::move(read->file)) : read.error()));
  }
  return all;
}

void ConfigFolder::hold(std::shared_ptr<const ConfigSnapshot> snapshot) {
  const std::lock_guard lock(mutex_);
  held_ = std::move(snapshot);
  read_while_held_.clear();
}

std::set<std::string, std::less<>> ConfigFolder::read_while_held() const {
  const std::lock_guard lock(mutex_);
  return read_while_held_;
}

Result<ConfigFolder::Stamped> ConfigFolder::read_afresh(std::string_view name) const {
  const auto path = path_of(name);
  IniStamp stamp;
  auto file = read_ini(path, stamp.recording(source_));
  if (!file) {
    if (file.error().code == ErrorCode::not_found) return Error{ErrorCode::not_found, fmt::format("there is no {}", path)};
    return file.error();
  }
  std::vector<std::string> complaints;
  apply_overrides(name, *file, complaints);
  if (!complaints.empty()) return config_error(complaints);
  return Stamped{std::move(*file), stamp_of_overrides(name) + '\n' + stamp.text()};
}

/// With the file's own path and the working directory, against which relative paths of --set count: another folder is another stamp.
std::string ConfigFolder::stamp_of_overrides(std::string_view name) const {
  std::string all = path_of(name) + '\0' + working_directory_;
  for (const auto& o : overrides_) {
    if (o.file != name) continue;
    for (const auto* part : {&o.section, &o.key, &o.value}) {
      all += '\0';
      all += *part;
    }
  }
  return IniStamp::hash(all);
}

void ConfigFolder::mark_used(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  for (size_t i = 0; i < overrides_.size(); ++i) {
    if (overrides_[i].file == name) used_[i] = true;
  }
}

void ConfigFolder::apply_overrides(std::string_view name, ConfigFile& file, std::vector<std::string>& complaints) const {
  mark_used(name);
  for (size_t i = 0; i < overrides_.size(); ++i) {
    const auto& o = overrides_[i];
    if (o.file != name) continue;
    const auto line = static_cast<int>(i + 1);
    const auto section = std::find_if(file.sections.begin(), file.sections.end(), [&](const auto& s) { return s.name == o.section; });
    if (section == file.sections.end()) {
      complaints.push_back(fmt::format("{}:{}: {}: there is no section [{}] in {}", kSetFile, line, spell(o), o.section, file.path));
      continue;
    }
    section->values[o.key] = {o.value, kSetFile, line};
  }
}

std::string ConfigFolder::resolve(const ConfigValue& value) const {
  const auto folder = value.file == kSetFile ? std::filesystem::path(folder_) : std::filesystem::path(value.file).parent_path();
  return (std::filesystem::path(working_directory_) / folder / value.text).lexically_normal().string();
}

Result<void> ConfigFolder::unused_overrides() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> complaints;
  for (size_t i = 0; i < overrides_.size(); ++i) {
    if (used_[i]) continue;
    complaints.push_back(
        fmt::format("{}:{}: {}: nothing reads {}.ini in this run", kSetFile, i + 1, spell(overrides_[i]), overrides_[i].file));
  }
  if (complaints.empty()) return {};
  return config_error(complaints);
}

}  // namespace tandem
