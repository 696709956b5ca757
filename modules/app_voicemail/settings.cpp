#include "settings.h"

#include <fmt/format.h>

#include <fstream>

namespace tandem {
namespace {

constexpr int64_t kLongestYears = 36500;

void read_boxes(SectionReader& reader, VoicemailSettings& s) {
  s.enabled = reader.flag("enabled", s.enabled);
  s.ask_pin = reader.flag("ask_pin", s.ask_pin);
  s.number = reader.text("number", s.number);
  s.max_messages = reader.integer("max_messages", s.max_messages, 1, 1000);
  s.max_total = reader.duration("max_total", s.max_total);
  s.min_length = reader.duration("min_length", s.min_length);
  s.max_length = reader.duration("max_length", s.max_length);
  s.silence = reader.duration("silence", s.silence);
  s.max_greeting = reader.duration("max_greeting", s.max_greeting);
  s.min_free = reader.bytes("min_free", s.min_free);
  // What is longer than ten minutes could not be played back.
  for (const auto* key : {"max_length", "max_greeting"}) {
    const auto time = std::string_view(key) == "max_length" ? s.max_length : s.max_greeting;
    if (time < std::chrono::seconds(1) || time > std::chrono::minutes(10)) reader.complain(key, "must be between 1s and 10m");
  }
  if (s.min_length >= s.max_length) reader.complain("min_length", "must be shorter than max_length");
}

void read_retention(SectionReader& reader, VoicemailSettings& s) {
  s.new_days = reader.integer("new_days", s.new_days, 0, kLongestYears);
  s.heard_days = reader.integer("heard_days", s.heard_days, 0, kLongestYears);
  s.saved_days = reader.integer("saved_days", s.saved_days, 0, kLongestYears);
}

/// What is written with \n in the file, since a value is one line.
std::string lines_of(std::string_view text) {
  std::string lines;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool end = text[at] == '\\' && at + 1 < text.size() && text[at + 1] == 'n';
    lines += end ? '\n' : text[at];
    at += end ? 1 : 0;
  }
  return lines;
}

void read_password(SectionReader& reader, const ConfigSection& section, const Config& config, MailSettings& mail) {
  const auto value = section.values.find("password_file");
  if (!reader.has("password_file") || value == section.values.end() || reader.text("password_file", "").empty()) return;
  std::ifstream file(config.resolve(value->second));
  if (!std::getline(file, mail.password) || mail.password.empty())
    reader.complain("password_file", "cannot be read, or its first line is empty");
}

void read_mail(SectionReader& reader, const ConfigSection& section, const Config& config, MailSettings& mail) {
  mail.server = reader.text("server", mail.server);
  mail.from = reader.text("from", mail.from);
  mail.user = reader.text("user", mail.user);
  read_password(reader, section, config, mail);
  mail.tls = reader.choice("tls", mail.tls, {"no", "try", "require"});
  mail.attach = reader.flag("attach", mail.attach);
  mail.delete_sent = reader.flag("delete_sent", mail.delete_sent);
  mail.tries = reader.integer("tries", mail.tries, 1, 100);
  mail.timeout = reader.duration("timeout", mail.timeout);
  mail.subject = reader.text("subject", mail.subject);
  if (reader.has("body")) mail.body = lines_of(reader.text("body", "")) + "\n";
  const bool known = mail.server.empty() || mail.server.starts_with("smtp://") || mail.server.starts_with("smtps://");
  if (!known) reader.complain("server", "must begin with smtp:// or smtps://");
  if (mail.from.find('@') == std::string::npos || mail.from.find_first_of("\r\n<> ") != std::string::npos) {
    reader.complain("from", "must be one e-mail address");
  }
  if (mail.delete_sent && !mail.attach) reader.complain("delete_sent", "would lose messages that no mail has with it (attach = no)");
}

}  // namespace

Result<VoicemailSettings> read_voicemail_settings(const Config& config) {
  VoicemailSettings settings;
  const auto file = config.read("voicemail");
  if (!file) return file.error().code == ErrorCode::not_found ? Result<VoicemailSettings>(settings) : file.error();
  std::vector<std::string> complaints;
  for (const auto& section : file->sections) {
    SectionReader reader(section, complaints);
    if (section.name == "boxes") {
      read_boxes(reader, settings);
    } else if (section.name == "retention") {
      read_retention(reader, settings);
    } else if (section.name == "mail") {
      read_mail(reader, section, config, settings.mail);
    } else {
      complaints.push_back(fmt::format("{}:{}: [{}] unknown section: boxes, retention or mail", section.file, section.line, section.name));
      continue;
    }
    reader.finish();
  }
  if (!complaints.empty()) return config_error(complaints);
  return settings;
}

}  // namespace tandem
