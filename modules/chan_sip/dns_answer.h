// DnsAnswer: what a name server has said, read record by record. Pure functions; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tandem/address.h"

namespace tandem {

/// Types that matter on the way to a gateway (RFC 3263).
enum class DnsType : uint16_t { a = 1, aaaa = 28, srv = 33, naptr = 35 };

struct DnsRecord {
  DnsType type = DnsType::a;
  uint32_t ttl = 0;
  SocketAddress address;                        ///< A, AAAA; port 0
  uint16_t priority = 0, weight = 0, port = 0;  ///< SRV; of NAPTR priority is its order, weight its preference
  std::string target;                           ///< SRV, NAPTR: the name that follows; "" is the root, nobody
  std::string flags, service;                   ///< NAPTR
};

/// The records of that type in the answer section. invalid: the answer cannot be read, or it is longer than any that we ask for.
Result<std::vector<DnsRecord>> read_dns_answer(const unsigned char* bytes, size_t length, DnsType wanted);

}  // namespace tandem
