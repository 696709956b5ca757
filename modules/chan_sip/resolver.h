// Resolver: where a name leads (RFC 3263: NAPTR, SRV, A, AAAA), by c-ares on a worker of its own, because nta must never look up a name.
// Asked and answered on the switch thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tandem/address.h"
#include "tandem/loop.h"
#include "tandem/result.h"

namespace tandem {

struct DnsSettings {
  std::vector<SocketAddress> servers;  ///< empty: the machine's
  std::chrono::milliseconds timeout{2'000};
  std::chrono::seconds longest{3'600};  ///< no answer is kept longer
};

struct DnsWanted {
  std::string host;
  uint16_t port = 0;  ///< 0: as DNS says, else 5060
  bool udp = true, tcp = false;
};

struct DnsHop {
  SocketAddress address;
  bool tcp = false;
  unsigned priority = 0, weight = 1;
};

struct Resolved {
  std::vector<DnsHop> hops;  ///< at least one, the lowest priority first
  std::chrono::seconds ttl{0};
};

using DnsDone = UniqueFunction<void(const Result<Resolved>&)>;
/// Keeps a question alive: destroyed, its answer is not told.
using DnsQuery = std::shared_ptr<DnsDone>;

class Resolver {
 public:
  /// The worker starts with the first question.
  explicit Resolver(Loop& loop);
  ~Resolver();
  Resolver(const Resolver&) = delete;
  Resolver& operator=(const Resolver&) = delete;

  void reconfigure(DnsSettings settings);
  /// Answers later, never from inside. not_found: the name leads nowhere; timeout, io: no name server says.
  [[nodiscard]] DnsQuery resolve(DnsWanted wanted, DnsDone done);

 private:
  class Worker;
  Loop& loop_;
  DnsSettings settings_;
  std::unique_ptr<Worker> worker_;
};

}  // namespace tandem
