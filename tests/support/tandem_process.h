// TandemProcess: the real binary on the sample office, in a state folder and on ports of its own, so that tests run side by side. Test's
// thread.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tandem/address.h"

namespace tandem::test {

/// A run of a program to its end: exit code (128 + signal when killed) and what it wrote to both outputs.
struct Finished {
  int code = -1;
  std::string output;
};
Finished run_program(const std::vector<std::string>& arguments, std::chrono::milliseconds limit = std::chrono::seconds(10));

/// A folder below the system's temporary one, removed with everything in it at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

/// A range of 100 RTP ports that no other test process of this machine uses, held by a file lock as long as it lives.
class PortRange {
 public:
  PortRange();
  ~PortRange();
  PortRange(const PortRange&) = delete;
  PortRange& operator=(const PortRange&) = delete;
  int first() const { return first_; }
  int last() const { return first_ + 99; }

 private:
  int lock_ = -1;
  int first_ = 0;
};

class TandemProcess {
 public:
  /// `overrides`: values for --set, "sip/pstn/gateway=127.0.0.1:5999". `configs`: another folder than the sample office's.
  explicit TandemProcess(std::vector<std::string> overrides = {}, std::string configs = {});
  /// Ends it with SIGTERM; a test fails when that takes longer than 5 s or the exit code is not 0.
  ~TandemProcess();
  TandemProcess(const TandemProcess&) = delete;
  TandemProcess& operator=(const TandemProcess&) = delete;

  /// Starts it (again, on the same state) and waits for its report. Throws with the log when there is none.
  void start();
  /// SIGTERM and SIGINT, so that calls are not waited for; the exit code.
  int stop();
  /// SIGKILL, as a power cut would.
  void kill();
  bool alive();

  SocketAddress listener(const std::string& name) const;
  SocketAddress sip() const { return listener("sip-udp"); }

  /// `tandem -x "line"`.
  Finished console(const std::string& line) const;
  /// The same with --json, parsed. Throws when the command fails.
  nlohmann::json ask(const std::string& line) const;
  /// Asks until `fits`, for facts that are written a moment later. Throws with the last answer when the time is over.
  template <class Fits>
  nlohmann::json ask_until(const std::string& line, Fits fits, std::chrono::milliseconds limit = std::chrono::seconds(5)) const {
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
      nlohmann::json answer = ask(line);
      if (fits(answer)) return answer;
      if (std::chrono::steady_clock::now() > end) give_up(line, answer);
      pause();
    }
  }

  std::string log() const;
  const std::string& state() const { return state_.path(); }
  const PortRange& ports() const { return ports_; }
  pid_t pid() const { return pid_; }

 private:
  [[noreturn]] static void give_up(const std::string& line, const nlohmann::json& answer);
  static void pause();
  int wait_for_end(std::chrono::milliseconds limit);

  TemporaryFolder state_;
  PortRange ports_;
  std::string configs_;
  std::vector<std::string> overrides_;
  nlohmann::json report_;
  pid_t pid_ = -1;
};

}  // namespace tandem::test
