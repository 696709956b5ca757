#include "commands.h"

#include <fmt/format.h>

#include <algorithm>

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

Json show_peers(const SipCommands& c) {
  Json rows = Json::array();
  for (const auto& trunk : c.settings.trunks) {
    rows.push_back({{"peer", trunk.name}, {"kind", "trunk"}, {"model", ""}, {"address", trunk.address.to_string()}, {"contacts", 1}});
  }
  std::string last;
  for (const auto& [name, contact] : sorted_contacts(c)) {
    if (name == last) {
      rows.back()["contacts"] = rows.back()["contacts"].get<int>() + 1;
      continue;
    }
    last = name;
    const auto device = c.directory.device(name);
    const SocketAddress hop = Registrar::next_hop(contact, device && device->behind_nat);
    rows.push_back({{"peer", name},
                    {"kind", "phone"},
                    {"model", device ? device->model : "(no longer known)"},
                    {"address", hop.to_string()},
                    {"contacts", 1}});
  }
  return rows;
}

Json show_registrations(const SipCommands& c) {
  Json rows = Json::array();
  for (const auto& [name, contact] : sorted_contacts(c)) {
    rows.push_back({{"device", name},
                    {"contact", contact.uri},
                    {"received", contact.received.to_string()},
                    {"expires", seconds_left(c, contact)},
                    {"user_agent", contact.user_agent}});
  }
  return rows;
}

Json show_settings(const SipCommands& c) {
  const SipSettings& s = c.settings;
  Json trunks = Json::array();
  for (const auto& trunk : s.trunks) trunks.push_back(trunk.name);
  return {{"udp", c.stack.bound().to_string()},
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
  adder.add("sip show peers", "", "Trunks, and phones that are registered now.",
            [c](const Arguments&, ConsoleReply reply) { reply(show_peers(c)); });
  adder.add("sip show registrations", "", "Every contact of every phone, and for how many seconds it stands.",
            [c](const Arguments&, ConsoleReply reply) { reply(show_registrations(c)); });
  adder.add("sip show settings", "", "What sip.ini has come to, with the addresses that are served.",
            [c](const Arguments&, ConsoleReply reply) { reply(show_settings(c)); });
  adder.add("sip debug on", "[FILTER]", "Trace SIP messages, all or those with a device, number, Call-ID or address in them.",
            [c](const Arguments& args, ConsoleReply reply) {
              if (args.size() > 1) return reply(Error{ErrorCode::invalid, "one filter at most"});
              c.trace.start(args.empty() ? "" : args[0]);
              reply(Json(args.empty() ? "tracing every SIP message" : fmt::format("tracing SIP messages that contain \"{}\"", args[0])));
            });
  adder.add("sip debug off", "", "Stop tracing; what was traced can still be shown.", [c](const Arguments&, ConsoleReply reply) {
    c.trace.stop();
    reply(Json(fmt::format("not tracing; {} messages are kept", c.trace.messages().size())));
  });
  adder.add("sip show ladder", "[CALL-ID ...]", "The traced messages of a call's legs, or all of them, as a ladder.",
            [c](const Arguments& args, ConsoleReply reply) { reply(Json(c.trace.ladder(args))); });
  return adder.result();
}

}  // namespace tandem
