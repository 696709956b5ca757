// Whatever arrives at the SIP port, as a datagram from a phone and from the trunk: parser, first look, digest, registrar.
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <memory>

#include "base/epoll_loop.h"
#include "first_look.h"

namespace {

using namespace tandem;

class OnePhone final : public Directory {
 public:
  std::shared_ptr<const User> user(std::string_view) override { return nullptr; }
  std::shared_ptr<const Device> device(std::string_view) override { return phone_; }
  std::vector<std::shared_ptr<const Device>> devices(std::string_view, size_t) override { return {phone_}; }
  std::shared_ptr<const Profile> profile(std::string_view) override { return nullptr; }
  std::shared_ptr<const Site> site(std::string_view) override { return nullptr; }
  std::optional<Number> number(std::string_view) override { return {}; }
  Occupant occupant(const Device&) override { return {}; }
  std::vector<std::string> devices_of(std::string_view) override { return {}; }
  bool sample_secret_in_force() override { return false; }
  Counts counts() override { return {}; }

 private:
  std::shared_ptr<const Device> phone_ = std::make_shared<Device>(Device{.name = "lobby-1", .secret = "secret"});
};

class Silent final : public Events, public InviteReceiver {
 public:
  void invite(msg_t* msg, sip_t*, const Origin&) override { nta_msg_treply(agent, msg, SIP_486_BUSY_HERE, TAG_END()); }
  void trunk_heard(std::string_view, const SocketAddress&) override {}
  void request(msg_t* msg, sip_t* /*sip*/, const Origin& /*origin*/) override { nta_msg_discard(agent, msg); }
  bool overloaded() const override { return false; }
  nta_agent_t* agent = nullptr;

 protected:
  Registration subscribe_raw(std::string_view, UniqueFunction<void(const void*)>) override { return {}; }
  void publish_raw(std::string_view, const void*) override {}
};

struct Peer {
  Peer() : fd(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    const SocketAddress any = *SocketAddress::from("127.0.0.1", 0);
    if (::bind(fd, any.sa(), any.length()) != 0) std::abort();
    sockaddr_in bound = {};
    socklen_t length = sizeof bound;
    getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &length);
    local = SocketAddress(reinterpret_cast<sockaddr*>(&bound), length);
  }
  ~Peer() { ::close(fd); }
  const int fd;
  SocketAddress local;
};

struct Server {
  Server() {
    settings.udp = *SocketAddress::from("127.0.0.1", 0);
    settings.trunks.push_back({"pstn", trunk.local, "pstn"});
    auto opened = Stack::open(settings, loop);
    if (!opened) std::abort();
    stack = std::move(*opened);
    upper.agent = stack->agent();
    registrar = std::make_unique<Registrar>(loop, upper, settings, nullptr, stack->flows());
    look = std::make_unique<FirstLook>(*stack, loop, directory, *registrar, upper, settings);
  }
  void take(const Peer& from, const uint8_t* data, size_t size) {
    const SocketAddress to = stack->bound();
    if (::sendto(from.fd, data, size, 0, to.sa(), to.length()) < 0) return;
    for (int i = 0; i < 3; ++i) loop.step(std::chrono::milliseconds(0));
    char answer[65536];
    while (::recv(from.fd, answer, sizeof answer, 0) >= 0) {
    }
  }

  Peer phone, trunk;
  EpollLoop loop{system_clock()};
  SipSettings settings;
  OnePhone directory;
  Silent upper;
  std::unique_ptr<Stack> stack;
  std::unique_ptr<Registrar> registrar;
  std::unique_ptr<FirstLook> look;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static Server server;
  if (size > 60'000) return 0;
  server.take(server.phone, data, size);
  server.take(server.trunk, data, size);
  return 0;
}
