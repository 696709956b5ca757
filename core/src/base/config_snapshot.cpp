#include "base/config_snapshot.h"

#include <tuple>

namespace tandem {
namespace {

using Keys = std::map<std::tuple<std::string, std::string, std::string>, std::string>;

Keys keys_of(const ConfigSnapshot& snapshot) {
  Keys keys;
  for (const auto& [name, file] : snapshot.files) {
    if (!*file) continue;
    for (const auto& section : (*file)->sections) {
      for (const auto& [key, value] : section.values) keys[{name, section.name, key}] = value.text;
    }
  }
  return keys;
}

}  // namespace

std::vector<Error> ConfigSnapshot::errors() const {
  std::vector<Error> all;
  for (const auto& [name, file] : files) {
    if (!*file) all.push_back(file->error());
  }
  return all;
}

std::vector<ConfigChange> config_changes(const ConfigSnapshot& before, const ConfigSnapshot& after) {
  const Keys old_keys = keys_of(before);
  const Keys new_keys = keys_of(after);
  std::vector<ConfigChange> changes;
  const auto add = [&](const Keys::key_type& key, ConfigChange::What what) {
    changes.push_back({std::get<0>(key), std::get<1>(key), std::get<2>(key), what});
  };
  for (const auto& [key, text] : new_keys) {
    const auto old = old_keys.find(key);
    if (old != old_keys.end() && old->second == text) continue;
    add(key, old == old_keys.end() ? ConfigChange::What::added : ConfigChange::What::changed);
  }
  for (const auto& [key, text] : old_keys) {
    if (!new_keys.contains(key)) add(key, ConfigChange::What::removed);
  }
  return changes;
}

}  // namespace tandem
