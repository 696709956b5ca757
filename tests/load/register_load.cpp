// Phones load-1, load-2, ... that register at a steady pace, each through a challenge, all from one socket.
//
// Prints "ports PORT", reads "server PORT PROCESS" from its input, and prints in the end one line of names and numbers, as call_load does.
#include <fmt/format.h>

#include "machine_time.h"
#include "pace.h"
#include "registration.h"

namespace {

using namespace tandem::load;

/// Repeats what is not answered; RFC 3261's 64 T1 are not waited for: what is not there 8 s after the last start has failed.
class Phones {
 public:
  Phones(SipSocket& socket, Timers& timers, std::string domain, std::string secret)
      : socket_(socket), timers_(timers), domain_(std::move(domain)), uri_("sip:" + domain_), secret_(std::move(secret)) {}

  void start_one() {
    phones_.push_back({});
    send(phones_.size() - 1, "");
  }

  void take(const SipView& message) {
    constexpr std::string_view kName = "register-load-";
    if (message.status < 200 || !message.call_id.starts_with(kName)) return;
    const size_t number = std::strtoul(message.call_id.data() + kName.size(), nullptr, 10);
    if (number == 0 || number > phones_.size()) return;
    Phone& phone = phones_[number - 1];
    if (phone.status != 0 || std::strtoul(message.cseq.data(), nullptr, 10) != phone.attempt) return;
    if (message.status == 401 && phone.attempt == 1) {
      ++phone.attempt;
      const tandem::test::Credentials who{.user = name(number - 1), .secret = secret_};
      return send(number - 1,
                  fmt::format("Authorization: {}\r\n", tandem::test::digest_response(who, message.challenge, "REGISTER", uri_)));
    }
    phone.status = message.status;
    ++(phone.status == 200 ? registered_ : refused_);
  }

  uint64_t started() const { return phones_.size(); }
  uint64_t registered() const { return registered_; }
  uint64_t open() const { return phones_.size() - registered_ - refused_; }
  uint64_t repeated() const { return repeated_; }

 private:
  struct Phone {
    unsigned attempt = 1;
    int status = 0;
  };
  static std::string name(size_t index) { return fmt::format("load-{}", index + 1); }

  void send(size_t index, const std::string& authorization) {
    socket_.send(register_request(socket_, domain_, name(index), phones_[index].attempt, authorization));
    timers_.after(kT1, [this, index, authorization, attempt = phones_[index].attempt] {
      if (phones_[index].status != 0 || phones_[index].attempt != attempt) return;
      ++repeated_;
      send(index, authorization);
    });
  }

  SipSocket& socket_;
  Timers& timers_;
  const std::string domain_, uri_, secret_;
  std::vector<Phone> phones_;
  uint64_t registered_ = 0, refused_ = 0, repeated_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"--address", "--count", "--rate", "--secret"});
  const auto address = host_or_fail(arguments.text("--address", "127.0.0.1"));
  SipSocket socket(address);
  print_ports({socket.local().port()});
  const auto [port, pid] = read_server();
  const auto server = with_port(address, port);
  socket.connect(server);

  Timers timers;
  Phones phones(socket, timers, server.to_string(), arguments.text("--secret", ""));
  Pace pace(timers);
  pace.listen(socket, [&](const SipView& message) { phones.take(message); });
  const uint64_t rss_before = resident_kib(pid);
  const Meter meter(pid);
  pace.keep(std::max(1U, arguments.number("--rate", 800)), arguments.number("--count", 1000), [&] { phones.start_one(); });
  pace.drain([&] { return phones.open() == 0; });
  std::cout << fmt::format("phones {} registered {} failed {} repeated {} cpu_us {} rss_before_kib {} rss_kib {} idle {:.2f} others {:.2f}",
                           phones.started(), phones.registered(), phones.started() - phones.registered(), phones.repeated(), meter.server(),
                           rss_before, resident_kib(pid), meter.idle(), meter.others())
            << std::endl;
}
