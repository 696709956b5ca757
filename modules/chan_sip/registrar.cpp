#include "registrar.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <iterator>

#include "tandem/log.h"
#include "vendors/vendor.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");
constexpr size_t kMaxUri = 512, kMaxCallId = 256, kMaxAgent = 128;

Registrar::Answer refuse(int status, const char* phrase) { return {status, phrase, false, 0}; }

std::string transport(const url_t* url) {
  char value[16] = {};
  if (url->url_params != nullptr) url_param(url->url_params, "transport", value, sizeof value);
  for (char& c : value) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return value;
}

/// One URI at hand, parsed once however often it is compared.
class ParsedUri {
 public:
  explicit ParsedUri(const std::string& text) : text_(text) {}
  ~ParsedUri() { su_home_deinit(home_); }
  ParsedUri(const ParsedUri&) = delete;
  ParsedUri& operator=(const ParsedUri&) = delete;

  /// RFC 3261 19.1.4 as far as it matters here: scheme, user, host, port and transport.
  bool same_as(const std::string& other) {
    if (text_ == other) return true;
    const url_t* const a = url();
    const url_t* const b = url_make(home_, other.c_str());
    return a != nullptr && b != nullptr && url_cmp(a, b) == 0 && transport(a) == transport(b);
  }

 private:
  const url_t* url() {
    if (url_ == nullptr) url_ = url_make(home_, text_.c_str());
    return url_;
  }
  const std::string& text_;
  su_home_t home_[1] = {SU_HOME_INIT(home_)};
  const url_t* url_ = nullptr;
};

float quality(const char* text) {
  if (text == nullptr) return 1.0F;
  float value = 1.0F;
  const auto [end, error] = std::from_chars(text, text + std::strlen(text), value);
  return error == std::errc() && value >= 0.0F && value <= 1.0F ? value : 1.0F;
}

std::string uri_text(const url_t* url) {
  char buffer[kMaxUri];
  const issize_t length = url_e(buffer, sizeof buffer, url);
  return length > 0 && static_cast<size_t>(length) < sizeof buffer ? std::string(buffer, static_cast<size_t>(length)) : std::string();
}

std::string shortened(const char* text) { return text != nullptr ? std::string(text, strnlen(text, kMaxAgent)) : std::string(); }

}  // namespace

/// One Contact of a request, checked.
struct Registrar::Change {
  Contact contact;
  bool remove = false;
};

SocketAddress numeric_address(const char* host, const char* port) {
  if (host == nullptr) return {};
  std::string_view name(host);
  if (name.size() > 2 && name.front() == '[' && name.back() == ']') name = name.substr(1, name.size() - 2);
  uint16_t number = 5060;
  if (port != nullptr && *port != '\0') {
    const auto [end, error] = std::from_chars(port, port + std::strlen(port), number);
    if (error != std::errc() || *end != '\0' || number == 0) return {};
  }
  auto address = SocketAddress::from(name, number);
  if (!address || address->is_unspecified()) return {};
  if (address->family() == AF_INET) {
    const auto octets = ntohl(reinterpret_cast<const sockaddr_in*>(address->sa())->sin_addr.s_addr);
    if (octets >= 0xe0000000) return {};  // multicast, reserved, broadcast
  } else if (IN6_IS_ADDR_MULTICAST(&reinterpret_cast<const sockaddr_in6*>(address->sa())->sin6_addr)) {
    return {};
  }
  return *address;
}

Registrar::Registrar(Loop& loop, Events& events, const SipSettings& settings, ContactStore* store, Flows& flows)
    : loop_(loop), events_(events), settings_(settings), store_(store), flows_(flows), timer_(loop) {
  if (store_ == nullptr) return;
  auto kept = store_->load();
  if (!kept) {
    kLog.line(LogLevel::error, "{}", kept.error().message);
    return;
  }
  su_home_t home[1] = {SU_HOME_INIT(home)};
  for (auto& k : *kept) {
    if (const url_t* const url = url_make(home, k.contact.uri.c_str())) {
      k.contact.address = numeric_address(url->url_host, url->url_port);
      k.contact.tcp = k.contact.bound || transport(url) == "tcp";
    }
    const auto it = devices_.try_emplace(k.device).first;
    it->second.contacts.push_back(std::move(k.contact));
    ++bindings_;
  }
  su_home_deinit(home);
  for (auto it = devices_.begin(); it != devices_.end(); ++it) {
    const auto& contacts = it->second.contacts;
    it->second.due = std::ranges::min(contacts, {}, &Contact::expires).expires;
    expiries_.emplace(it->second.due, &it->first);
  }
  arm();
  if (bindings_ > 0) kLog.line(LogLevel::notice, "{} contacts of {} devices are known from before", bindings_, devices_.size());
}

void Registrar::reconfigure(const SipSettings& settings) { settings_ = settings; }

Registrar::~Registrar() {
  for (const auto& [flow, device] : on_flow_) flows_.release(flow);
}

Registrar::Answer Registrar::handle(const Device& device, const sip_t* sip, const SocketAddress& source, FlowId flow) {
  const char* const user = sip->sip_to->a_url->url_user;
  if (user == nullptr || device.name != user) return refuse(403, "Not Your Address Of Record");
  std::vector<Change> changes;
  const sip_contact_t* const contact = sip->sip_contact;
  if (contact != nullptr && contact->m_url->url_type == url_any) {
    const bool alone =
        contact->m_next == nullptr && sip->sip_expires != nullptr && sip->sip_expires->ex_delta == 0 && sip->sip_expires->ex_date == 0;
    if (!alone) return refuse(400, "Contact * Needs Expires 0");
  } else if (const Answer answer = check(sip, {device, source, flow}, changes); answer.status != 200) {
    return answer;
  }
  if (contact == nullptr) return {};
  const auto it = devices_.find(std::string_view(device.name));
  if (it != devices_.end()) {
    // RFC 3261 10.3 step 7: what is older than what we know must not undo it; what is equal is a retransmission of it.
    for (const auto& known : it->second.contacts) {
      if (known.call_id != sip->sip_call_id->i_id) continue;
      if (sip->sip_cseq->cs_seq < known.cseq) return refuse(500, "Out Of Order");
      if (sip->sip_cseq->cs_seq == known.cseq) return {};
    }
  }
  if (contact->m_url->url_type == url_any) {
    remove_all(device.name);
  } else {
    apply(device.name, changes);
  }
  return {};
}

Registrar::Answer Registrar::check(const sip_t* sip, const Source& source, std::vector<Change>& changes) const {
  if (sip->sip_contact != nullptr && std::strlen(sip->sip_call_id->i_id) > kMaxCallId) return refuse(400, "Call-ID Too Long");
  for (const sip_contact_t* c = sip->sip_contact; c != nullptr; c = c->m_next) {
    if (changes.size() == settings_.contacts_per_device) return refuse(403, "Too Many Contacts");
    if (const Answer answer = check_contact(sip, c, source, changes.emplace_back()); answer.status != 200) return answer;
  }
  return {};
}

Registrar::Answer Registrar::check_contact(const sip_t* sip, const sip_contact_t* c, const Source& source, Change& change) const {
  const Vendor& vendor = vendor_named(source.device.vendor);
  if (const std::string other = vendor.device_name(c); !other.empty() && other != source.device.name)
    kLog.line(LogLevel::notice, "{} registers from a phone that calls itself {}", source.device.name, other);
  const url_t* const url = c->m_url;
  const bool named = url->url_type == url_sip || (url->url_type == url_sips && source.flow != 0);
  if (!named || url->url_host == nullptr || *url->url_host == '\0' || url->url_headers != nullptr) {
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
  contact.address = numeric_address(url->url_host, url->url_port);
  contact.received = source.address;
  const std::string by = transport(url);
  contact.bound = source.flow != 0 && by != "udp";
  contact.flow = contact.bound ? source.flow : 0;
  contact.tcp = contact.bound || by == "tcp";
  contact.expires = loop_.clock().now() + std::min<std::chrono::seconds>(expires, settings_.register_max);
  contact.user_agent = shortened(sip->sip_user_agent != nullptr ? sip->sip_user_agent->g_string : nullptr);
  contact.firmware = vendor.firmware(sip);
  contact.call_id = sip->sip_call_id->i_id;
  contact.cseq = sip->sip_cseq->cs_seq;
  contact.q = quality(c->m_q);
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

void Registrar::apply(std::string_view device, std::vector<Change>& changes) {
  auto it = devices_.find(device);
  if (it == devices_.end()) {
    if (std::ranges::all_of(changes, &Change::remove)) return;
    it = devices_.try_emplace(std::string(device)).first;
  }
  std::vector<Contact>& contacts = it->second.contacts;
  for (auto& change : changes) {
    ParsedUri uri(change.contact.uri);
    const auto known = std::ranges::find_if(contacts, [&](const Contact& c) { return uri.same_as(c.uri); });
    if (known != contacts.end()) {
      detach(it->first, *known);
      contacts.erase(known);
      --bindings_;
    }
    if (change.remove) continue;
    // A phone that comes back over another connection has a new port, too: what it had before the old one went is no second phone.
    if (change.contact.bound) {
      bindings_ -= std::erase_if(contacts, [&](const Contact& c) {
        return c.expected() && (c.call_id == change.contact.call_id || c.received.host() == change.contact.received.host());
      });
    }
    // A phone that takes a new port at each start must not lock itself out: the oldest goes.
    if (contacts.size() == settings_.contacts_per_device) {
      detach(it->first, contacts.front());
      contacts.erase(contacts.begin());
      --bindings_;
    }
    contacts.push_back(std::move(change.contact));
    attach(it->first, contacts.back());
    ++bindings_;
  }
  changed(it, "unregistered");
}

void Registrar::remove_all(std::string_view device) {
  const auto it = devices_.find(device);
  if (it == devices_.end()) return;
  bindings_ -= it->second.contacts.size();
  for (const auto& contact : it->second.contacts) detach(it->first, contact);
  it->second.contacts.clear();
  changed(it, "unregistered");
}

// The one place that follows a change of a device's contacts: its place in the queue, the disk, the events.
void Registrar::changed(Devices::iterator it, std::string_view why) {
  const std::string& device = it->first;
  Registered& registered = it->second;
  const bool is_new = registered.due == Instant{};
  expiries_.erase({registered.due, &device});
  if (store_ != nullptr) store_->save(device, registered.contacts);
  if (registered.contacts.empty()) {
    const auto gone = devices_.extract(it);  // its name lives on for the event
    arm();
    if (!is_new) events_.publish(DeviceUnregistered{gone.key(), why});
    return;
  }
  registered.due = std::ranges::min(registered.contacts, {}, &Contact::expires).expires;
  expiries_.emplace(registered.due, &device);
  arm();
  if (is_new) events_.publish(DeviceRegistered{device, registered.contacts.back()});
}

void Registrar::attach(const std::string& device, const Contact& contact) {
  if (contact.flow == 0) return;
  flows_.hold(contact.flow);
  on_flow_.emplace(contact.flow, device);
}

void Registrar::detach(const std::string& device, const Contact& contact) {
  if (contact.flow == 0) return;
  flows_.release(contact.flow);
  const auto [first, last] = on_flow_.equal_range(contact.flow);
  const auto one = std::find_if(first, last, [&](const auto& entry) { return entry.second == device; });
  if (one != last) on_flow_.erase(one);
}

void Registrar::flow_gone(FlowId flow) {
  const auto [first, last] = on_flow_.equal_range(flow);
  for (auto one = first; one != last; ++one) {
    const auto it = devices_.find(std::string_view(one->second));
    if (it == devices_.end()) continue;
    for (auto& contact : it->second.contacts) {
      if (contact.flow == flow) contact.flow = 0;
    }
    kLog.line(LogLevel::info, "{}: its connection has gone, it is expected back", one->second);
  }
  on_flow_.erase(first, last);
}

void Registrar::seen(const std::string& device, const sip_t* sip, const SocketAddress& source, FlowId flow) {
  const auto it = devices_.find(std::string_view(device));
  if (flow == 0 || it == devices_.end()) return;
  const std::string shown = sip->sip_contact != nullptr ? uri_text(sip->sip_contact->m_url) : "";
  for (auto& contact : it->second.contacts) {
    const bool same = contact.uri == shown || contact.received.host() == source.host();
    if (!contact.expected() || !same) continue;
    contact.flow = flow;
    contact.received = source;
    attach(it->first, contact);
    kLog.line(LogLevel::info, "{} is back at {}", device, source.to_string());
  }
}

// One timer for all; it fires on whole seconds, so that many phones that expire at almost the same time cost one wake-up.
void Registrar::arm() {
  if (expiries_.empty()) {
    timer_.stop();
    return;
  }
  const Instant due = std::chrono::ceil<std::chrono::seconds>(expiries_.begin()->first);
  if (timer_.running() && armed_for_ == due) return;
  armed_for_ = due;
  timer_.start(due - loop_.clock().now(), [this] { sweep(); });
}

void Registrar::sweep() {
  const Instant now = loop_.clock().now();
  while (!expiries_.empty() && expiries_.begin()->first <= now) {
    const auto it = devices_.find(std::string_view(*expiries_.begin()->second));
    bindings_ -= std::erase_if(it->second.contacts, [&](const Contact& c) {
      if (c.expires > now) return false;
      detach(it->first, c);
      return true;
    });
    changed(it, "expired");
  }
  arm();
}

std::string Registrar::contact_headers(std::string_view device) const {
  const auto it = devices_.find(device);
  if (it == devices_.end()) return {};
  const Instant now = loop_.clock().now();
  std::string text;
  for (const auto& contact : it->second.contacts) {
    const auto left = std::chrono::ceil<std::chrono::seconds>(contact.expires - now).count();
    fmt::format_to(std::back_inserter(text), "{}<{}>;expires={}", text.empty() ? "" : ", ", contact.uri, std::max<int64_t>(left, 0));
    if (contact.q < 1.0F) fmt::format_to(std::back_inserter(text), ";q={:.3g}", contact.q);
  }
  return text;
}

Result<std::vector<Contact>> Registrar::contacts(std::string_view device) const {
  const auto it = devices_.find(device);
  if (it == devices_.end()) return Error{ErrorCode::unavailable, fmt::format("{} is not registered", device)};
  std::vector<Contact> best(it->second.contacts.rbegin(), it->second.contacts.rend());
  std::ranges::stable_sort(best, std::greater<>(), &Contact::q);
  return best;
}

SocketAddress Registrar::next_hop(const Contact& contact, bool behind_nat) {
  return behind_nat || contact.address.empty() ? contact.received : contact.address;
}

void Registrar::for_each(const std::function<void(const std::string& device, const Contact&)>& each) const {
  for (const auto& [device, registered] : devices_) {
    for (const auto& contact : registered.contacts) each(device, contact);
  }
}

}  // namespace tandem
