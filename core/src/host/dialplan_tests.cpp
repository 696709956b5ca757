#include "host/dialplan_tests.h"

#include <algorithm>
#include <filesystem>

#include "base/config_folder.h"
#include "base/epoll_loop.h"
#include "call/core_verbs.h"
#include "host/host_settings.h"
#include "lua/test_runner.h"
#include "store/directory_store.h"
#include "store/store_folder.h"

namespace tandem {

namespace {

namespace fs = std::filesystem;

/// Where the directory's rows are for the time of the tests: those of the ini files alone, and nothing is left behind.
class ScratchFolder {
 public:
  ScratchFolder() {
    std::string name = (fs::temp_directory_path() / "tandem-test-XXXXXX").string();
    if (::mkdtemp(name.data()) != nullptr) path_ = name;
  }
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::vector<std::string> files_of(const std::string& dialplan) {
  std::vector<std::string> files;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(fs::path(dialplan).parent_path() / "tests", error)) {
    if (entry.path().extension() == ".lua") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

Result<std::vector<DialplanTestFile>> run_all(const Options& options, const std::string& scratch) {
  const ConfigFolder config(options.config_folder, options.overrides);
  const auto settings = read_host_settings(config, scratch);
  if (!settings) return settings.error();
  EpollLoop loop(system_clock());
  StoreFolder store(scratch, loop);
  const auto directory = DirectoryStore::open(store, config);
  if (!directory) return directory.error();
  VerbTable verbs;
  const auto core_verbs = register_core_verbs(verbs, loop, {directory->get(), nullptr});
  const auto files = options.test_files.empty() ? files_of(settings->dialplan) : options.test_files;
  if (files.empty()) return Error{ErrorCode::not_found, settings->dialplan + ": there are no tests beside it (tests/*.lua)"};
  return run_dialplan_tests({&loop, directory->get(), &verbs, nullptr, nullptr}, settings->dialplan, files);
}

}  // namespace

int run_dialplan_tests(const Options& options, std::ostream& out, std::ostream& err) {
  const ScratchFolder scratch;
  if (scratch.path().empty()) return err << "tandem: no temporary folder can be made\n", 1;
  const auto files = run_all(options, scratch.path());
  if (!files) return err << files.error().message << '\n', 1;
  size_t passed = 0, failed = 0;
  for (const auto& file : *files) {
    out << file.file << '\n';
    if (!file.error.empty()) {
      ++failed;
      out << "  FAILED  " << file.error << '\n';
    }
    for (const auto& test : file.tests) {
      ++(test.failure.empty() ? passed : failed);
      out << (test.failure.empty() ? "  ok      " : "  FAILED  ") << test.name << '\n';
      if (!test.failure.empty()) out << "          " << test.failure << '\n';
    }
  }
  out << passed << " passed, " << failed << " failed\n";
  return failed == 0 && passed > 0 ? 0 : 1;
}

}  // namespace tandem
