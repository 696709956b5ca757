#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "base/ini.h"
#include "base/ini_stamp.h"
#include "store/directory_ini.h"
#include "tandem/console.h"

namespace tandem {
namespace {

/// FNV-1a, 64 bits: it only has to tell an edit from no edit.
class Fingerprint {
 public:
  void add(std::string_view text) {
    for (const char c : text) one(static_cast<unsigned char>(c));
    one(0);
  }
  uint64_t value() const { return hash_; }

 private:
  void one(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3; }
  uint64_t hash_ = 0xcbf29ce484222325;
};

// Raised whenever the same text comes to mean other rows.
constexpr const char* kMeaning = "rows 1";

/// A file of the configuration folder is read by its name, so that --set reaches it; one elsewhere (fresh secrets in a state folder) by its
/// path. The two do not look alike: a path is absolute.
std::string name_of_secrets(const ConfigFolder& config, const std::string& path) {
  const std::filesystem::path file(path);
  const bool inside = file.extension() == ".ini" && file.parent_path() == std::filesystem::path(config.folder());
  return inside ? file.stem().string() : path;
}

bool is_path(const std::string& name) { return name.starts_with('/'); }

Result<ConfigFolder::Stamped> read_secrets(const ConfigFolder& config, const std::string& name) {
  if (!is_path(name)) return config.read_stamped(name);
  const IniSource machine = machine_ini_source();
  IniStamp stamp;
  auto file = read_ini(name, stamp.recording(machine));
  if (!file) return file.error();
  return ConfigFolder::Stamped{std::move(*file), stamp.text()};
}

}  // namespace

std::string DirectoryFiles::fingerprint() const {
  Fingerprint hash;
  hash.add(kMeaning);
  for (const auto* file : {&directory, &secrets}) {
    for (const auto& section : file->sections) {
      hash.add("[");
      hash.add(section.name);
      for (const auto& [key, value] : section.values) {
        hash.add(key);
        hash.add(value.text);
      }
    }
    hash.add("end of file");
  }
  return fmt::format("{:016x}", hash.value());
}

Result<DirectoryFiles> read_directory_files(const ConfigFolder& config) {
  auto directory = config.read_stamped("directory");
  if (!directory) return directory.error();
  const auto* general = directory->file.find("general");
  if (general == nullptr || !general->values.contains("secrets")) {
    return Error{ErrorCode::invalid,
                 fmt::format("{}:1: [general] secrets is missing: it names the file with the SIP passwords", directory->file.path)};
  }
  const auto& named = general->values.find("secrets")->second;
  const std::string name = name_of_secrets(config, config.resolve(named));
  auto secrets = read_secrets(config, name);
  if (!secrets && secrets.error().code == ErrorCode::not_found) {
    return Error{ErrorCode::not_found, fmt::format("{}:{}: [general] secrets: {}", named.file, named.line, secrets.error().message)};
  }
  if (!secrets) return secrets.error();
  const Json sources{{"meaning", kMeaning}, {"directory", directory->stamp}, {"secrets_name", name}, {"secrets", secrets->stamp}};
  return DirectoryFiles{std::move(directory->file), std::move(secrets->file), sources.dump(-1, ' ', false, Json::error_handler_t::replace)};
}

bool directory_files_unchanged(const ConfigFolder& config, const std::string& text) {
  const Json sources = Json::parse(text, nullptr, false);
  const auto part = [&sources](const char* name) { return sources.is_object() ? sources.value(name, std::string()) : std::string(); };
  if (part("meaning") != kMeaning || !config.unchanged("directory", part("directory"))) return false;
  const std::string name = part("secrets_name");
  return is_path(name) ? IniStamp::holds(part("secrets"), machine_ini_source()) : config.unchanged(name, part("secrets"));
}

}  // namespace tandem
