#include "settings.h"

#include <fmt/format.h>

namespace tandem {
namespace {

std::chrono::seconds seconds(SectionReader& reader, std::string_view key, std::chrono::seconds fallback) {
  return std::chrono::duration_cast<std::chrono::seconds>(reader.duration(key, fallback));
}

// They end up inside header fields and quoted strings.
std::string header_text(SectionReader& reader, std::string_view key, std::string_view fallback) {
  std::string text = reader.text(key, fallback);
  for (const char c : text) {
    if (c < ' ' || c == '"' || c == '\\' || c == 0x7f) {
      reader.complain(key, "may not contain quotes, backslashes or control characters");
      break;
    }
  }
  return text;
}

void read_general(const ConfigSection& section, SipSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  s.realm = header_text(reader, "realm", s.realm);
  s.domain = header_text(reader, "domain", "");
  s.user_agent = header_text(reader, "user_agent", s.user_agent);
  s.register_min = seconds(reader, "register_min", s.register_min);
  s.register_default = seconds(reader, "register_default", s.register_default);
  s.register_max = seconds(reader, "register_max", s.register_max);
  if (s.register_min.count() < 1 || s.register_max < s.register_min)
    reader.complain("register_min", "must be 1 s or more, and at most register_max");
  if (s.register_default < s.register_min || s.register_default > s.register_max) {
    reader.complain("register_default", "must lie between register_min and register_max");
  }
  if (s.register_max > std::chrono::hours(24 * 7)) reader.complain("register_max", "must be a week or less");
  s.contacts_per_device = static_cast<unsigned>(reader.integer("contacts_per_device", s.contacts_per_device, 1, 20));
  s.max_message = static_cast<size_t>(reader.integer("max_message", static_cast<int64_t>(s.max_message), 2048, 65'535));
  s.max_sessions = static_cast<unsigned>(reader.integer("max_sessions", s.max_sessions, 1, 1'000'000));
  s.nonce_lifetime = seconds(reader, "nonce_lifetime", s.nonce_lifetime);
  if (s.nonce_lifetime.count() < 10 || s.nonce_lifetime > std::chrono::hours(24)) {
    reader.complain("nonce_lifetime", "must lie between 10 s and 24 h");
  }
  s.source_rate = static_cast<unsigned>(reader.integer("source_rate", s.source_rate, 1, 1'000'000));
  s.source_burst = static_cast<unsigned>(reader.integer("source_burst", s.source_burst, 1, 10'000'000));
  reader.finish();
}

SocketAddress read_host(SectionReader& reader, std::string_view key, std::string_view host, uint16_t port) {
  auto address = SocketAddress::from(host, port);
  if (address) return *address;
  reader.complain(key, fmt::format("\"{}\" is not a numeric IP address", host));
  return {};
}

void read_udp(const ConfigSection& section, SipSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  const std::string host = reader.text("address", "127.0.0.1");
  const auto port = static_cast<uint16_t>(reader.integer("port", 5060, 0, 65'535));
  s.udp = read_host(reader, "address", host, port);
  const std::string seen = reader.text("advertised", "");
  if (!seen.empty()) {
    s.advertised = read_host(reader, "advertised", seen, 0);
    if (s.advertised.is_unspecified()) reader.complain("advertised", "must be an address that phones can reach");
  } else if (s.udp.is_unspecified()) {
    reader.complain("address", "serves every interface: say in \"advertised\" which address phones shall use");
  }
  reader.finish();
}

void read_trunk(const ConfigSection& section, SipSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  reader.choice("type", "trunk", {"trunk"});
  TrunkSettings trunk;
  trunk.name = section.name;
  reader.required("address");
  trunk.address = reader.address("address", "");
  if (!trunk.address.empty() && (trunk.address.port() == 0 || trunk.address.is_unspecified())) {
    reader.complain("address", "must name a host and a port");
  }
  trunk.context = reader.text("context", trunk.context);
  trunk.probe_up = reader.duration("probe_up", trunk.probe_up);
  trunk.probe_down = reader.duration("probe_down", trunk.probe_down);
  if (trunk.probe_up < std::chrono::seconds(1)) reader.complain("probe_up", "must be 1 s or more");
  if (trunk.probe_down < std::chrono::milliseconds(500)) reader.complain("probe_down", "must be 500 ms or more");
  trunk.max_channels = static_cast<unsigned>(reader.integer("max_channels", 0, 0, 1'000'000));
  trunk.trust_identity = reader.flag("trust_identity", trunk.trust_identity);
  for (const auto& other : s.trunks) {
    if (other.address == trunk.address) reader.complain("address", fmt::format("is that of trunk [{}] already", other.name));
  }
  reader.finish();
  s.trunks.push_back(std::move(trunk));
}

}  // namespace

Result<SipSettings> read_settings(const Config& config) {
  auto file = config.read("sip");
  if (!file) return file.error();
  SipSettings settings;
  settings.user_agent = "Tandem/" TANDEM_VERSION;
  settings.udp = *SocketAddress::from("127.0.0.1", 5060);
  std::vector<std::string> errors;
  for (const auto& section : file->sections) {
    if (section.name == "general") {
      read_general(section, settings, errors);
    } else if (section.name == "udp") {
      read_udp(section, settings, errors);
    } else if (section.values.contains("type")) {
      read_trunk(section, settings, errors);
    } else {
      errors.push_back(fmt::format("{}:{}: [{}]: is neither general nor udp, and has no type", section.file, section.line, section.name));
    }
  }
  if (!errors.empty()) return config_error(errors);
  return settings;
}

Result<void> check_binding(const SipSettings& settings, Directory& directory) {
  if (settings.udp.is_loopback() || !directory.sample_secret_in_force()) return {};
  return Error{ErrorCode::forbidden, fmt::format("SIP will not be served at {} while a phone still has the sample office's secret: "
                                                 "give every device in directory.ini its own",
                                                 settings.udp.to_string())};
}

}  // namespace tandem
