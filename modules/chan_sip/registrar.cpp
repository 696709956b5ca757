#include "registrar.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <iterator>

#include "contact_uri.h"
#include "registrar_change.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("sip");

}  // namespace

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
    const sip_route_t* const route = k.contact.path.empty() ? nullptr : sip_route_make(home, k.contact.path.c_str());
    if (const url_t* const url = route != nullptr ? route->r_url : url_make(home, k.contact.uri.c_str())) {
      k.contact.address = numeric_address(url->url_host, url->url_port);
      k.contact.tcp = k.contact.bound || transport_of(url) == "tcp";
    }
    const auto it = devices_.try_emplace(k.device).first;
    it->second.contacts.push_back(std::move(k.contact));
    ++bindings_;
  }
  su_home_deinit(home);
  for (auto it = devices_.begin(); it != devices_.end(); ++it) {
    const auto& contacts = it->second.contacts;
    for (const auto& contact : contacts) attach(it->first, contact);
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
  Answer answer;
  if (contact != nullptr && contact->m_url->url_type == url_any) {
    const bool alone =
        contact->m_next == nullptr && sip->sip_expires != nullptr && sip->sip_expires->ex_delta == 0 && sip->sip_expires->ex_date == 0;
    if (!alone) return refuse(400, "Contact * Needs Expires 0");
  } else if (answer = check(sip, {device, source, flow}, changes); answer.status != 200) {
    return answer;
  }
  if (contact == nullptr) return answer;
  const auto it = devices_.find(std::string_view(device.name));
  if (it != devices_.end()) {
    // RFC 3261 10.3 step 7: what is older than what we know must not undo it; what is equal is a retransmission of it.
    for (const auto& known : it->second.contacts) {
      if (known.call_id != sip->sip_call_id->i_id) continue;
      if (sip->sip_cseq->cs_seq < known.cseq) return refuse(500, "Out Of Order");
      if (sip->sip_cseq->cs_seq == known.cseq) return answer;
    }
  }
  if (contact->m_url->url_type == url_any) {
    remove_all(device.name);
  } else {
    apply(device.name, changes);
  }
  return answer;
}

// What a phone says of itself counts for more than where it is: the same instance is the same phone, each of its flows has a contact.
bool Registrar::replaces(const Contact& next, ParsedUri& uri, const Contact& known) {
  const bool same_phone = !next.instance.empty() && next.instance == known.instance;
  if (same_phone && next.reg_id == known.reg_id) return true;
  if (same_phone && next.reg_id != 0 && known.reg_id != 0) return false;
  return uri.same_as(known.uri);
}

// Temporary GRUUs live on while the phone refreshes under one Call-ID; each time it learns another (RFC 5627 5.2).
void Registrar::issue_gruu(const std::vector<Contact>& contacts, Contact& next) const {
  if (next.gruu.handle == 0) return;
  for (const auto& known : contacts) {
    if (known.instance == next.instance && known.call_id == next.call_id && known.gruu.handle != 0) next.gruu = known.gruu;
  }
  next.temporary_gruu = temporary_gruu(next.gruu, own_.domain);
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
    if (!change.remove) issue_gruu(contacts, change.contact);
    bindings_ -= std::erase_if(contacts, [&](const Contact& c) {
      if (!replaces(change.contact, uri, c)) return false;
      detach(it->first, c);
      return true;
    });
    if (change.remove) continue;
    // A phone that comes back over another connection has a new port, too: what it had before the old one went is no second phone.
    if (change.contact.bound && change.contact.reg_id == 0) {
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
  if (contact.gruu.handle != 0) gruus_[contact.gruu.handle] = device;
  if (contact.flow == 0) return;
  flows_.hold(contact.flow);
  on_flow_.emplace(contact.flow, device);
}

void Registrar::detach(const std::string& device, const Contact& contact) {
  if (contact.gruu.handle != 0) gruus_.erase(contact.gruu.handle);
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
    if (contact.instance.empty()) continue;
    fmt::format_to(std::back_inserter(text), ";+sip.instance=\"<{}>\"", contact.instance);
    if (contact.reg_id != 0) fmt::format_to(std::back_inserter(text), ";reg-id={}", contact.reg_id);
    if (contact.temporary_gruu.empty()) continue;
    fmt::format_to(std::back_inserter(text), ";pub-gruu=\"{}\";temp-gruu=\"{}\"", public_gruu(device, own_.domain, contact.instance),
                   contact.temporary_gruu);
  }
  return text;
}

Result<std::vector<Contact>> Registrar::contacts(std::string_view device) const {
  const auto it = devices_.find(device);
  if (it == devices_.end()) return contacts_of_line(device);
  std::vector<Contact> best(it->second.contacts.rbegin(), it->second.contacts.rend());
  std::ranges::stable_sort(best, std::greater<>(), &Contact::q);
  return best;
}

// DEVICE-2 and so on of a phone that registers once for all its lines: its contacts, with the line's name in them.
Result<std::vector<Contact>> Registrar::contacts_of_line(std::string_view line) const {
  const Error none{ErrorCode::unavailable, fmt::format("{} is not registered", line)};
  const std::string_view device = device_of_line(line);
  if (device.empty() || !devices_.contains(device)) return none;
  auto best = contacts(device);
  std::erase_if(*best, [](const Contact& c) { return !c.lines; });
  if (best->empty()) return none;
  for (auto& contact : *best) contact.uri = with_user(contact.uri, line);
  return best;
}

std::string Registrar::device_of_gruu(std::string_view user, std::string_view instance) const {
  const auto handle = gruu_handle(user);
  const auto issued = handle ? gruus_.find(*handle) : gruus_.end();
  const std::string_view device = !handle ? user : issued != gruus_.end() ? std::string_view(issued->second) : std::string_view();
  const auto it = devices_.find(device);
  if (it == devices_.end()) return {};
  const bool there = std::ranges::any_of(it->second.contacts, [&](const Contact& c) {
    return handle ? made_from(c.gruu, user) : !c.instance.empty() && c.instance == instance;
  });
  return there ? it->first : std::string();
}

bool Registrar::is_from(std::string_view device, const SocketAddress& source) const {
  const auto it = devices_.find(device);
  if (it == devices_.end()) return false;
  return std::ranges::any_of(it->second.contacts, [&](const Contact& c) { return c.received.host() == source.host(); });
}

SocketAddress Registrar::next_hop(const Contact& contact, bool behind_nat) {
  const bool back = contact.path.empty() && (behind_nat || contact.nat);
  return back || contact.address.empty() ? contact.received : contact.address;
}

void Registrar::for_each(const std::function<void(const std::string& device, const Contact&)>& each) const {
  for (const auto& [device, registered] : devices_) {
    for (const auto& contact : registered.contacts) each(device, contact);
  }
}

}  // namespace tandem
