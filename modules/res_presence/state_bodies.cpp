#include "state_bodies.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace tandem {
namespace {

constexpr size_t kMostLines = 50;  // of one person; a body must fit into a datagram

std::string_view host_of(std::string_view entity) {
  const size_t at = entity.rfind('@');
  return at == std::string_view::npos ? std::string_view("invalid") : entity.substr(at + 1);
}

std::string uri_user(std::string_view user) {
  std::string out;
  for (const unsigned char c : user) {
    if (std::isalnum(c) != 0 || std::string_view("-_.!~*'()+$,/").find(static_cast<char>(c)) != std::string_view::npos) {
      out += static_cast<char>(c);
    } else {
      out += fmt::format("%{:02X}", c);
    }
  }
  return out;
}

bool shown(const Line& line, ShowParties parties) {
  if (line.other.restricted || line.other.number.empty()) return false;
  return parties == ShowParties::always || (parties == ShowParties::ringing && line.state == Line::State::early);
}

void add_party(std::string& xml, std::string_view role, std::string_view name, std::string_view uri, bool holds) {
  const std::string display = xml_text(name), address = xml_text(uri);
  xml += fmt::format("<{}><identity{}>{}</identity><target uri=\"{}\">", role,
                     display.empty() ? "" : fmt::format(" display=\"{}\"", display), address, address);
  if (holds) xml += "<param pname=\"+sip.rendering\" pval=\"no\"/>";
  xml += fmt::format("</target></{}>", role);
}

void add_dialog(std::string& xml, std::string_view entity, const Line& line, ShowParties parties, bool own) {
  const std::string_view state = line.state == Line::State::confirmed ? "confirmed" : line.state == Line::State::early ? "early" : "trying";
  xml += fmt::format("<dialog id=\"c{}\"", line.channel);
  // To pick up is to know the dialog's name; a conversation is nobody else's to take.
  const bool rings = line.state == Line::State::early && !line.initiator;
  if (line.dialog && (rings || (own && line.open))) {
    xml += fmt::format(" call-id=\"{}\" local-tag=\"{}\" remote-tag=\"{}\"", xml_text(line.dialog->call_id),
                       xml_text(line.dialog->remote_tag), xml_text(line.dialog->local_tag));
  }
  xml += fmt::format(" direction=\"{}\"><state>{}</state>", line.initiator ? "initiator" : "recipient", state);
  add_party(xml, "local", "", entity, line.holds);
  if (shown(line, parties) || (own && line.open && !line.other.restricted && !line.other.number.empty()))
    add_party(xml, "remote", line.other.name, fmt::format("sip:{}@{}", uri_user(line.other.number), host_of(entity)), false);
  xml += "</dialog>\n";
}

/// A phone that has been called and does not ring yet does nothing that anybody could see.
bool visible(const Line& line) { return line.initiator || line.state != Line::State::trying; }

bool any(const std::vector<const Line*>& lines, Line::State state) {
  return std::any_of(lines.begin(), lines.end(), [&](const Line* line) { return line->state == state && visible(*line); });
}

}  // namespace

std::string xml_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      default:
        if (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f) out += c;
    }
  }
  return out;
}

std::string dialog_info(std::string_view entity, unsigned version, const std::vector<const Line*>& lines, ShowParties parties, bool own) {
  std::string xml = fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"{}\" state=\"full\" entity=\"{}\">\n",
      version, xml_text(entity));
  for (size_t i = 0; i < std::min(lines.size(), kMostLines); ++i) {
    if (visible(*lines[i])) add_dialog(xml, entity, *lines[i], parties, own);
  }
  return xml + "</dialog-info>\n";
}

std::string pidf(std::string_view entity, const std::vector<const Line*>& lines) {
  const bool talks = any(lines, Line::State::confirmed) || any(lines, Line::State::trying);
  const bool rings = any(lines, Line::State::early);
  const std::string_view note = talks ? "On the phone" : rings ? "Ringing" : "Available";
  const std::string_view activity = talks ? "<rpid:on-the-phone/>" : rings ? "<ce:alerting/>" : "";
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:data-model\""
      " xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\" xmlns:ce=\"urn:cisco:params:xml:ns:pidf:rpid\" entity=\"{}\">\n"
      "<tuple id=\"line\"><status><basic>open</basic></status><contact>{}</contact><note>{}</note></tuple>\n"
      "<dm:person id=\"person\"><rpid:activities>{}</rpid:activities></dm:person>\n</presence>\n",
      xml_text(entity), xml_text(entity), note, activity);
}

std::string message_summary(const MessageCounts& counts, std::string_view account) {
  std::string text = fmt::format("Messages-Waiting: {}\r\n", counts.fresh > 0 ? "yes" : "no");
  if (!account.empty()) text += fmt::format("Message-Account: {}\r\n", account);
  return text + fmt::format("Voice-Message: {}/{} ({}/{})\r\n", counts.fresh, counts.heard, counts.urgent_fresh, counts.urgent_heard);
}

}  // namespace tandem
