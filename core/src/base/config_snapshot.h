// ConfigSnapshot: all ini files of a folder as they were at one moment, and what differs between two moments. Any thread; a constant value.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tandem/config.h"

namespace tandem {

struct ConfigSnapshot {
  /// By name ("sip"). What cannot be read keeps its Error. Shared, so that copies of the map are cheap.
  std::map<std::string, std::shared_ptr<const Result<ConfigFile>>, std::less<>> files;
  /// What those that could be read were read from, as ConfigFolder::read_stamped tells it.
  std::map<std::string, std::string, std::less<>> stamps;
  /// Every mistake of syntax, one Error each.
  std::vector<Error> errors() const;
};

/// A key that is there in one only, or differs. Values are not told: some are secrets.
struct ConfigChange {
  enum class What { added, changed, removed };
  std::string file;  ///< "sip"
  std::string section;
  std::string key;
  What what = What::changed;
  /// As --set names it: "sip/udp/port".
  std::string name() const { return file + '/' + section + '/' + key; }
};

/// Sections are compared by name; of several with one name the last counts.
std::vector<ConfigChange> config_changes(const ConfigSnapshot& before, const ConfigSnapshot& after);

}  // namespace tandem
