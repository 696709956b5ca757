// DeviceSecrets: the SIP passwords of a file like configs/secrets.ini. Any thread; one object a file.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/config.h"

namespace tandem {

/// [devices] with one secret a device, and "default" for the rest. No complaint repeats a secret.
class DeviceSecrets {
 public:
  void read(const ConfigFile& file, std::vector<std::string>& complaints);
  /// Empty when there is none for it, nor a default.
  std::string take(std::string_view device);
  /// After all devices: what was for a device that is not there.
  void complain_of_unused(std::vector<std::string>& complaints) const;

 private:
  struct Secret {
    std::string text;
    std::string where;
    bool used = false;
  };
  std::string default_;
  std::map<std::string, Secret, std::less<>> secrets_;
};

}  // namespace tandem
