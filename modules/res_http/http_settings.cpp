#include "http_settings.h"

#include <fmt/format.h>

#include <algorithm>

namespace tandem {
namespace {

SocketAddress loopback(uint16_t port) { return *SocketAddress::from("127.0.0.1", port); }

void read_listener(const ConfigSection& section, ListenerSettings& listener, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  listener.enabled = reader.flag("enabled", true);
  const auto host = reader.text("address", listener.address.host());
  const auto port = static_cast<uint16_t>(reader.integer("port", listener.address.port(), 0, 65535));
  if (auto address = SocketAddress::from(host, port)) {
    listener.address = *address;
  } else {
    reader.complain("address", "must be a numeric address");
  }
  listener.threads = static_cast<unsigned>(reader.integer("threads", 1, 1, 16));
  listener.url = reader.text("url", "");
  if (!listener.url.empty() && (!listener.url.starts_with("http") || listener.url.ends_with('/'))) {
    reader.complain("url", "must be like http://phones.example:8080, without a slash at the end");
  }
  reader.finish();
}

void read_limits(const ConfigSection& section, HttpSettings& settings, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  auto& c = settings.connections;
  c.in_all = static_cast<size_t>(reader.integer("connections", static_cast<int64_t>(c.in_all), 1, 100'000));
  c.per_source = static_cast<size_t>(reader.integer("connections_per_source", static_cast<int64_t>(c.per_source), 1, 100'000));
  c.idle = reader.duration("idle", c.idle);
  c.request = reader.duration("request_time", c.request);
  c.answer = reader.duration("answer_time", c.answer);
  for (const char* const key : {"idle", "request_time", "answer_time"}) {
    const auto time = reader.duration(key, std::chrono::seconds(15));
    if (time < std::chrono::seconds(1) || time > std::chrono::hours(1)) reader.complain(key, "must be 1s to 1h");
  }
  auto& r = settings.request;
  r.target = static_cast<size_t>(reader.bytes("target_size", static_cast<int64_t>(r.target)));
  r.headers = static_cast<size_t>(reader.bytes("header_size", static_cast<int64_t>(r.headers)));
  if (r.target < 256 || r.target > 65536) reader.complain("target_size", "must be 256 to 64K");
  if (r.headers < 1024 || r.headers > 1048576) reader.complain("header_size", "must be 1K to 1M");
  reader.finish();
}

bool is_digest(std::string_view text) {
  return text.size() == 64 && std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

void read_user(const ConfigSection& section, HttpSettings& settings, std::vector<std::string>& complaints) {
  SectionReader reader(section, complaints);
  (void)reader.choice("type", "user", {"user"});
  ApiUserSettings user{.name = section.name};
  user.secret = reader.text("secret", "");
  // No complaint repeats it: somebody may have written the secret itself.
  if (!user.secret.empty() && !user.secret.starts_with("$argon2id$")) {
    reader.complain("secret", "must be a hash: \"http hash\" on the console makes it");
  }
  user.tokens = reader.list("tokens");
  if (!std::ranges::all_of(user.tokens, is_digest))
    reader.complain("tokens", "must be digests: \"http make token\" on the console makes them");
  user.rights = reader.list("rights");
  if (user.secret.empty() && user.tokens.empty()) reader.complain("secret", "is missing, and there is no token either");
  settings.users.push_back(std::move(user));
  reader.finish();
}

}  // namespace

bool HttpSettings::sample_secret() const {
  return std::ranges::any_of(users, [](const auto& user) { return user.secret == kSampleHash; });
}

Result<HttpSettings> read_http_settings(const Config& config) {
  HttpSettings settings;
  settings.phone.address = loopback(8080);
  settings.api.address = loopback(8088);
  settings.files.address = loopback(6970);
  settings.files.threads = 2;
  const auto file = config.read("http");
  if (!file) return file.error().code == ErrorCode::not_found ? Result<HttpSettings>(settings) : file.error();
  std::vector<std::string> complaints;
  for (const auto& section : file->sections) {
    if (section.name == "http-phone") {
      read_listener(section, settings.phone, complaints);
    } else if (section.name == "http-api") {
      read_listener(section, settings.api, complaints);
    } else if (section.name == "http-files") {
      read_listener(section, settings.files, complaints);
    } else if (section.name == "limits") {
      read_limits(section, settings, complaints);
    } else if (section.name == "metrics") {
      SectionReader reader(section, complaints);
      settings.metrics_right = reader.text("right", "");
      reader.finish();
    } else if (section.values.contains("type")) {
      read_user(section, settings, complaints);
    } else {
      complaints.push_back(
          fmt::format("{}:{}: [{}] is neither a listener, limits nor metrics, and has no type", section.file, section.line, section.name));
    }
  }
  if (!complaints.empty()) return config_error(complaints);
  return settings;
}

}  // namespace tandem
