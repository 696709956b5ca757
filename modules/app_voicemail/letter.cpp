#include "letter.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <ctime>

namespace tandem {
namespace {

std::tm local(WallTime at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

std::string base64(std::string_view octets) {
  std::string text(sodium_base64_encoded_len(octets.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(octets.data()), octets.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminator
  return text;
}

std::string one_line(std::string_view text) {
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](unsigned char c) { return c < ' ' || c == 127; }, ' ');
  return line;
}

std::string caller_of(const Message& message) {
  const std::string number = one_line(message.number), name = one_line(message.name);
  if (number.empty()) return name.empty() ? "an unknown caller" : name;
  return name.empty() || name == number ? number : fmt::format("{} ({})", name, number);
}

std::string length_of(std::chrono::milliseconds length) {
  const auto seconds = (length.count() + 500) / 1000;
  return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
}

/// {caller}, {name}, {when}, {length}, {box}; anything else in braces stays as it is.
std::string filled(const std::string& pattern, const Message& message, const User& user) {
  const std::pair<std::string_view, std::string> words[] = {{"{caller}", caller_of(message)},
                                                            {"{name}", user.name},
                                                            {"{when}", fmt::format("{:%Y-%m-%d %H:%M}", local(message.at))},
                                                            {"{length}", length_of(message.length)},
                                                            {"{box}", user.extension}};
  std::string text;
  for (size_t at = 0; at < pattern.size();) {
    const auto word = std::find_if(std::begin(words), std::end(words),
                                   [&](const auto& one) { return pattern.compare(at, one.first.size(), one.first) == 0; });
    if (word == std::end(words)) {
      text += pattern[at++];
    } else {
      text += word->second;
      at += word->first.size();
    }
  }
  return text;
}

}  // namespace

std::string header_text(std::string_view text) {
  const std::string line = one_line(text);
  if (std::all_of(line.begin(), line.end(), [](unsigned char c) { return c < 128; })) return line.substr(0, 200);
  // Words of at most 75 characters, each of whole characters of UTF-8.
  constexpr size_t kWord = 42;
  std::string out;
  for (size_t at = 0; at < line.size() && at < 300;) {
    size_t end = std::min(at + kWord, line.size());
    // A character has four octets at most; what goes on for longer is no UTF-8, and is cut anywhere.
    const auto inside = [&](size_t place) { return place < line.size() && (static_cast<unsigned char>(line[place]) & 0xc0) == 0x80; };
    for (size_t back = 0; back < 4; ++back) {
      if (inside(end - back)) continue;
      end -= back;
      break;
    }
    out += fmt::format("{}=?UTF-8?B?{}?=", out.empty() ? "" : " ", base64(std::string_view(line).substr(at, end - at)));
    at = end;
  }
  return out;
}

Letter compose(const MailSettings& settings, const Message& message, const User& user, const std::string& path) {
  Letter letter{.from = settings.from, .to = user.email, .headers = {}, .text = filled(settings.body, message, user)};
  letter.headers = {fmt::format("Date: {:%a, %d %b %Y %H:%M:%S %z}", local(message.at)), fmt::format("From: {}", settings.from),
                    fmt::format("To: {}", user.email), fmt::format("Subject: {}", header_text(filled(settings.subject, message, user))),
                    // The same at each try: whoever gets it twice can tell.
                    fmt::format("Message-ID: <voicemail-{}-{}@{}>", message.id, std::chrono::system_clock::to_time_t(message.at),
                                settings.from.substr(settings.from.find('@') + 1)),
                    "Auto-Submitted: auto-generated"};
  if (message.urgent) letter.headers.emplace_back("Importance: high");
  if (settings.attach) {
    letter.attachment = path;
    letter.attachment_name = fmt::format("message-{}.wav", message.id);
  }
  return letter;
}

}  // namespace tandem
