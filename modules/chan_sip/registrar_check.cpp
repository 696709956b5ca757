// What a REGISTER asks for, checked before anything is changed.
#include <algorithm>
#include <charconv>
#include <cstring>

#include "contact_uri.h"
#include "registrar_change.h"
#include "tandem/log.h"
#include "vendors/vendor.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr size_t kMaxCallId = 256, kMaxAgent = 128, kMaxInstance = 128, kMaxPath = 1024;

float quality(const char* text) {
  if (text == nullptr) return 1.0F;
  float value = 1.0F;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  return error == std::errc() && value >= 0.0F && value <= 1.0F ? value : 1.0F;
}

std::string shortened(const char* text) { return text != nullptr ? std::string(text, strnlen(text, kMaxAgent)) : std::string(); }

bool supports(const sip_t* sip, const char* option) { return sip->sip_supported != nullptr && sip_has_feature(sip->sip_supported, option); }

// Sofia-SIP sets a Path that it cannot read aside, and takes almost anything for a URI.
bool bad_path(const sip_t* sip) {
  for (const sip_path_t* hop = sip->sip_path; hop != nullptr; hop = hop->r_next) {
    if ((hop->r_url->url_type != url_sip && hop->r_url->url_type != url_sips) || hop->r_url->url_host == nullptr) return true;
  }
  for (const auto* h = reinterpret_cast<const sip_header_t*>(sip->sip_error); h != nullptr; h = h->sh_next) {
    if (h->sh_class == sip_path_class) return true;
    if (h->sh_class == sip_error_class && h->sh_error->er_name != nullptr && strcasecmp(h->sh_error->er_name, "Path") == 0) return true;
  }
  return false;
}

// "<urn:uuid:...>" in quotes, without both. What could leave a quoted string or a URI is nobody's name.
std::string instance_of(const sip_contact_t* contact) {
  const char* const text = msg_params_find(contact->m_params, "+sip.instance=");
  if (text == nullptr) return {};
  std::string_view value(text, strnlen(text, kMaxInstance + 8));
  for (const char wrap : {'"', '<'}) {
    const char close = wrap == '<' ? '>' : wrap;
    if (value.size() >= 2 && value.front() == wrap && value.back() == close) value = value.substr(1, value.size() - 2);
  }
  const bool plain = value.size() <= kMaxInstance && std::ranges::all_of(value, [](unsigned char c) {
                       return std::isalnum(c) != 0 || std::string_view(":-._~%+").find(static_cast<char>(c)) != std::string_view::npos;
                     });
  return plain ? std::string(value) : std::string();
}

// 0: none; nothing: not a number between 1 and 2^31 - 1.
std::optional<uint32_t> reg_id_of(const sip_contact_t* contact) {
  const char* const text = msg_params_find(contact->m_params, "reg-id=");
  if (text == nullptr) return 0;
  uint32_t value = 0;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  if (error != std::errc() || *end != '\0' || value == 0 || value > 0x7fffffffU) return {};
  return value;
}

// The phone names the same private address in Via and Contact, and its request has come from another: nobody reaches it at what it names.
bool translated(const sip_t* sip, const url_t* contact, const SocketAddress& source) {
  const sip_via_t* const via = sip->sip_via;
  if (via->v_next != nullptr || via->v_host == nullptr || contact->url_host == nullptr) return false;
  if (strcasecmp(via->v_host, contact->url_host) != 0) return false;
  const SocketAddress named = numeric_address(via->v_host, nullptr);
  return !named.empty() && named.host() != source.host();
}

// The proxy next to the phone says with ";ob" in its Path that it keeps the flow (RFC 5626 5.1).
bool first_hop_keeps_flows(const sip_t* sip, std::string_view path) {
  if (sip->sip_via->v_next == nullptr) return true;  // that is us
  const size_t last = path.rfind('<');
  return last != std::string_view::npos && path.find(";ob", last) != std::string_view::npos;
}

}  // namespace

// Where calls go when they come back to us, or to a gateway that does not ask them for a password, is not for a phone to say.
bool Registrar::is_ours(const SocketAddress& address) const {
  if (address.empty()) return false;
  const auto is = [&](const SocketAddress& other) { return other == address; };
  return std::ranges::any_of(own_.addresses, is) || std::ranges::any_of(settings_.trunks, is, &TrunkSettings::address);
}

Registrar::Answer Registrar::check(const sip_t* sip, const Source& source, std::vector<Change>& changes) const {
  if (sip->sip_contact == nullptr) return {};
  if (std::strlen(sip->sip_call_id->i_id) > kMaxCallId) return refuse(400, "Call-ID Too Long");
  if (bad_path(sip)) return refuse(400, "Bad Path Header");
  const std::string path = path_of(sip);
  if (path.size() > kMaxPath) return refuse(400, "Path Too Long");
  SocketAddress first;
  if (!path.empty()) first = numeric_address(sip->sip_path->r_url->url_host, sip->sip_path->r_url->url_port);
  if (is_ours(first)) return refuse(403, "Path Leads Back");
  unsigned flows = 0;
  for (const sip_contact_t* c = sip->sip_contact; c != nullptr; c = c->m_next) {
    if (changes.size() == settings_.contacts_per_device) return refuse(403, "Too Many Contacts");
    Change& change = changes.emplace_back();
    change.contact.path = path;
    change.contact.address = first;
    if (const Answer answer = check_contact(sip, c, source, change); answer.status != 200) return answer;
    flows += change.contact.reg_id != 0 ? 1 : 0;
  }
  if (flows > 1) return refuse(400, "One Flow A Request");  // RFC 5626 4.2.1
  Answer answer;
  answer.outbound = flows == 1;
  return answer;
}

Registrar::Answer Registrar::check_contact(const sip_t* sip, const sip_contact_t* c, const Source& source, Change& change) const {
  const Vendor& vendor = vendor_named(source.device.vendor);
  if (const std::string other = vendor.device_name(c); !other.empty() && other != source.device.name)
    kLog.line(LogLevel::notice, "{} registers from a phone that calls itself {}", source.device.name, other);
  const url_t* const url = c->m_url;
  const bool named_by_sip = url->url_type == url_sip || (url->url_type == url_sips && source.flow != 0);
  if (!named_by_sip || url->url_host == nullptr || *url->url_host == '\0' || url->url_headers != nullptr) {
    return refuse(400, "Contact Must Be A SIP Address");
  }
  const auto expires = asked_for(sip, c);
  if (expires.count() > 0 && expires < settings_.register_min) {
    Answer brief = refuse(423, "Interval Too Brief");
    brief.min_expires = static_cast<unsigned>(settings_.register_min.count());
    return brief;
  }
  change.remove = expires.count() == 0;
  Contact& contact = change.contact;
  contact.uri = uri_text(url);
  if (contact.uri.empty()) return refuse(400, "Contact Too Long");
  if (const Answer answer = check_instance(sip, c, contact); answer.status != 200) return answer;
  const SocketAddress named = numeric_address(url->url_host, url->url_port);
  if (is_ours(named) && !change.remove) return refuse(403, "Contact Leads Back");
  if (contact.path.empty()) contact.address = named;
  contact.received = source.address;
  contact.nat = contact.path.empty() && translated(sip, url, source.address);
  const std::string by = transport_of(url);
  contact.bound = source.flow != 0 && by != "udp" && contact.path.empty();
  contact.flow = contact.bound ? source.flow : 0;
  contact.tcp = contact.bound || by == "tcp";
  contact.lines = vendor.bulk_lines();
  contact.expires = loop_.clock().now() + std::min<std::chrono::seconds>(expires, settings_.register_max);
  contact.user_agent = shortened(sip->sip_user_agent != nullptr ? sip->sip_user_agent->g_string : nullptr);
  contact.firmware = vendor.firmware(sip);
  contact.call_id = sip->sip_call_id->i_id;
  contact.cseq = sip->sip_cseq->cs_seq;
  contact.q = quality(c->m_q);
  return {};
}

// Which phone it is, and over which of its flows it comes (RFC 5626 6; who does not say "outbound" means nothing by reg-id).
Registrar::Answer Registrar::check_instance(const sip_t* sip, const sip_contact_t* c, Contact& contact) const {
  contact.instance = instance_of(c);
  if (contact.instance.empty()) return {};
  const auto reg_id = reg_id_of(c);
  if (!reg_id) return refuse(400, "Bad reg-id");
  if (*reg_id != 0 && supports(sip, "outbound")) {
    if (!first_hop_keeps_flows(sip, contact.path)) return refuse(439, "First Hop Lacks Outbound Support");
    contact.reg_id = *reg_id;
  }
  if (supports(sip, "gruu")) contact.gruu = GruuSeed::make();
  return {};
}

// The contact's own parameter, else the header, else ours. What cannot be read counts as not said (RFC 3261 10.2.1.1 says 3600; ours is
// that).
std::chrono::seconds Registrar::asked_for(const sip_t* sip, const sip_contact_t* contact) const {
  if (contact->m_expires != nullptr) {
    uint32_t value = 0;
    const char* const end = contact->m_expires + std::strlen(contact->m_expires);
    const auto [stop, error] = std::from_chars(contact->m_expires, end, value);
    if (error == std::errc::result_out_of_range) return settings_.register_max;
    return error == std::errc() && stop == end ? std::chrono::seconds(value) : settings_.register_default;
  }
  const sip_expires_t* const header = sip->sip_expires;
  if (header == nullptr || header->ex_date != 0) return settings_.register_default;
  return std::chrono::seconds(std::min<unsigned long>(header->ex_delta, 0xffffffffUL));
}

}  // namespace tandem
