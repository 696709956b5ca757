// StateFolder: where one running Tandem keeps its databases and its socket. Held by one process at a time.
#pragma once

#include <string>

#include "media/descriptor.h"
#include "tandem/result.h"

namespace tandem {

class StateFolder {
 public:
  /// Makes the folder (mode 0700) when it is missing and locks PATH/tandem.lock for as long as this object lives. busy when another process
  /// holds it, with that one's number; io with the system's sentence.
  static Result<StateFolder> take(const std::string& path);

  const std::string& path() const { return path_; }  ///< absolute
  std::string socket() const { return path_ + "/tandem.sock"; }

 private:
  std::string path_;
  Descriptor lock_;
};

}  // namespace tandem
