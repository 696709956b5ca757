#include "dns_lookup.h"

#include <arpa/nameser.h>
#include <fmt/format.h>
#include <poll.h>
#include <strings.h>

#include <algorithm>
#include <array>

namespace tandem {
namespace {

constexpr int kTries = 2;
constexpr size_t kMostHops = 32;
constexpr uint16_t kSipPort = 5060;

struct Answered {
  bool done = false;
  int status = ARES_SUCCESS;
  std::vector<unsigned char> bytes;
};

void on_answer(void* into, int status, int /*timeouts*/, unsigned char* bytes, int length) {
  auto* const answered = static_cast<Answered*>(into);
  answered->done = true;
  answered->status = status;
  if (bytes != nullptr && length > 0) answered->bytes.assign(bytes, bytes + length);
}

}  // namespace

DnsLookup::DnsLookup(const DnsSettings& settings, int wake) : wake_(wake), ttl_(settings.longest) {
  ares_options options = {};
  options.timeout = static_cast<int>(settings.timeout.count());
  options.tries = kTries;
  ares_channel made = nullptr;
  if (ares_init_options(&made, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) != ARES_SUCCESS) return;
  channel_.reset(made);
  std::string servers;
  for (const auto& server : settings.servers) servers += (servers.empty() ? "" : ",") + server.to_string();
  if (!servers.empty()) ares_set_servers_ports_csv(made, servers.c_str());
}

bool DnsLookup::wait_for(const bool& done) {
  while (!done && !stopped_) {
    std::array<ares_socket_t, ARES_GETSOCK_MAXNUM> sockets{};
    const auto bits = static_cast<unsigned>(ares_getsock(channel_.get(), sockets.data(), static_cast<int>(sockets.size())));
    std::array<pollfd, ARES_GETSOCK_MAXNUM + 1> polled{};
    nfds_t count = 0;
    polled[count++] = {wake_, POLLIN, 0};
    for (unsigned i = 0; i < sockets.size(); ++i) {
      const bool reads = ARES_GETSOCK_READABLE(bits, i) != 0, writes = ARES_GETSOCK_WRITABLE(bits, i) != 0;
      if (reads || writes) polled[count++] = {sockets[i], static_cast<short>((reads ? POLLIN : 0) | (writes ? POLLOUT : 0)), 0};
    }
    timeval longest{1, 0}, left{};
    const timeval* const wait = ares_timeout(channel_.get(), &longest, &left);
    (void)::poll(polled.data(), count, static_cast<int>(wait->tv_sec * 1000 + wait->tv_usec / 1000 + 1));
    stopped_ = polled[0].revents != 0;
    for (nfds_t i = 1; i < count; ++i) {
      ares_process_fd(channel_.get(), (polled[i].revents & ~POLLOUT) != 0 ? polled[i].fd : ARES_SOCKET_BAD,
                      (polled[i].revents & POLLOUT) != 0 ? polled[i].fd : ARES_SOCKET_BAD);
    }
    ares_process_fd(channel_.get(), ARES_SOCKET_BAD, ARES_SOCKET_BAD);  // what has timed out
  }
  return done;
}

Result<std::vector<DnsRecord>> DnsLookup::ask(const std::string& name, DnsType type) {
  if (channel_ == nullptr) return Error{ErrorCode::internal, "c-ares cannot start"};
  Answered answered;
  ares_query(channel_.get(), name.c_str(), ns_c_in, static_cast<int>(type), on_answer, &answered);
  if (!wait_for(answered.done)) ares_cancel(channel_.get());  // calls on_answer
  switch (answered.status) {
    case ARES_SUCCESS:
      break;
    case ARES_ENODATA:
    case ARES_ENOTFOUND:
      return std::vector<DnsRecord>();
    case ARES_ETIMEOUT:
      return last_error_ = {ErrorCode::timeout, fmt::format("no name server answers for {}", name)};
    default:
      return last_error_ = {ErrorCode::io, fmt::format("{}: {}", name, ares_strerror(answered.status))};
  }
  auto records = read_dns_answer(answered.bytes.data(), answered.bytes.size(), type);
  if (!records) return last_error_ = records.error();
  for (const auto& record : *records) keep(record.ttl);
  return records;
}

void DnsLookup::keep(uint32_t ttl) { ttl_ = std::min<std::chrono::seconds>(ttl_, std::chrono::seconds(ttl)); }

// By NAPTR, else what its transports are called by custom (RFC 3263 4.1).
std::vector<DnsLookup::Service> DnsLookup::services(const DnsWanted& wanted) {
  std::vector<Service> found;
  auto pointers = ask(wanted.host, DnsType::naptr);
  if (pointers) {
    std::ranges::stable_sort(*pointers, {}, [](const DnsRecord& r) { return std::pair(r.priority, r.weight); });
    for (const auto& p : *pointers) {
      if (strcasecmp(p.flags.c_str(), "s") != 0) continue;
      const bool udp = strcasecmp(p.service.c_str(), "SIP+D2U") == 0, tcp = strcasecmp(p.service.c_str(), "SIP+D2T") == 0;
      if ((udp && wanted.udp) || (tcp && wanted.tcp)) found.push_back({p.target, tcp});
    }
  }
  if (!found.empty()) return found;
  if (wanted.udp) found.push_back({"_sip._udp." + wanted.host, false});
  if (wanted.tcp) found.push_back({"_sip._tcp." + wanted.host, true});
  return found;
}

// The service that is named first is preferred whole: its gateways all come before those of the next.
void DnsLookup::add_services(const std::vector<Service>& services, Resolved& found) {
  unsigned base = 0;
  for (const auto& service : services) {
    auto records = ask(service.name, DnsType::srv);
    if (!records) continue;
    std::ranges::stable_sort(*records, {}, &DnsRecord::priority);
    unsigned rank = base, last = 0;
    for (const auto& record : *records) {
      if (record.target.empty() || record.target == ".") continue;
      if (&record != &records->front() && record.priority != last) ++rank;
      last = record.priority;
      (void)add_addresses(record.target, record.port, service.tcp, rank, record.weight, found);
      base = rank + 1;
    }
  }
}

Result<void> DnsLookup::add_addresses(const std::string& host, uint16_t port, bool tcp, unsigned priority, unsigned weight,
                                      Resolved& found) {
  for (const DnsType type : {DnsType::a, DnsType::aaaa}) {
    const auto records = ask(host, type);
    if (!records) continue;
    for (auto record : *records) {
      if (found.hops.size() == kMostHops) return {};
      record.address.set_port(port);
      if (!record.address.is_unspecified()) found.hops.push_back({record.address, tcp, priority, weight});
    }
  }
  return {};
}

Result<Resolved> DnsLookup::follow(const DnsWanted& wanted) {
  Resolved found;
  if (wanted.port == 0) add_services(services(wanted), found);
  if (found.hops.empty() && !stopped_) {
    (void)add_addresses(wanted.host, wanted.port != 0 ? wanted.port : kSipPort, wanted.tcp && !wanted.udp, 0, 1, found);
  }
  if (found.hops.empty()) return last_error_;
  found.ttl = ttl_;
  return found;
}

}  // namespace tandem
