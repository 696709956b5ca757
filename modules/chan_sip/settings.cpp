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

void read_algorithms(SectionReader& reader, SipSettings& s) {
  if (!reader.has("algorithms")) return;
  s.algorithms.clear();
  for (const auto& name : reader.list("algorithms")) {
    const auto algorithm = name == "md5" ? AuthAlgorithm::md5 : AuthAlgorithm::sha256;
    if (name != "md5" && name != "sha-256") reader.complain("algorithms", fmt::format("\"{}\" is neither md5 nor sha-256", name));
    if (std::ranges::find(s.algorithms, algorithm) == s.algorithms.end()) s.algorithms.push_back(algorithm);
  }
  if (s.algorithms.empty()) reader.complain("algorithms", "needs md5, sha-256 or both");
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
  s.service_route = reader.text("service_route", "");
  if (!s.service_route.empty() && (!s.service_route.starts_with("<sip:") || !s.service_route.ends_with(";lr>")))
    reader.complain("service_route", "must be a route of the form <sip:HOST;lr>");
  s.flow_timer = seconds(reader, "flow_timer", s.flow_timer);
  s.max_message = static_cast<size_t>(reader.integer("max_message", static_cast<int64_t>(s.max_message), 2048, 65'535));
  s.max_sessions = static_cast<unsigned>(reader.integer("max_sessions", s.max_sessions, 1, 1'000'000));
  s.nonce_lifetime = seconds(reader, "nonce_lifetime", s.nonce_lifetime);
  if (s.nonce_lifetime.count() < 10 || s.nonce_lifetime > std::chrono::hours(24)) {
    reader.complain("nonce_lifetime", "must lie between 10 s and 24 h");
  }
  read_algorithms(reader, s);
  s.free_guesses = static_cast<unsigned>(reader.integer("free_guesses", s.free_guesses, 1, 1000));
  s.guess_delay = seconds(reader, "guess_delay", s.guess_delay);
  if (s.guess_delay.count() < 1 || s.guess_delay > std::chrono::hours(1)) reader.complain("guess_delay", "must lie between 1 s and 1 h");
  s.source_rate = static_cast<unsigned>(reader.integer("source_rate", s.source_rate, 1, 1'000'000));
  s.source_burst = static_cast<unsigned>(reader.integer("source_burst", s.source_burst, 1, 10'000'000));
  s.limit_loopback = reader.flag("limit_loopback", s.limit_loopback);
  reader.finish();
}

SocketAddress read_host(SectionReader& reader, std::string_view key, std::string_view host, uint16_t port) {
  auto address = SocketAddress::from(host, port);
  if (address) return *address;
  reader.complain(key, fmt::format("\"{}\" is not a numeric IP address", host));
  return {};
}

// One address, or one of each family.
void read_hosts(SectionReader& reader, std::string_view key, const std::vector<std::string>& hosts, uint16_t port, SocketAddress& first,
                SocketAddress& second) {
  if (hosts.size() > 2) reader.complain(key, "one address, or one of IPv4 and one of IPv6");
  if (!hosts.empty()) first = read_host(reader, key, hosts[0], port);
  if (hosts.size() != 2) return;
  second = read_host(reader, key, hosts[1], port);
  if (!first.empty() && first.family() == second.family()) reader.complain(key, "two addresses must be of IPv4 and of IPv6");
}

void read_udp(const ConfigSection& section, SipSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  std::vector<std::string> hosts = reader.list("address");
  if (hosts.empty()) hosts = {"127.0.0.1"};
  const auto port = static_cast<uint16_t>(reader.integer("port", 5060, 0, 65'535));
  read_hosts(reader, "address", hosts, port, s.udp, s.udp_second);
  SocketAddress seen[2];
  read_hosts(reader, "advertised", reader.list("advertised"), 0, seen[0], seen[1]);
  for (const SocketAddress& one : seen) {
    if (one.empty()) continue;
    if (one.is_unspecified()) reader.complain("advertised", "must be an address that phones can reach");
    if (one.family() == s.udp.family()) {
      s.advertised = one;
    } else if (one.family() == s.udp_second.family()) {
      s.advertised_second = one;
    } else {
      reader.complain("advertised", "is of a family that \"address\" does not serve");
    }
  }
  const bool unsaid = (s.udp.is_unspecified() && s.advertised.empty()) ||
                      (!s.udp_second.empty() && s.udp_second.is_unspecified() && s.advertised_second.empty());
  if (unsaid) reader.complain("address", "serves every interface: say in \"advertised\" which address phones shall use");
  reader.finish();
}

void read_tcp(const ConfigSection& section, SipSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  s.tcp.enabled = reader.flag("enabled", true);
  const auto port = static_cast<uint16_t>(reader.integer("port", 0, 0, 65'535));
  read_hosts(reader, "address", reader.list("address"), port, s.tcp.address, s.tcp.second);
  s.tcp.port = port;
  s.tcp.connections = static_cast<unsigned>(reader.integer("connections", s.tcp.connections, 1, 1'000'000));
  s.tcp.connections_per_source =
      static_cast<unsigned>(reader.integer("connections_per_source", s.tcp.connections_per_source, 1, 1'000'000));
  s.tcp.idle = seconds(reader, "idle", s.tcp.idle);
  s.tcp.message_time = seconds(reader, "message_time", s.tcp.message_time);
  if (s.tcp.idle.count() < 5) reader.complain("idle", "must be 5 s or more");
  if (s.tcp.message_time.count() < 1) reader.complain("message_time", "must be 1 s or more");
  reader.finish();
}

void read_phone(const ConfigSection& section, EndpointSettings& e, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  if (section.values.contains("type")) reader.choice("type", "phone", {"phone"});
  read_endpoint(reader, e);
  e.redirects = reader.flag("redirects", e.redirects);
  reader.finish();
}

void read_dns(const ConfigSection& section, SipSettings& s, std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  for (const auto& text : reader.list("servers")) {
    const bool bare = SocketAddress::from(text, 53).operator bool();
    const auto address = bare ? SocketAddress::from(text, 53) : SocketAddress::parse(text);
    if (!address || address->port() == 0) {
      reader.complain("servers", fmt::format("\"{}\" is not a numeric IP address, or one with a port", text));
    } else {
      s.dns_servers.push_back(*address);
    }
  }
  s.dns_timeout = reader.duration("timeout", s.dns_timeout);
  s.dns_longest = seconds(reader, "longest", s.dns_longest);
  if (s.dns_timeout < std::chrono::milliseconds(100) || s.dns_timeout > std::chrono::seconds(30))
    reader.complain("timeout", "must lie between 100 ms and 30 s");
  if (s.dns_longest.count() < 1) reader.complain("longest", "must be 1 s or more");
  reader.finish();
}

bool is_phone(const ConfigSection& section) {
  const auto type = section.values.find("type");
  return type != section.values.end() && type->second.text == "phone";
}

// What [tcp] does not say is as [udp] has it.
void finish_tcp(SipSettings& s, std::vector<std::string>& errors) {
  const uint16_t port = s.tcp.port;
  if (s.tcp.address.empty()) {
    s.tcp.address = s.udp;
    s.tcp.second = s.udp_second;
  }
  if (!s.tcp.second.empty()) s.tcp.second.set_port(port != 0 ? port : s.udp.port());
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
    } else if (section.name == "dns") {
      read_dns(section, settings, errors);
    } else if (section.name == "subscriptions") {
      read_subscriptions(section, settings.subscriptions, errors);
    } else if (section.name == "phones") {
      read_phone(section, settings.phones, errors);
    } else if (is_phone(section)) {
      own.push_back(&section);
    } else if (is_door(section)) {
      doors.push_back(&section);
    } else if (section.values.contains("type")) {
      settings.trunks.push_back(read_trunk(config, section, settings.trunks, errors));
    } else {
      errors.push_back(
          fmt::format("{}:{}: [{}]: is neither general, udp, tcp, tls, wss, ws, dns, subscriptions nor phones, and has no type",
                      section.file, section.line, section.name));
    }
  }
  for (const auto* section : own) read_phone(*section, settings.phone.try_emplace(section->name, settings.phones).first->second, errors);
  finish_tcp(settings, errors);
  for (const auto* section : doors) read_door(*section, config, settings, errors);
  if (!errors.empty()) return config_error(errors);
  return settings;
}

std::string_view to_string(AuthAlgorithm algorithm) { return algorithm == AuthAlgorithm::sha256 ? "SHA-256" : "MD5"; }

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
  std::vector<SocketAddress> served{settings.udp, settings.udp_second};
  if (settings.tcp.enabled) served.insert(served.end(), {settings.tcp.address, settings.tcp.second});
  for (const auto& door : settings.doors) served.push_back(door.edge.address);
  const auto outside =
      std::ranges::find_if(served, [](const SocketAddress& address) { return !address.empty() && !address.is_loopback(); });
  if (outside == served.end() || !directory.sample_secret_in_force()) return {};
  return Error{ErrorCode::forbidden, fmt::format("SIP will not be served at {} while a phone still has the sample office's secret: "
                                                 "give every device in directory.ini its own",
                                                 outside->to_string())};
}

}  // namespace tandem
