// What a relayed packet costs: our media thread and the bare relay, in turns in one run, each pinned to one core with the generator on
// another.
//
// Prints the processor time (user + system, all threads) per relayed packet of both and their ratio. On loopback the sender pays for
// delivery into the receiver's socket, in both alike. With --serve yes it is the process under test itself.
#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>

#include <algorithm>
#include <filesystem>
#include <thread>

#include "base/epoll_loop.h"
#include "load_support.h"
#include "media/codecs.h"
#include "media/media_threads.h"

namespace {

using namespace tandem;
using namespace tandem::load;

template <class T>
T value_or_exit(Result<T> result) {
  if (result) return std::move(*result);
  std::cerr << result.error().message << "\n";
  std::exit(1);
}

/// The process under test: speaks the lines of bare_relay.
int serve(const Arguments& arguments) {
  const size_t legs = 2 * arguments.number("--calls", 200);
  MediaSettings settings;
  settings.address = host_or_fail(arguments.text("--address", "127.0.0.1"));
  EpollLoop loop(system_clock());
  const auto engine = value_or_exit(MediaThreads::open(settings, loop));
  std::vector<std::unique_ptr<MediaPort>> ports;
  std::vector<uint16_t> numbers;
  for (size_t i = 0; i < legs; ++i) {
    ports.push_back(value_or_exit(engine->open(0)));
    numbers.push_back(ports.back()->local_rtp().port());
  }
  print_ports(numbers);
  const auto phones = read_ports(std::cin, legs);

  MediaDescription description;
  description.codecs = default_codecs();
  for (size_t i = 0; i < legs; ++i) {
    const auto rtp = with_port(settings.address, phones[i]);
    ports[i]->set_remote(rtp, with_port(rtp, static_cast<uint16_t>(phones[i] + 1)), false);
    ports[i]->set_formats(description, description);
    ports[i]->relay_to(ports[i ^ 1].get());
    ports[i]->set_timeout(settings.silence_limit);
  }
  // Orders leave with the loop's next turns, and no loop runs here otherwise.
  for (int turn = 0; turn < 20; ++turn) loop.step(std::chrono::milliseconds(5));
  const double before = cpu_microseconds();
  for (std::string line; std::getline(std::cin, line);) continue;
  const double used = cpu_microseconds() - before;
  std::cout << "cpu " << used << " packets " << engine->totals().packets.sent_packets << std::endl;
  return 0;
}

/// A program on one core whose standard input and output we hold.
class Child {
 public:
  Child(const std::vector<std::string>& command, int core) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) fail("pipe");
    pid_ = ::fork();
    if (pid_ < 0) fail("fork");
    if (pid_ == 0) {
      cpu_set_t cores;
      CPU_ZERO(&cores);
      CPU_SET(static_cast<size_t>(core), &cores);
      ::sched_setaffinity(0, sizeof cores, &cores);
      ::dup2(in[0], STDIN_FILENO);
      ::dup2(out[1], STDOUT_FILENO);
      std::vector<char*> argv;
      for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
      argv.push_back(nullptr);
      ::execv(argv[0], argv.data());
      fail(command[0]);
    }
    ::close(in[0]);
    ::close(out[1]);
    to_ = ::fdopen(in[1], "w");
    from_ = ::fdopen(out[0], "r");
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  ~Child() {
    end_input();
    std::fclose(from_);
    ::waitpid(pid_, nullptr, 0);
  }

  std::string read_line() {
    std::string line;
    for (int c = std::fgetc(from_); c != EOF && c != '\n'; c = std::fgetc(from_)) line.push_back(static_cast<char>(c));
    return line;
  }
  void write_line(const std::string& line) {
    std::fprintf(to_, "%s\n", line.c_str());
    std::fflush(to_);
  }
  void end_input() {
    if (to_ != nullptr) std::fclose(std::exchange(to_, nullptr));
  }

 private:
  pid_t pid_ = -1;
  FILE* to_ = nullptr;
  FILE* from_ = nullptr;
};

struct Measured {
  double microseconds_a_packet = 0;
  uint64_t sent = 0, lost = 0;
};

Measured measure(std::vector<std::string> subject, std::vector<std::string> generator, int server_core, int generator_core) {
  Child relay(subject, server_core);
  Child phones(generator, generator_core);
  const std::string relay_ports = relay.read_line(), phone_ports = phones.read_line();
  relay.write_line(phone_ports);
  // The relay connects its sockets before the phones begin; what comes too early would count as lost.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  phones.write_line(relay_ports);
  Measured measured;
  std::string word;
  uint64_t received = 0;
  std::istringstream(phones.read_line()) >> word >> measured.sent >> word >> received >> word >> measured.lost;
  relay.end_input();
  double cpu = 0, packets = 0;
  std::istringstream(relay.read_line()) >> word >> cpu >> word >> packets;
  measured.microseconds_a_packet = packets > 0 ? cpu / packets : 0;
  return measured;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t n = values.size();
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv, {"--calls", "--seconds", "--rounds", "--rate", "--address", "--cores", "--serve"});
  if (arguments.text("--serve", "no") == "yes") return serve(arguments);
  const std::string folder = std::filesystem::canonical("/proc/self/exe").parent_path();
  const std::string calls = arguments.text("--calls", "200"), address = arguments.text("--address", "127.0.0.1");
  const std::string cores = arguments.text("--cores", "0,1");
  const int server_core = std::atoi(cores.c_str());
  const int generator_core = cores.find(',') == std::string::npos ? server_core : std::atoi(cores.c_str() + cores.find(',') + 1);
  const std::vector<std::string> bare{folder + "/bare_relay", "--calls", calls, "--address", address};
  const std::vector<std::string> ours{folder + "/relay_bench", "--serve", "yes", "--calls", calls, "--address", address};
  const std::vector<std::string> generator{
      folder + "/rtp_load",          "--calls", calls, "--address", address, "--seconds", arguments.text("--seconds", "8"), "--rate",
      arguments.text("--rate", "50")};

  std::vector<double> bare_cost, our_cost, ratios;
  std::printf("%-6s %12s %12s %8s %8s\n", "round", "bare us/pkt", "ours us/pkt", "ratio", "lost");
  for (unsigned round = 0; round < arguments.number("--rounds", 3); ++round) {
    Measured b, o;
    // The order alternates, so that what the machine does besides falls on both.
    if (round % 2 == 0) b = measure(bare, generator, server_core, generator_core);
    o = measure(ours, generator, server_core, generator_core);
    if (round % 2 != 0) b = measure(bare, generator, server_core, generator_core);
    bare_cost.push_back(b.microseconds_a_packet);
    our_cost.push_back(o.microseconds_a_packet);
    ratios.push_back(o.microseconds_a_packet / b.microseconds_a_packet);
    std::printf("%-6u %12.2f %12.2f %8.3f %8s\n", round + 1, bare_cost.back(), our_cost.back(), ratios.back(),
                (std::to_string(b.lost) + "/" + std::to_string(o.lost)).c_str());
    std::fflush(stdout);
  }
  std::printf("%-6s %12.2f %12.2f %8.3f\n", "median", median(bare_cost), median(our_cost), median(ratios));
}
