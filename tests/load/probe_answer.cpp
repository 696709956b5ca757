// Gateways that are probed: a socket each, all in one thread, answering every OPTIONS with 200.
//
// Prints "ports PORT ..." (one for each of --count), reads "server PORT PROCESS" from its input, answers for --seconds, and prints in the
// end one line of names and numbers, as call_load does.
#include <fmt/format.h>

#include <memory>

#include "machine_time.h"
#include "pace.h"

namespace {

using namespace tandem::load;

class Gateways {
 public:
  Gateways(const tandem::SocketAddress& address, unsigned count) {
    for (unsigned n = 0; n < count; ++n) sockets_.push_back(std::make_unique<SipSocket>(address));
  }
  std::vector<uint16_t> ports() const {
    std::vector<uint16_t> all;
    for (const auto& socket : sockets_) all.push_back(socket->local().port());
    return all;
  }
  void serve(Pace& pace, const tandem::SocketAddress& server) {
    for (const auto& socket : sockets_) {
      socket->connect(server);
      pace.listen(*socket, [this, to = socket.get()](const SipView& request) {
        if (request.status != 0 || request.method != "OPTIONS") return;
        to->send(response_to(request, 200, "OK", "gw") + std::string(kNoBody));
        ++answered_;
      });
    }
  }
  uint64_t answered() const { return answered_; }

 private:
  std::vector<std::unique_ptr<SipSocket>> sockets_;
  uint64_t answered_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"--address", "--count", "--seconds"});
  const auto address = host_or_fail(arguments.text("--address", "127.0.0.1"));
  const unsigned count = std::max(1U, arguments.number("--count", 500));
  want_descriptors(count);
  Gateways gateways(address, count);
  print_ports(gateways.ports());
  const auto [port, pid] = read_server();
  Timers timers;
  Pace pace(timers);
  gateways.serve(pace, with_port(address, port));

  // The first probes have waited for us: their crowd is not what is measured.
  const auto nothing = [] {};
  pace.keep(1, 3, nothing);
  const uint64_t before = gateways.answered();
  const Meter meter(pid);
  pace.keep(1, arguments.number("--seconds", 10) + 1, nothing);
  std::cout << fmt::format("probes {} cpu_us {} idle {:.2f} others {:.2f}", gateways.answered() - before, meter.server(), meter.idle(),
                           meter.others())
            << std::endl;
}
