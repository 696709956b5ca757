// Both sides of paced calls through a server: one socket makes them, one answers them, in one thread. The pace does not depend on the
// answers: a server that falls behind gets more and more calls at once, as from the world outside.
//
// Prints "ports CALLING CALLED", reads "ports SERVER" from its input, registers the called phone, makes the calls, and prints in the end
// one line of names and numbers: what became of the calls, how long their set-up took, what they cost the server (--pid), and how much of
// the machine was idle or went to others meanwhile. Exit code 0 also when calls failed.
#include <fmt/format.h>
#include <poll.h>

#include "called_side.h"
#include "calling_side.h"
#include "machine_time.h"
#include "registration.h"

namespace {

using namespace tandem::load;

constexpr unsigned kBurst = 16;  // calls or messages in a row before the other side has its turn
constexpr std::chrono::seconds kDrain{8};

/// The cost of a stretch of time.
struct Meter {
  explicit Meter(pid_t server) : server_(server) {}
  uint64_t server() const { return process_microseconds(server_) - server_before_; }
  double idle() const { return share(MachineTime::now().idle - machine_before_.idle); }
  /// What went neither to the server nor to us.
  double others() const {
    const auto machine = MachineTime::now();
    const double busy = static_cast<double>((machine.all - machine_before_.all) - (machine.idle - machine_before_.idle));
    return share(std::max(0.0, busy - static_cast<double>(server()) - (cpu_microseconds() - own_before_)));
  }

 private:
  double share(double part) const {
    return part / static_cast<double>(std::max<uint64_t>(1, MachineTime::now().all - machine_before_.all));
  }

  const pid_t server_;
  const uint64_t server_before_ = process_microseconds(server_);
  const MachineTime machine_before_ = MachineTime::now();
  const double own_before_ = cpu_microseconds();
};

uint32_t percentile(std::vector<uint32_t> values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

class Load {
 public:
  Load(SipSocket& calling_socket, SipSocket& called_socket, Timers& timers, CallingSide& calling, CalledSide& called)
      : calling_socket_(calling_socket), called_socket_(called_socket), timers_(timers), calling_(calling), called_(called) {}

  /// Starts `rate` calls a second for `seconds`.
  void make_calls(unsigned rate, unsigned seconds) {
    const auto start = Steady::now();
    const auto interval = std::chrono::nanoseconds(1'000'000'000L / rate);
    const int64_t calls = int64_t{rate} * seconds;
    for (int64_t made = 0; made < calls;) {
      unsigned burst = 0;
      for (; made < calls && burst < kBurst && start + interval * made <= Steady::now(); ++burst, ++made) {
        latest_ = std::max<Steady::duration>(latest_, Steady::now() - (start + interval * made));
        calling_.start_call();
      }
      wait(burst == kBurst ? Steady::now() : start + interval * made);
    }
  }
  /// Until all calls are over, or for so long.
  void drain(std::chrono::seconds limit) {
    for (const auto end = Steady::now() + limit; calling_.open() > 0 && Steady::now() < end;) wait(end);
  }
  Milliseconds latest_start() const { return std::chrono::duration_cast<Milliseconds>(latest_); }

 private:
  void wait(Steady::time_point until) {
    const auto left = std::max(std::min(until, timers_.next()) - Steady::now(), Steady::duration::zero());
    const timespec timeout{left / std::chrono::seconds(1), (left % std::chrono::seconds(1)).count()};
    pollfd polled[] = {{calling_socket_.fd(), POLLIN, 0}, {called_socket_.fd(), POLLIN, 0}};
    ::ppoll(polled, 2, &timeout, nullptr);
    if (polled[0].revents != 0) calling_socket_.receive(kBurst, [this](const SipView& message) { calling_.take(message); });
    if (polled[1].revents != 0) called_socket_.receive(kBurst, [this](const SipView& message) { called_.take(message); });
    timers_.run_due();
  }

  SipSocket &calling_socket_, &called_socket_;
  Timers& timers_;
  CallingSide& calling_;
  CalledSide& called_;
  Steady::duration latest_{};
};

std::pair<uint16_t, pid_t> read_server() {
  std::string word;
  uint16_t port = 0;
  pid_t pid = 0;
  if (std::cin >> word >> port >> pid && word == "server") return {port, pid};
  std::cerr << "expected \"server\", a port and a process\n";
  std::exit(1);
}

std::string reasons(const CallingSide::Counts& counts) {
  std::string text;
  for (const auto& [reason, count] : counts.failures) text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", reason, count);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv,
                            {"--address", "--rate", "--seconds", "--hold", "--number", "--from", "--secret", "--phone", "--phone-secret"});
  const auto address = host_or_fail(arguments.text("--address", "127.0.0.1"));
  SipSocket calling_socket(address), called_socket(address);
  print_ports({calling_socket.local().port(), called_socket.local().port()});
  const auto [port, pid] = read_server();
  const auto server = with_port(address, port);
  calling_socket.connect(server);
  called_socket.connect(server);

  // Nobody sends media; what the server is told to send to is ours all the same, so that nothing reaches a stranger.
  const auto media = bind_pairs(address, 12000, 1);
  const auto rtp = with_port(address, media.front().port);
  const std::string phone = arguments.text("--phone", ""), from = arguments.text("--from", "+13125550100"), domain = server.to_string();
  if (!phone.empty()) register_or_exit(called_socket, domain, phone, arguments.text("--phone-secret", ""));

  // Without a registered phone the server is a proxy, which is told the called side's own address.
  const std::string host = phone.empty() ? called_socket.local().to_string() : domain;
  Timers timers;
  CallingSide calling(calling_socket, timers,
                      {.target = fmt::format("sip:{}@{}", arguments.text("--number", "11001"), host),
                       .from = fmt::format("sip:{}@{}", from, domain),
                       .credentials = {.user = from, .secret = arguments.text("--secret", "")},
                       .hold = Milliseconds(arguments.number("--hold", 100))},
                      rtp);
  CalledSide called(called_socket, timers, phone.empty() ? "called" : phone, rtp);
  Load load(calling_socket, called_socket, timers, calling, called);

  const unsigned rate = std::max(1U, arguments.number("--rate", 400)), seconds = arguments.number("--seconds", 10);
  const Meter meter(pid);
  load.make_calls(rate, seconds - seconds / 3);
  const uint64_t answered_before = calling.counts().answered;
  const Meter last_third(pid);
  load.make_calls(rate, seconds / 3);
  const uint64_t late_cpu = last_third.server(), late_answered = calling.counts().answered - answered_before;
  const double idle = meter.idle(), others = meter.others();
  load.drain(kDrain);
  const uint64_t cpu = meter.server();
  calling.give_up();

  const auto& counts = calling.counts();
  std::cout << fmt::format(
                   "calls {} answered {} completed {} failed {} rang {} repeated {} cpu_us {} late_cpu_us {} late_answered {} p50_us {} "
                   "p99_us {} latest_start_ms {} idle {:.2f} others {:.2f} rss_kib {}",
                   counts.started, counts.answered, counts.completed, counts.failed, called.counts().invites,
                   counts.repeated + called.counts().repeated, cpu, late_cpu, late_answered, percentile(calling.setup_times(), 0.5),
                   percentile(calling.setup_times(), 0.99), load.latest_start().count(), idle, others, resident_kib(pid))
            << std::endl;
  if (counts.failed > 0) std::cerr << "failed: " << reasons(counts) << "\n";
}
