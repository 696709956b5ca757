// ConfigFolder: the folder of ini files given by -c, with the --set overrides of this run. Any thread.
#pragma once

#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/config_snapshot.h"
#include "base/ini.h"
#include "tandem/config.h"

namespace tandem {

/// A value that comes from --set reports its place as file "--set", line N for the Nth override.
/// An override replaces a key of a section, or adds one; the section must exist, so that a misspelt one is a mistake and not a no-op.
class ConfigFolder final : public Config {
 public:
  struct Override {
    std::string file;  ///< "sip" for sip.ini
    std::string section;
    std::string key;
    std::string value;  ///< verbatim: no quotes, comments or environment values in it
  };

  /// `folder` may be relative to the working directory of this moment; complaints name files as it was given.
  ConfigFolder(std::string folder, std::vector<Override> overrides, IniSource source = machine_ini_source());

  /// "FILE/SECTION/KEY=VALUE". A section's name may itself hold slashes, the others may not.
  static Result<Override> parse_override(std::string_view text);

  Result<ConfigFile> read(std::string_view name) const override;
  /// The same, and what it was read from: whoever keeps that can ask unchanged() later.
  struct Stamped {
    ConfigFile file;
    std::string stamp;
  };
  Result<Stamped> read_stamped(std::string_view name) const;
  /// True when read_stamped(name) would have this stamp. Parses nothing: a hundred thousand sections cost what their bytes cost.
  bool unchanged(std::string_view name, std::string_view stamp) const;
  /// A relative path from --set is taken against this folder, as if it stood in the ini file whose key it replaces.
  std::string resolve(const ConfigValue& value) const override;
  std::string folder() const override { return absolute_; }

  /// Every ini file of the folder but those named in `without` afresh, whatever is held.
  ConfigSnapshot snapshot(const std::set<std::string, std::less<>>& without = {}) const;
  /// From now on read() answers out of `snapshot`: everybody judges the same state of the files. Null: out of the files again.
  void hold(std::shared_ptr<const ConfigSnapshot> snapshot);
  /// The files that were asked for while something is held.
  std::set<std::string, std::less<>> read_while_held() const;

  /// After everything has been read: invalid, one a line, for each override whose file nobody has read.
  Result<void> unused_overrides() const;

 private:
  std::string path_of(std::string_view name) const;
  Result<Stamped> read_afresh(std::string_view name) const;
  std::string stamp_of_overrides(std::string_view name) const;
  void mark_used(std::string_view name) const;
  void apply_overrides(std::string_view name, ConfigFile& file, std::vector<std::string>& complaints) const;

  const std::string folder_;
  const std::string absolute_;
  const std::string working_directory_;
  const std::vector<Override> overrides_;
  const IniSource source_;
  mutable std::mutex mutex_;        // guards what follows
  mutable std::vector<bool> used_;  // by index in overrides_
  std::shared_ptr<const ConfigSnapshot> held_;
  mutable std::set<std::string, std::less<>> read_while_held_;
};

}  // namespace tandem
