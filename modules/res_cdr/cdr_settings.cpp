#include "cdr_settings.h"

namespace tandem {

Result<CdrSettings> read_cdr_settings(const Config& config) {
  const auto file = config.read("cdr");
  if (!file) return file.error().code == ErrorCode::not_found ? Result<CdrSettings>(CdrSettings{}) : file.error();
  CdrSettings settings;
  std::vector<std::string> complaints;
  for (const auto& section : file->sections) {
    SectionReader reader(section, complaints);
    if (section.name == "cdr") {
      settings.enabled = reader.flag("enabled", settings.enabled);
      settings.commit_interval = reader.duration("commit_interval", settings.commit_interval);
      if (settings.commit_interval > std::chrono::seconds(1)) reader.complain("commit_interval", "must be at most 1s");
    }
    reader.finish();
  }
  if (!complaints.empty()) return config_error(complaints);
  return settings;
}

}  // namespace tandem
