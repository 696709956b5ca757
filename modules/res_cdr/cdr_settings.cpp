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
    if (section.name == "csv") {
      settings.csv = reader.text("file", "cdr-%Y-%m.csv");
      if (settings.csv.empty()) reader.complain("file", "must name a file");
      if (!reader.flag("enabled", false)) settings.csv.clear();
    }
    if (section.name == "history") {
      settings.history_calls = reader.integer("calls", settings.history_calls, 1, 1000);
      settings.history_days = reader.integer("days", settings.history_days, 1, 3650);
    }
    reader.finish();
  }
  if (!complaints.empty()) return config_error(complaints);
  return settings;
}

}  // namespace tandem
