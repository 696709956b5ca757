// What a name server, or somebody who answers in its place, may send.
#include <cstddef>
#include <cstdint>

#include "dns_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using tandem::DnsType;
  for (const DnsType type : {DnsType::a, DnsType::aaaa, DnsType::srv, DnsType::naptr}) (void)tandem::read_dns_answer(data, size, type);
  return 0;
}
