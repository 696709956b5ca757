// SmtpServer: a small mail server on loopback that takes what it is told to take, one client after the other. A thread of its own.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace tandem::test {

class SmtpServer {
 public:
  struct Mail {
    std::string from, to;  ///< as in the envelope
    std::string data;      ///< headers and body, dots undone
  };

  SmtpServer();
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  std::string url() const { return "smtp://127.0.0.1:" + std::to_string(port_); }
  std::vector<Mail> mails();
  /// What RCPT is answered with from now on: 250, 450, 550.
  void answer_recipients(int status) { recipients_ = status; }

 private:
  void run();
  void serve(int client);
  bool line(int client, std::string& into);
  int listener_ = -1;
  int wake_[2] = {-1, -1};
  uint16_t port_ = 0;
  std::atomic<int> recipients_{250};
  std::string read_;
  std::mutex mutex_;
  std::vector<Mail> mails_;
  std::thread thread_;
};

}  // namespace tandem::test
