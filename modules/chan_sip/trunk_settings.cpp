#include "trunk_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace tandem {
namespace {

constexpr size_t kMostPeers = 32, kLongestName = 253;

bool is_name(std::string_view host) {
  return !host.empty() && host.size() <= kLongestName && host.front() != '.' && host.front() != '-' &&
         std::ranges::all_of(host, [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '-' || c == '_'; });
}

bool read_number(std::string_view text, unsigned most, unsigned& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() && value <= most;
}

// "HOST[:PORT][;priority=N][;weight=N]"
Result<PeerSettings> read_peer(std::string_view text, uint16_t usual_port) {
  const Error wrong{ErrorCode::invalid,
                    fmt::format("\"{}\" is not of the form HOST[:PORT][;priority=N][;weight=N] with numbers up to 65535", text)};
  PeerSettings peer;
  std::string_view host = text.substr(0, text.find(';'));
  for (std::string_view rest = text.substr(host.size()); !rest.empty();) {
    const std::string_view parameter = rest.substr(1, rest.find(';', 1) - 1);
    rest.remove_prefix(1 + parameter.size());
    unsigned& value = parameter.starts_with("priority=") ? peer.priority : peer.weight;
    if (!parameter.starts_with("priority=") && !parameter.starts_with("weight=")) return wrong;
    if (!read_number(parameter.substr(parameter.find('=') + 1), 65'535, value)) return wrong;
  }
  while (!host.empty() && host.back() == ' ') host.remove_suffix(1);
  if (const auto whole = SocketAddress::parse(host)) {
    peer.address = *whole;
  } else if (const auto bare =
                 SocketAddress::from(host.starts_with('[') && host.ends_with(']') ? host.substr(1, host.size() - 2) : host, usual_port)) {
    peer.address = *bare;
  } else {
    const size_t colon = host.find(':');
    unsigned port = 0;
    if (colon != std::string_view::npos && (!read_number(host.substr(colon + 1), 65'535, port) || port == 0)) return wrong;
    peer.port = static_cast<uint16_t>(port);
    peer.host = host.substr(0, colon);
    if (!is_name(peer.host)) return wrong;
    return peer;
  }
  if (peer.address.port() == 0 || peer.address.is_unspecified()) return wrong;
  return peer;
}

void read_peers(SectionReader& reader, TrunkSettings& trunk) {
  const bool one = !reader.text("address", "").empty();
  if (one == reader.has("peers")) reader.complain("address", "needs this key or \"peers\", one of the two");
  if (one) {
    trunk.address = reader.address("address", "");
    if (!trunk.address.empty() && (trunk.address.port() == 0 || trunk.address.is_unspecified()))
      reader.complain("address", "must name a host and a port");
    return;
  }
  for (const auto& text : reader.list("peers")) {
    auto peer = read_peer(text, trunk.transport == TrunkTransport::tls ? 5061 : 5060);
    if (!peer) {
      reader.complain("peers", peer.error().message);
      continue;
    }
    if (trunk.address.empty()) trunk.address = peer->address;
    trunk.peers.push_back(std::move(*peer));
  }
  if (trunk.peers.size() > kMostPeers) reader.complain("peers", fmt::format("at most {}", kMostPeers));
}

NumberRules read_rules(SectionReader& reader, std::string_view key) {
  auto rules = NumberRules::parse(reader.list(key));
  if (rules) return std::move(*rules);
  reader.complain(key, rules.error().message);
  return {};
}

std::string plain(SectionReader& reader, std::string_view key) {
  std::string text = reader.text(key, "");
  const auto bad = [](unsigned char c) { return c <= ' ' || c == '"' || c == '\\' || c == '<' || c == '>' || c == 0x7f; };
  if (std::ranges::any_of(text, bad)) reader.complain(key, "may not contain spaces, quotes, backslashes or brackets");
  return text;
}

void read_transport(SectionReader& reader, const ConfigSection& section, const Config& config, TrunkSettings& trunk) {
  const auto transport = reader.choice("transport", "udp", {"udp", "tcp", "auto", "tls"});
  trunk.transport = transport == "tcp"    ? TrunkTransport::tcp
                    : transport == "auto" ? TrunkTransport::automatic
                    : transport == "tls"  ? TrunkTransport::tls
                                          : TrunkTransport::udp;
  const auto file = [&](std::string_view key) {
    const auto value = section.values.find(key);
    return reader.text(key, "").empty() || value == section.values.end() ? std::string() : config.resolve(value->second);
  };
  trunk.tls.name = plain(reader, "tls_name");
  trunk.tls.verify = reader.flag("tls_verify", true);
  trunk.tls.ca = file("tls_ca");
  trunk.tls.certificate = file("tls_certificate");
  trunk.tls.key = file("tls_key");
  if (trunk.tls.certificate.empty() != trunk.tls.key.empty()) reader.complain("tls_key", "tls_certificate and tls_key need each other");
}

void read_account(SectionReader& reader, TrunkSettings& trunk) {
  trunk.domain = plain(reader, "domain");
  trunk.user = plain(reader, "user");
  trunk.password = reader.text("password", "");
  trunk.registers = reader.flag("register", false);
  trunk.contact_user = plain(reader, "contact_user");
  trunk.expires = std::chrono::duration_cast<std::chrono::seconds>(reader.duration("register_expires", trunk.expires));
  if (trunk.expires < std::chrono::seconds(30) || trunk.expires > std::chrono::hours(24))
    reader.complain("register_expires", "must lie between 30 s and 24 h");
  if (trunk.registers && trunk.user.empty()) reader.complain("register", "needs \"user\"");
}

}  // namespace

TrunkSettings read_trunk(const Config& config, const ConfigSection& section, const std::vector<TrunkSettings>& others,
                         std::vector<std::string>& errors) {
  SectionReader reader(section, errors);
  reader.choice("type", "trunk", {"trunk"});
  TrunkSettings trunk;
  trunk.name = section.name;
  read_transport(reader, section, config, trunk);
  read_peers(reader, trunk);
  read_account(reader, trunk);
  trunk.context = reader.text("context", trunk.context);
  trunk.probe_up = reader.duration("probe_up", trunk.probe_up);
  trunk.probe_down = reader.duration("probe_down", trunk.probe_down);
  trunk.patience = reader.duration("patience", trunk.patience);
  if (trunk.probe_up < std::chrono::seconds(1)) reader.complain("probe_up", "must be 1 s or more");
  if (trunk.probe_down < std::chrono::milliseconds(500)) reader.complain("probe_down", "must be 500 ms or more");
  if (trunk.patience < std::chrono::milliseconds(200) || trunk.patience > std::chrono::seconds(30))
    reader.complain("patience", "must lie between 200 ms and 30 s");
  trunk.max_channels = static_cast<unsigned>(reader.integer("max_channels", 0, 0, 1'000'000));
  trunk.trust_identity = reader.flag("trust_identity", trunk.trust_identity);
  trunk.send_numbers = read_rules(reader, "send_numbers");
  trunk.called_numbers = read_rules(reader, "called_numbers");
  trunk.caller_numbers = read_rules(reader, "caller_numbers");
  read_endpoint(reader, trunk.endpoint);
  trunk.endpoint.redirects = false;
  for (const auto& other : others) {
    if (!trunk.address.empty() && other.address == trunk.address)
      reader.complain(reader.has("address") ? "address" : "peers", fmt::format("is that of trunk [{}] already", other.name));
  }
  reader.finish();
  return trunk;
}

}  // namespace tandem
