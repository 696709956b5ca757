#include "support/tandem_process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

namespace tandem::test {
namespace {

using Time = std::chrono::steady_clock;
using std::chrono::milliseconds;

std::string binary() { return TANDEM_BINARY_DIR "/tandem"; }

std::string read_file(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// Starts a program in the source root with both outputs in `output` (a descriptor).
pid_t spawn(const std::vector<std::string>& arguments, int output) {
  std::vector<char*> argv;
  for (const auto& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addchdir_np(&actions, TANDEM_SOURCE_DIR);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  pid_t pid = -1;
  const int failed = posix_spawn(&pid, argv[0], &actions, nullptr, argv.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + arguments[0]);
  return pid;
}

int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }

/// Waits for the end of a child; -1 when the time is over.
int wait_child(pid_t pid, milliseconds limit) {
  const auto end = Time::now() + limit;
  for (;;) {
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) return exit_code(status);
    if (Time::now() > end) return -1;
    std::this_thread::sleep_for(milliseconds(5));
  }
}

}  // namespace

Finished run_program(const std::vector<std::string>& arguments, milliseconds limit) {
  int ends[2] = {-1, -1};
  if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const pid_t pid = spawn(arguments, ends[1]);
  ::close(ends[1]);
  Finished finished;
  const auto end = Time::now() + limit;
  for (char buffer[4096];;) {
    pollfd polled{ends[0], POLLIN, 0};
    const auto left = std::chrono::ceil<milliseconds>(end - Time::now()).count();
    if (left <= 0 || ::poll(&polled, 1, static_cast<int>(left)) <= 0) break;
    const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
    if (n <= 0) break;
    finished.output.append(buffer, static_cast<size_t>(n));
  }
  ::close(ends[0]);
  finished.code = wait_child(pid, std::max(milliseconds(100), std::chrono::ceil<milliseconds>(end - Time::now())));
  if (finished.code < 0) {
    ::kill(pid, SIGKILL);
    finished.code = wait_child(pid, std::chrono::seconds(5));
    finished.output += "\n(killed: it took too long)";
  }
  return finished;
}

TemporaryFolder::TemporaryFolder() {
  std::string name = (std::filesystem::temp_directory_path() / "tandem-test-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
  path_ = name;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

PortRange::PortRange() {
  // Below the kernel's own range for port 0, so that nobody is given one of ours by chance.
  for (int slot = 0; slot < 100; ++slot) {
    const auto path = std::filesystem::temp_directory_path() / fmt::format("tandem-test-ports-{}", slot);
    lock_ = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    if (lock_ >= 0 && ::flock(lock_, LOCK_EX | LOCK_NB) == 0) {
      first_ = 20000 + slot * 100;
      return;
    }
    if (lock_ >= 0) ::close(lock_);
  }
  throw std::runtime_error("no free range of RTP ports");
}

PortRange::~PortRange() { ::close(lock_); }

TandemProcess::TandemProcess(std::vector<std::string> overrides, std::string configs)
    : configs_(configs.empty() ? "configs" : std::move(configs)), overrides_(std::move(overrides)) {
  start();
}

TandemProcess::~TandemProcess() {
  if (pid_ < 0) return;
  const int code = stop();
  if (code != 0) ADD_FAILURE() << "tandem ended with code " << code << " after SIGTERM; its log:\n" << log();
}

void TandemProcess::start() {
  const std::string report = state() + "/report.json";
  std::filesystem::remove(report);
  std::vector<std::string> arguments{binary(), "-c", configs_, "-s", state(), "--report", report};
  std::vector<std::string> set{"sip/udp/port=0", fmt::format("rtp/rtp/port_start={}", ports_.first()),
                               fmt::format("rtp/rtp/port_end={}", ports_.last())};
  const auto chooses_modules = [](const std::string& value) { return value.starts_with("tandem/modules/load="); };
  if (std::none_of(overrides_.begin(), overrides_.end(), chooses_modules)) {
    for (const char* const name : {"http-phone", "http-api", "http-files"}) set.push_back(fmt::format("http/{}/port=0", name));
  }
  set.insert(set.end(), overrides_.begin(), overrides_.end());
  for (const auto& value : set) arguments.insert(arguments.end(), {"--set", value});

  const int output = ::open((state() + "/output.log").c_str(), O_CREAT | O_WRONLY | O_APPEND | O_CLOEXEC, 0600);
  pid_ = spawn(arguments, output);
  ::close(output);
  const auto end = Time::now() + std::chrono::seconds(20);
  while (!std::filesystem::exists(report)) {
    const int code = wait_child(pid_, milliseconds(5));
    if (code >= 0 || Time::now() > end) {
      if (code < 0) kill();
      pid_ = -1;
      throw std::runtime_error(fmt::format("tandem did not start (code {}); its log:\n{}", code, log()));
    }
  }
  report_ = nlohmann::json::parse(read_file(report));
}

int TandemProcess::wait_for_end(milliseconds limit) {
  const int code = wait_child(pid_, limit);
  if (code >= 0) pid_ = -1;
  return code;
}

int TandemProcess::stop() {
  if (pid_ < 0) return -1;
  ::kill(pid_, SIGTERM);
  ::kill(pid_, SIGINT);  // now: a call that a test has left is nothing to wait for
  const int code = wait_for_end(std::chrono::seconds(5));
  if (code < 0) kill();
  return code;
}

void TandemProcess::kill() {
  if (pid_ < 0) return;
  ::kill(pid_, SIGKILL);
  (void)wait_for_end(std::chrono::seconds(10));
}

bool TandemProcess::alive() {
  if (pid_ < 0) return false;
  return wait_for_end(milliseconds(0)) < 0;
}

SocketAddress TandemProcess::listener(const std::string& name) const {
  for (const auto& listener : report_.at("listeners")) {
    if (listener.at("name") != name) continue;
    const auto address = SocketAddress::from(listener.at("address").get<std::string>(), listener.at("port").get<uint16_t>());
    if (address) return *address;
  }
  throw std::runtime_error("the report names no listener " + name + ": " + report_.dump());
}

Finished TandemProcess::console(const std::string& line) const {
  return run_program({binary(), "-c", configs_, "-s", state(), "-x", line});
}

nlohmann::json TandemProcess::ask(const std::string& line) const {
  const Finished finished = console(line + " --json");
  if (finished.code != 0) throw std::runtime_error(fmt::format("console: {}: code {}: {}", line, finished.code, finished.output));
  return nlohmann::json::parse(finished.output);
}

void TandemProcess::give_up(const std::string& line, const nlohmann::json& answer) {
  throw std::runtime_error("console: " + line + ": still " + answer.dump(2));
}

void TandemProcess::pause() { std::this_thread::sleep_for(milliseconds(20)); }

std::string TandemProcess::log() const { return read_file(state() + "/output.log"); }

}  // namespace tandem::test
