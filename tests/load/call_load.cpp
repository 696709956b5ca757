// Both sides of paced calls through a server: one socket makes them, one answers them, in one thread. The pace does not depend on the
// answers: a server that falls behind gets more and more calls at once, as from the world outside.
//
// Prints "ports CALLING CALLED", reads "ports SERVER" from its input, registers the called phone, makes the calls, and prints in the end
// one line of names and numbers: what became of the calls, how long their set-up took, what they cost the server (--pid), and how much of
// the machine was idle or went to others meanwhile. Exit code 0 also when calls failed.
#include <fmt/format.h>

#include "called_side.h"
#include "calling_side.h"
#include "machine_time.h"
#include "mobile_side.h"
#include "pace.h"
#include "registration.h"

namespace {

using namespace tandem::load;

uint32_t percentile(std::vector<uint32_t> values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

std::string reasons(const CallingSide::Counts& counts) {
  std::string text;
  for (const auto& [reason, count] : counts.failures) text += fmt::format("{}{} x {}", text.empty() ? "" : ", ", reason, count);
  return text;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(
      argc, argv, {"--address", "--rate", "--seconds", "--hold", "--number", "--from", "--secret", "--phone", "--phone-secret", "--ring"});
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
  CalledSide called(called_socket, timers, phone.empty() ? "called" : phone, rtp, Milliseconds(arguments.number("--ring", 0)));
  MobileSide mobiles(calling_socket, timers);  // behind the gateway that makes the calls
  Pace pace(timers);
  pace.listen(calling_socket, [&](const SipView& message) {
    if (!mobiles.take(message)) calling.take(message);
  });
  pace.listen(called_socket, [&](const SipView& message) { called.take(message); });

  const unsigned rate = std::max(1U, arguments.number("--rate", 400)), seconds = arguments.number("--seconds", 10);
  const auto call = [&] { calling.start_call(); };
  const Meter whole(pid);
  pace.keep(rate, uint64_t{rate} * (seconds - seconds / 3), call);
  const uint64_t answered_before = calling.counts().answered;
  const Meter last_third(pid);
  pace.keep(rate, uint64_t{rate} * (seconds / 3), call);
  const uint64_t late_cpu = last_third.server(), late_answered = calling.counts().answered - answered_before;
  const double idle = whole.idle(), others = whole.others();
  pace.drain([&] { return calling.open() == 0 && mobiles.open() == 0; });
  const uint64_t cpu = whole.server();
  calling.give_up();

  const auto& counts = calling.counts();
  std::cout << fmt::format(
                   "calls {} answered {} completed {} failed {} rang {} repeated {} cpu_us {} late_cpu_us {} late_answered {} p50_us {} "
                   "p99_us {} latest_start_ms {} mobiles {} cancelled {} idle {:.2f} others {:.2f} rss_kib {}",
                   counts.started, counts.answered, counts.completed, counts.failed, called.counts().invites,
                   counts.repeated + called.counts().repeated, cpu, late_cpu, late_answered, percentile(calling.setup_times(), 0.5),
                   percentile(calling.setup_times(), 0.99), pace.latest_start().count(), mobiles.counts().rang, mobiles.counts().cancelled,
                   idle, others, resident_kib(pid))
            << std::endl;
  if (counts.failed > 0) std::cerr << "failed: " << reasons(counts) << "\n";
}
