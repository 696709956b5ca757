#include "store/device_secrets.h"

#include <fmt/format.h>

#include "store/directory_rows.h"

namespace tandem {

void DeviceSecrets::read(const ConfigFile& file, std::vector<std::string>& complaints) {
  for (const auto& section : file.sections) {
    if (section.name != "devices") {
      complaints.push_back(fmt::format("{}: [{}] unknown section: secrets stand in [devices]", place_of(section), section.name));
      continue;
    }
    for (const auto& [name, value] : section.values) {
      std::string where = fmt::format("{}:{}", value.file, value.line);
      if (!is_row_secret(value.text)) {
        complaints.push_back(fmt::format("{}: [devices] {}: {}", where, name, kRowSecretRule));
      } else if (name == "default") {
        default_ = value.text;
      } else {
        secrets_[name] = {value.text, std::move(where)};
      }
    }
  }
}

std::string DeviceSecrets::take(std::string_view device) {
  const auto it = secrets_.find(device);
  if (it == secrets_.end()) return default_;
  it->second.used = true;
  return it->second.text;
}

void DeviceSecrets::complain_of_unused(std::vector<std::string>& complaints) const {
  for (const auto& [name, secret] : secrets_) {
    if (!secret.used) complaints.push_back(fmt::format("{}: [devices] {}: no such device is declared", secret.where, name));
  }
}

}  // namespace tandem
