// DialplanFolder: files of a dialplan, for the time of a test.
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace tandem::test {

/// A folder that goes away with it.
class DialplanFolder {
 public:
  DialplanFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "tandem-dialplan-XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  DialplanFolder(const DialplanFolder&) = delete;
  DialplanFolder& operator=(const DialplanFolder&) = delete;
  ~DialplanFolder() { std::filesystem::remove_all(path_); }

  /// Writes a file ("main.lua", "lib/x.lua") and returns main.lua's path.
  std::string write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = std::filesystem::path(path_) / file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
    return path_ + "/main.lua";
  }

 private:
  std::string path_;
};

}  // namespace tandem::test
