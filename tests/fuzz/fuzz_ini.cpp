// The ini reader on any bytes. The input is every file there is, so that includes find themselves and one another.
#include <cstdint>
#include <cstdlib>

#include "base/ini.h"

namespace {

using namespace tandem;

IniSource source_of(std::string text) {
  return {[text](const std::string& path, size_t limit) -> Result<std::string> {
            if (path.ends_with("none.ini")) return Error{ErrorCode::not_found, "No such file or directory"};
            if (text.size() > limit) return Error{ErrorCode::exhausted, "too long"};
            // Another file is the second half: it stands beside the first without being it.
            return path == "conf/main.ini" ? text : text.substr(text.size() / 2);
          },
          [](const std::string& name) -> std::optional<std::string> {
            if (name == "HOME") return "/root";
            if (name == "ODD") return "a \" ; \\ ${HOME} \t b";
            return std::nullopt;
          }};
}

IniLimits small_limits() {
  IniLimits limits;
  limits.bytes = 1 << 20;
  limits.files = 20;
  limits.sections = 2000;
  limits.values = 20'000;
  limits.value_bytes = 4 << 20;
  return limits;
}

void read_every_key(const ConfigFile& file) {
  std::vector<std::string> errors;
  for (const auto& section : file.sections) {
    if (file.find(section.name) != &section) std::abort();  // names are unique
    SectionReader reader(section, errors);
    for (const auto& [key, value] : section.values) {
      if (value.line < 1 || value.file.empty()) std::abort();
      (void)reader.text(key, "");
      (void)reader.integer(key, 0, -5, 5);
      (void)reader.flag(key, false);
      if (reader.duration(key, {}) < std::chrono::milliseconds::zero()) std::abort();
      (void)reader.list(key);
      (void)reader.choice(key, "a", {"a", "b"});
      (void)reader.address(key, "");
    }
    const auto before = errors.size();
    reader.finish();
    if (errors.size() != before) std::abort();  // everything was asked for
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto file = read_ini("conf/main.ini", source_of(text), small_limits());
  if (file) {
    read_every_key(*file);
  } else if (file.error().code != ErrorCode::invalid || file.error().message.empty()) {
    std::abort();
  }
  return 0;
}
