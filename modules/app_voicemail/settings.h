// What configs/voicemail.ini says. Switch thread.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "tandem/config.h"
#include "tandem/result.h"

namespace tandem {

struct MailSettings {
  std::string server;  ///< "smtp://mail.office.example:587"; empty: no mail is sent
  std::string from = "voicemail@localhost";
  std::string user, password;  ///< empty: no authentication. The password is read from a file, and never printed
  std::string tls = "try";     ///< "no", "try", "require"
  bool attach = true;          ///< the message as a WAV file
  bool delete_sent = false;    ///< it is deleted from the box once the server has taken it
  int64_t tries = 10;
  std::chrono::milliseconds timeout{std::chrono::seconds(60)};
  std::string subject = "Voice message from {caller}";
  std::string body = "{name}, you have a new voice message.\n\nFrom: {caller}\nWhen: {when}\nLength: {length}\n";
};

struct VoicemailSettings {
  bool enabled = true;
  bool ask_pin = true;                                         ///< of people who listen from their own phone
  std::string number = "*97";                                  ///< what the key for messages dials
  int64_t max_messages = 100;                                  ///< of one box
  std::chrono::milliseconds max_total{std::chrono::hours(1)};  ///< of one box
  std::chrono::milliseconds min_length{std::chrono::seconds(2)};
  std::chrono::milliseconds max_length{std::chrono::minutes(3)};
  std::chrono::milliseconds silence{std::chrono::seconds(10)};  ///< ends a recording; 0: never
  std::chrono::milliseconds max_greeting{std::chrono::minutes(1)};
  int64_t min_free = 100 * 1024 * 1024;                   ///< octets that the disk must have left
  int64_t new_days = 0, heard_days = 30, saved_days = 0;  ///< kept so long; 0: for good
  MailSettings mail;
};

/// The defaults when there is no voicemail.ini; invalid with every complaint, one a line.
Result<VoicemailSettings> read_voicemail_settings(const Config& config);

}  // namespace tandem
