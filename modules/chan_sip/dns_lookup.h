// DnsLookup: one name followed to its addresses, waiting for each answer. The resolver's worker.
#pragma once

#include <ares.h>

#include <memory>
#include <type_traits>

#include "dns_answer.h"
#include "resolver.h"

namespace tandem {

class DnsLookup {
 public:
  /// `wake`: a descriptor that is readable when the worker must stop.
  DnsLookup(const DnsSettings& settings, int wake);
  Result<Resolved> follow(const DnsWanted& wanted);

 private:
  struct Service {
    std::string name;  ///< "_sip._udp.example.com"
    bool tcp = false;
  };
  struct Close {
    void operator()(ares_channel channel) const { ares_destroy(channel); }
  };
  Result<std::vector<DnsRecord>> ask(const std::string& name, DnsType type);
  std::vector<Service> services(const DnsWanted& wanted);
  void add_services(const std::vector<Service>& services, Resolved& found);
  Result<void> add_addresses(const std::string& host, uint16_t port, bool tcp, unsigned priority, unsigned weight, Resolved& found);
  bool wait_for(const bool& done);
  void keep(uint32_t ttl);

  std::unique_ptr<std::remove_pointer_t<ares_channel>, Close> channel_;
  int wake_;
  std::chrono::seconds ttl_;
  bool stopped_ = false;
  Error last_error_{ErrorCode::not_found, "the name leads nowhere"};
};

}  // namespace tandem
