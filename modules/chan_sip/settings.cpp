#include "settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

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

void read_tcp(const ConfigSection& section, SipSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  s.tcp.enabled = reader.flag("enabled", true);
  const std::string host = reader.text("address", "");
  const auto port = static_cast<uint16_t>(reader.integer("port", 0, 0, 65'535));
  if (!host.empty()) s.tcp.address = read_host(reader, "address", host, port);
  s.tcp.address.set_port(port);
  s.tcp.connections = static_cast<unsigned>(reader.integer("connections", s.tcp.connections, 1, 1'000'000));
  s.tcp.connections_per_source =
      static_cast<unsigned>(reader.integer("connections_per_source", s.tcp.connections_per_source, 1, 1'000'000));
  s.tcp.idle = seconds(reader, "idle", s.tcp.idle);
  s.tcp.message_time = seconds(reader, "message_time", s.tcp.message_time);
  if (s.tcp.idle.count() < 5) reader.complain("idle", "must be 5 s or more");
  if (s.tcp.message_time.count() < 1) reader.complain("message_time", "must be 1 s or more");
  reader.finish();
}

void read_endpoint(SectionReader& reader, EndpointSettings& e) {
  constexpr std::array<std::string_view, 4> kIdentity{"none", "pai", "rpid", "both"};
  const auto identity = reader.choice("identity", std::string(kIdentity[static_cast<size_t>(e.identity)]), {"none", "pai", "rpid", "both"});
  e.identity = static_cast<IdentityHeaders>(std::find(kIdentity.begin(), kIdentity.end(), identity) - kIdentity.begin());
  e.digits = reader.choice("dtmf", e.digits == DigitsBy::info ? "info" : "rfc4733", {"rfc4733", "info"}) == "info" ? DigitsBy::info
                                                                                                                   : DigitsBy::rfc4733;
}

void read_phone(const ConfigSection& section, EndpointSettings& e, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  if (section.values.contains("type")) reader.choice("type", "phone", {"phone"});
  read_endpoint(reader, e);
  e.redirects = reader.flag("redirects", e.redirects);
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
  const auto transport = reader.choice("transport", "udp", {"udp", "tcp", "auto"});
  trunk.transport = transport == "tcp" ? TrunkTransport::tcp : transport == "auto" ? TrunkTransport::automatic : TrunkTransport::udp;
  read_endpoint(reader, trunk.endpoint);
  trunk.endpoint.redirects = false;
  for (const auto& other : s.trunks) {
    if (other.address == trunk.address) reader.complain("address", fmt::format("is that of trunk [{}] already", other.name));
  }
  reader.finish();
  s.trunks.push_back(std::move(trunk));
}

bool is_phone(const ConfigSection& section) {
  const auto type = section.values.find("type");
  return type != section.values.end() && type->second.text == "phone";
}

// What [tcp] does not say is as [udp] has it.
void finish_tcp(SipSettings& s, std::vector<std::string>& errors) {
  const uint16_t port = s.tcp.address.port();
  if (s.tcp.address.empty()) s.tcp.address = s.udp;
  s.tcp.address.set_port(port != 0 ? port : s.udp.port());
  if (s.tcp.enabled && s.advertised.empty() && s.tcp.address.is_unspecified()) {
    errors.emplace_back("sip.ini: [tcp] address: serves every interface: say in [udp] \"advertised\" which address phones shall use");
  }
}

struct DoorKind {
  std::string_view word;
  EdgeKind kind;
  uint16_t port;
};
constexpr std::array<DoorKind, 3> kDoorKinds{{{"tls", EdgeKind::tls, 5061}, {"wss", EdgeKind::wss, 7443}, {"ws", EdgeKind::ws, 7080}}};

bool is_door(const ConfigSection& section) {
  const auto type = section.values.find("type");
  if (type != section.values.end()) return type->second.text == "listener";
  return std::ranges::find(kDoorKinds, section.name, &DoorKind::word) != kDoorKinds.end();
}

void read_door_limits(SectionReader& reader, EdgeLimits& limits) {
  const auto count = [&](std::string_view key, unsigned fallback) {
    return static_cast<unsigned>(reader.integer(key, fallback, 1, 1'000'000));
  };
  limits.connections = count("connections", limits.connections);
  limits.connections_per_source = count("connections_per_source", limits.connections_per_source);
  limits.handshakes_per_source = count("handshakes_per_source", limits.handshakes_per_source);
  limits.handshake = reader.duration("handshake_time", limits.handshake);
  limits.message = reader.duration("message_time", limits.message);
  limits.unread = reader.duration("unread_time", limits.unread);
  limits.keep_alive = seconds(reader, "keep_alive", limits.keep_alive);
  for (const auto& [key, value] : {std::pair("handshake_time", limits.handshake), std::pair("message_time", limits.message),
                                   std::pair("unread_time", limits.unread)}) {
    if (value < std::chrono::seconds(1)) reader.complain(key, "must be 1 s or more");
  }
  if (limits.keep_alive.count() != 0 && limits.keep_alive.count() < 5) reader.complain("keep_alive", "must be 5 s or more, or 0");
}

// Read after [udp] and [general], from which it takes what it does not say. A port that nobody has named is any free one where [udp]'s is,
// so that several Tandems can run beside one another.
void read_door(const ConfigSection& section, const Config& config, SipSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  if (section.values.contains("type")) reader.choice("type", "listener", {"listener"});
  const bool named = std::ranges::find(kDoorKinds, section.name, &DoorKind::word) != kDoorKinds.end();
  const std::string word = named ? section.name : reader.choice("transport", "tls", {"tls", "wss", "ws"});
  const DoorKind& kind = *std::ranges::find(kDoorKinds, word, &DoorKind::word);
  DoorSettings door{section.name, {.name = "sip-" + section.name, .kind = kind.kind}};
  const bool enabled = reader.flag("enabled", true);
  const std::string host = reader.text("address", "");
  const auto port = static_cast<uint16_t>(reader.integer("port", s.udp.port() == 0 ? 0 : kind.port, 0, 65'535));
  door.edge.address = host.empty() ? s.udp : read_host(reader, "address", host, port);
  door.edge.address.set_port(port);
  if (kind.kind != EdgeKind::ws) {
    door.edge.tls = read_tls_settings(reader, section, config);
    door.edge.names = reader.list("names");
    if (!s.advertised.empty()) door.edge.names.push_back(s.advertised.host());
  }
  if (kind.kind != EdgeKind::tls) door.edge.origins = reader.list("origins");
  door.edge.limits.message_size = s.max_message;
  read_door_limits(reader, door.edge.limits);
  if (enabled && s.advertised.empty() && door.edge.address.is_unspecified())
    reader.complain("address", "serves every interface: say in [udp] \"advertised\" which address phones shall use");
  reader.finish();
  if (enabled) s.doors.push_back(std::move(door));
}

}  // namespace

Result<SipSettings> read_settings(const Config& config) {
  auto file = config.read("sip");
  if (!file) return file.error();
  SipSettings settings;
  settings.user_agent = "Tandem/" TANDEM_VERSION;
  settings.udp = *SocketAddress::from("127.0.0.1", 5060);
  std::vector<std::string> errors;
  std::vector<const ConfigSection*> own;  // read last: they start from what [phones] says, wherever that stands
  std::vector<const ConfigSection*> doors;
  for (const auto& section : file->sections) {
    if (section.name == "general") {
      read_general(section, settings, errors);
    } else if (section.name == "udp") {
      read_udp(section, settings, errors);
    } else if (section.name == "tcp") {
      read_tcp(section, settings, errors);
    } else if (section.name == "phones") {
      read_phone(section, settings.phones, errors);
    } else if (is_phone(section)) {
      own.push_back(&section);
    } else if (is_door(section)) {
      doors.push_back(&section);
    } else if (section.values.contains("type")) {
      read_trunk(section, settings, errors);
    } else {
      errors.push_back(fmt::format("{}:{}: [{}]: is neither general, udp, tcp, tls, wss, ws nor phones, and has no type", section.file,
                                   section.line, section.name));
    }
  }
  for (const auto* section : own) read_phone(*section, settings.phone.try_emplace(section->name, settings.phones).first->second, errors);
  finish_tcp(settings, errors);
  for (const auto* section : doors) read_door(*section, config, settings, errors);
  if (!errors.empty()) return config_error(errors);
  return settings;
}

const TrunkSettings* SipSettings::trunk(std::string_view name) const {
  const auto it = std::ranges::find(trunks, name, &TrunkSettings::name);
  return it == trunks.end() ? nullptr : &*it;
}

const EndpointSettings& SipSettings::endpoint(std::string_view name) const {
  if (const TrunkSettings* one = trunk(name)) return one->endpoint;
  const auto own = phone.find(name);
  return own == phone.end() ? phones : own->second;
}

Result<void> check_binding(const SipSettings& settings, Directory& directory) {
  std::vector<SocketAddress> served{settings.udp};
  if (settings.tcp.enabled) served.push_back(settings.tcp.address);
  for (const auto& door : settings.doors) served.push_back(door.edge.address);
  const auto outside = std::ranges::find_if(served, [](const SocketAddress& address) { return !address.is_loopback(); });
  if (outside == served.end() || !directory.sample_secret_in_force()) return {};
  return Error{ErrorCode::forbidden, fmt::format("SIP will not be served at {} while a phone still has the sample office's secret: "
                                                 "give every device in directory.ini its own",
                                                 outside->to_string())};
}

}  // namespace tandem
