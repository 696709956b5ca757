#include "commands.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "vendors/vendor.h"

namespace tandem {
namespace {

int64_t seconds_left(const SipCommands& c, const Contact& contact) {
  return std::max<int64_t>(0, std::chrono::ceil<std::chrono::seconds>(contact.expires - c.loop.clock().now()).count());
}

/// Everything that is registered, by device name.
std::vector<std::pair<std::string, Contact>> sorted_contacts(const SipCommands& c) {
  std::vector<std::pair<std::string, Contact>> all;
  c.registrar.for_each([&all](const std::string& device, const Contact& contact) { all.emplace_back(device, contact); });
  std::ranges::stable_sort(all, {}, &std::pair<std::string, Contact>::first);
  return all;
}

constexpr size_t kPage = 1000;

std::string_view state_of(const std::vector<Contact>& contacts) {
  if (contacts.empty()) return "not registered";
  return std::ranges::all_of(contacts, &Contact::expected) ? "expected" : "registered";
}

Json phone_row(const SipCommands& c, const Device& device) {
  const auto known = c.registrar.contacts(device.name);
  const std::vector<Contact> contacts = known ? *known : std::vector<Contact>();
  const Vendor& vendor = vendor_named(device.vendor);
  const std::string said = contacts.empty() ? "" : vendor.model(contacts.front().user_agent);
  return {{"peer", device.name},
          {"kind", "phone"},
          {"family", vendor.name()},
          {"model", said.empty() ? device.model : said},
          {"state", state_of(contacts)},
          {"address", contacts.empty() ? "" : Registrar::next_hop(contacts.front(), device.behind_nat).to_string()},
          {"contacts", contacts.size()}};
}

Json trunk_row(const TrunkSettings& trunk) {
  return {{"peer", trunk.name},
          {"kind", "trunk"},
          {"family", ""},
          {"model", ""},
          {"state", "see sip show trunks"},
          {"address", trunk.address.to_string()},
          {"contacts", 1}};
}

Json show_peers(const SipCommands& c, const std::string& after) {
  Json rows = Json::array();
  for (const auto& trunk : c.settings.trunks) rows.push_back(trunk_row(trunk));
  for (const auto& device : c.directory.devices(after, kPage)) rows.push_back(phone_row(c, *device));
  return rows;
}

std::string_view name_of(IdentityHeaders which) {
  constexpr std::array<std::string_view, 4> kNames{"none", "pai", "rpid", "both"};
  return kNames[static_cast<size_t>(which)];
}

Result<Json> show_peer(const SipCommands& c, const std::string& name) {
  const EndpointSettings& wishes = c.settings.endpoint(name);
  const auto device = c.directory.device(name);
  const TrunkSettings* const trunk = c.settings.trunk(name);
  if (trunk == nullptr && device == nullptr) return Error{ErrorCode::not_found, fmt::format("there is no phone or trunk \"{}\"", name)};
  Json peer = trunk != nullptr ? trunk_row(*trunk) : phone_row(c, *device);
  peer["identity"] = name_of(wishes.identity);
  peer["dtmf"] = wishes.digits == DigitsBy::info ? "info" : "rfc4733";
  peer["redirects"] = wishes.redirects;
  if (trunk != nullptr) return peer;
  peer["site"] = device->site;
  peer["behind_nat"] = device->behind_nat;
  const auto contacts = c.registrar.contacts(name);
  if (!contacts) return peer;
  peer["user_agent"] = contacts->front().user_agent;
  peer["firmware"] = contacts->front().firmware;
  for (size_t i = 0; i < contacts->size(); ++i) {
    const Contact& contact = (*contacts)[i];
    peer[fmt::format("contact {}", i + 1)] = fmt::format("{} from {}, {}, {} s left", contact.uri, contact.received.to_string(),
                                                         contact.expected() ? "expected" : "reachable", seconds_left(c, contact));
  }
  return peer;
}

// "udp", "tcp", "tls", "ws", "wss": what a contact is reached by.
std::string reached_by(const SipCommands& c, const Contact& contact) {
  if (!contact.bound) return contact.tcp ? "tcp (connects)" : "udp";
  const Flow* const flow = c.stack.flows().find(contact.flow);
  std::string by(flow != nullptr ? flow->transport() : "connection");
  for (char& letter : by) letter = static_cast<char>(std::tolower(static_cast<unsigned char>(letter)));
  return by;
}

Json show_registrations(const SipCommands& c) {
  Json rows = Json::array();
  for (const auto& [name, contact] : sorted_contacts(c)) {
    rows.push_back({{"device", name},
                    {"contact", contact.uri},
                    {"received", contact.received.to_string()},
                    {"by", reached_by(c, contact)},
                    {"state", contact.expected() ? "expected" : "reachable"},
                    {"expires", seconds_left(c, contact)},
                    {"user_agent", contact.user_agent}});
  }
  return rows;
}

// TCP alone, or what came by the edge.
Json show_flows(const SipCommands& c, bool edge) {
  std::vector<Flow> flows;
  c.stack.flows().for_each([&flows, edge](const Flow& flow) {
    if ((flow.edge != nullptr) == edge) flows.push_back(flow);
  });
  std::ranges::sort(flows, {}, &Flow::id);
  const Instant now = c.loop.clock().now();
  const auto age = [now](Instant then) { return std::chrono::duration_cast<std::chrono::seconds>(now - then).count(); };
  Json rows = Json::array();
  for (const auto& flow : flows) {
    rows.push_back({{"connection", flow.id},
                    {"peer", flow.peer.to_string()},
                    {"made by", flow.accepted ? "them" : "us"},
                    {"for seconds", age(flow.since)},
                    {"heard before", age(flow.heard)},
                    {"messages", flow.messages},
                    {"contacts", flow.held}});
    if (!edge) continue;
    Json& row = rows.back();
    const EdgePeer& peer = *flow.edge;
    row.erase("made by");
    row["transport"] = flow.transport();
    row["door"] = peer.listener;
    row["tls"] = peer.version.empty() ? "" : peer.version + " " + peer.cipher;
    row["certificate"] = !peer.certificate ? "" : (peer.certificate->trusted ? "" : "untrusted: ") + peer.certificate->subject;
  }
  return rows;
}

Json show_settings(const SipCommands& c) {
  const SipSettings& s = c.settings;
  Json trunks = Json::array();
  for (const auto& trunk : s.trunks) trunks.push_back(trunk.name);
  Json doors = Json::array();
  for (const auto& door : s.doors) doors.push_back(door.section);
  return {{"udp", c.stack.bound().to_string()},
          {"tcp", s.tcp.enabled ? c.stack.bound_tcp().to_string() : "not served"},
          {"tcp_connections", s.tcp.connections},
          {"tcp_connections_per_source", s.tcp.connections_per_source},
          {"tcp_idle", s.tcp.idle.count()},
          {"tcp_message_time", s.tcp.message_time.count()},
          {"doors", doors},
          {"contact", c.stack.contact_host_port()},
          {"realm", s.realm},
          {"domain", s.domain.empty() ? c.stack.contact_host() : s.domain},
          {"user_agent", s.user_agent},
          {"register_min", s.register_min.count()},
          {"register_default", s.register_default.count()},
          {"register_max", s.register_max.count()},
          {"contacts_per_device", s.contacts_per_device},
          {"max_message", s.max_message},
          {"max_sessions", s.max_sessions},
          {"nonce_lifetime", s.nonce_lifetime.count()},
          {"source_rate", s.source_rate},
          {"source_burst", s.source_burst},
          {"trunks", trunks}};
}

using Arguments = std::vector<std::string>;

class Adder {
 public:
  explicit Adder(Console& console) : console_(console) {}
  void add(std::string words, std::string arguments, std::string help, UniqueFunction<void(const Arguments&, ConsoleReply)> run) {
    if (failed_) return;
    auto added = console_.add({std::move(words), std::move(arguments), std::move(help), std::move(run)});
    if (added) {
      registrations_.push_back(std::move(*added));
    } else {
      error_ = added.error();
      failed_ = true;
    }
  }
  Result<std::vector<Registration>> result() {
    if (failed_) return error_;
    return std::move(registrations_);
  }

 private:
  Console& console_;
  std::vector<Registration> registrations_;
  Error error_;
  bool failed_ = false;
};

}  // namespace

Result<std::vector<Registration>> add_sip_commands(SipCommands c) {
  Adder adder(c.console);
  adder.add("sip show peers", "[AFTER]",
            "Trunks and phones, registered or not; of very many a page of 1000, those whose names come after AFTER.",
            [c](const Arguments& args, ConsoleReply reply) {
              if (args.size() > 1) return reply(Error{ErrorCode::invalid, "one name at most"});
              reply(show_peers(c, args.empty() ? "" : args[0]));
            });
  adder.add("sip show peer", "NAME", "All about one phone or trunk.", [c](const Arguments& args, ConsoleReply reply) {
    if (args.size() != 1) return reply(Error{ErrorCode::invalid, "name one phone or trunk"});
    reply(show_peer(c, args[0]));
  });
  adder.add("sip show registrations", "", "Every contact of every phone, and for how many seconds it stands.",
            [c](const Arguments&, ConsoleReply reply) { reply(show_registrations(c)); });
  adder.add("sip show tcp", "", "TCP connections: whose, how old, and how many contacts are reached by each.",
            [c](const Arguments&, ConsoleReply reply) { reply(show_flows(c, false)); });
  adder.add("sip show flows", "", "Connections over TLS and WebSockets: whose, by which door, with which TLS and certificate.",
            [c](const Arguments&, ConsoleReply reply) { reply(show_flows(c, true)); });
  adder.add("sip show settings", "", "What sip.ini has come to, with the addresses that are served.",
            [c](const Arguments&, ConsoleReply reply) { reply(show_settings(c)); });
  adder.add("sip debug on", "[device NAME | call ID | address ADDRESS | WORD]",
            "Trace SIP messages: all, those of a device or number, of a call (its Call-ID, or our own id), to and from an address, or with "
            "a word.",
            [c](const Arguments& args, ConsoleReply reply) {
              auto filter = TraceFilter::parse(args);
              if (!filter) return reply(filter.error());
              c.trace.start(std::move(*filter));
              reply(Json("tracing " + c.trace.filter().describe()));
            });
  adder.add("sip debug off", "", "Stop tracing; what was traced can still be shown.", [c](const Arguments&, ConsoleReply reply) {
    c.trace.stop();
    reply(Json(fmt::format("not tracing; {} messages are kept", c.trace.messages().size())));
  });
  const auto shown = [](Result<std::string> made) { return made ? Result<Json>(Json(*made)) : Result<Json>(made.error()); };
  adder.add("sip show ladder", "[ID ...]", "The traced messages of a call (by our id or its Call-IDs), or all of them, as a ladder.",
            [c, shown](const Arguments& args, ConsoleReply reply) { reply(shown(c.trace.ladder(args))); });
  adder.add("sip show svg", "[ID ...]", "The same as a picture: tandem -x \"sip show svg C-00a1f3c2b8\" > call.svg",
            [c, shown](const Arguments& args, ConsoleReply reply) { reply(shown(c.trace.svg(args))); });
  return adder.result();
}

}  // namespace tandem
