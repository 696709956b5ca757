#include "host/console_session.h"

#include <unistd.h>

#include <iostream>

#include "host/console_editor.h"
#include "host/console_link.h"

namespace tandem {
namespace {

constexpr std::chrono::seconds kPatience{90};  // the server itself gives up after 60 s

class Session {
 public:
  explicit Session(ConsoleLink link) : link_(std::move(link)) { link_.set_patience(kPatience); }

  int serve_terminal();
  int serve_pipe();

 private:
  /// The answer to a request; what is published meanwhile is printed. Empty: Tandem has gone.
  std::optional<Json> ask(const Json& request);
  /// False when Tandem has gone.
  bool run(const std::string& line);
  std::vector<std::string> candidates(const std::string& line);
  int lost() const;

  ConsoleLink link_;
  bool failed_ = false;  // the last command
};

std::optional<Json> Session::ask(const Json& request) {
  if (!link_.send(request)) return std::nullopt;
  for (;;) {
    while (auto message = link_.take()) {
      if (message->is_discarded()) return std::nullopt;
      if (message->contains("code")) return message;
      std::cout << message->value("out", "") << std::flush;
    }
    if (!link_.receive()) return std::nullopt;
  }
}

bool Session::run(const std::string& line) {
  const auto answer = ask({{"line", line}, {"session", true}});
  if (!answer) return false;
  failed_ = answer->value("code", 1) != 0;
  (failed_ ? std::cerr : std::cout) << answer->value("out", "") << std::flush;
  return true;
}

std::vector<std::string> Session::candidates(const std::string& line) {
  const auto answer = ask({{"line", line}, {"complete", true}});
  if (!answer || !answer->contains("candidates")) return {};
  std::vector<std::string> words;
  for (const auto& word : answer->at("candidates")) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  return words;
}

int Session::lost() const {
  std::cerr << "Tandem has gone\n";
  return 1;
}

bool is_farewell(const std::string& line) { return line == "exit" || line == "quit"; }
bool is_blank(const std::string& line) { return line.find_first_not_of(" \t\r\n") == std::string::npos; }

int Session::serve_pipe() {
  bool any_failed = false;
  for (std::string line; std::getline(std::cin, line) && !is_farewell(line);) {
    if (is_blank(line)) continue;
    if (!run(line)) return lost();
    any_failed = any_failed || failed_;
  }
  return any_failed ? 1 : 0;
}

int Session::serve_terminal() {
  bool gone = false;
  const auto incoming = [&]() -> std::optional<std::string> {
    std::string text;
    if (!link_.receive()) gone = true;
    while (auto message = link_.take()) text += message->is_object() ? message->value("out", "") : "";
    return gone ? std::nullopt : std::optional(std::move(text));
  };
  ConsoleEditor editor("tandem> ", link_.descriptor(), incoming, [this](const std::string& line) { return candidates(line); });
  while (const auto line = editor.read()) {
    if (is_farewell(*line)) return 0;
    if (!is_blank(*line) && !run(*line)) return lost();
  }
  return gone ? lost() : 0;
}

}  // namespace

int run_console_session(const std::string& socket) {
  auto link = ConsoleLink::open(socket);
  if (!link) return std::cerr << "Error: " << link.error().message << '\n', 1;
  Session session(std::move(*link));
  return ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1 ? session.serve_terminal() : session.serve_pipe();
}

}  // namespace tandem
