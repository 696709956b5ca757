#include <fmt/format.h>

#include <filesystem>
#include <string_view>

#include "base/ini.h"
#include "store/directory_ini.h"

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

/// A file of the configuration folder is read by its name, so that --set reaches it; one elsewhere (fresh secrets in a state folder) by its
/// path.
Result<ConfigFile> read_secrets(const Config& config, const std::string& path) {
  const std::filesystem::path file(path);
  if (file.extension() == ".ini" && file.parent_path() == std::filesystem::path(config.folder())) return config.read(file.stem().string());
  return read_ini(path, machine_ini_source());
}

}  // namespace

std::string DirectoryFiles::fingerprint() const {
  Fingerprint hash;
  // Raised whenever the same text comes to mean other rows.
  hash.add("rows 1");
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

Result<DirectoryFiles> read_directory_files(const Config& config) {
  auto directory = config.read("directory");
  if (!directory) return directory.error();
  const auto* general = directory->find("general");
  if (general == nullptr || !general->values.contains("secrets")) {
    return Error{ErrorCode::invalid,
                 fmt::format("{}:1: [general] secrets is missing: it names the file with the SIP passwords", directory->path)};
  }
  const auto& named = general->values.find("secrets")->second;
  auto secrets = read_secrets(config, config.resolve(named));
  if (!secrets && secrets.error().code == ErrorCode::not_found) {
    return Error{ErrorCode::not_found, fmt::format("{}:{}: [general] secrets: {}", named.file, named.line, secrets.error().message)};
  }
  if (!secrets) return secrets.error();
  return DirectoryFiles{std::move(*directory), std::move(*secrets)};
}

}  // namespace tandem
