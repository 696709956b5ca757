// What configs/directory.ini declares, checked as a whole, before any of it reaches the database. Switch thread.
#pragma once

#include <string>
#include <vector>

#include "base/config_folder.h"
#include "store/directory_rows.h"
#include "tandem/directory.h"
#include "tandem/result.h"

namespace tandem {

template <class Row>
struct Declared {
  Row row;
  std::string where;  ///< "configs/directory.ini:12", for complaints that only the database can find
};

/// A name that no section declares; it may still be a row that somebody made through the API.
struct OpenReference {
  enum class To { user, site, profile } to = To::user;
  std::string id;
  std::string complaint;  ///< if it is not
};

struct DirectoryRows {
  std::vector<Declared<User>> users;
  std::vector<Declared<Profile>> profiles;
  std::vector<Declared<Device>> devices;
  std::vector<Declared<Site>> sites;
  std::vector<Declared<Service>> services;
  std::vector<Declared<Number>> numbers;  ///< follow from users, devices and services
  std::vector<OpenReference> open;
};

/// directory.ini and the secrets file that it names.
struct DirectoryFiles {
  ConfigFile directory;
  ConfigFile secrets;
  std::string sources;  ///< what both were read from, for directory_files_unchanged()
  /// Differs when anything that matters differs; comments and order of keys do not.
  std::string fingerprint() const;
};

/// not_found or invalid as Config::read, for either file.
Result<DirectoryFiles> read_directory_files(const ConfigFolder& config);
/// True when the files that had these `sources` would be read as they were then. Parses nothing.
bool directory_files_unchanged(const ConfigFolder& config, const std::string& sources);

/// invalid with every complaint, one a line.
Result<DirectoryRows> parse_directory(const DirectoryFiles& files);

}  // namespace tandem
