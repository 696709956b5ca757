#include "host/console_connection.h"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "host/console_render.h"
#include "host/console_words.h"
#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog("console");

// What a request may hold; anything else in it is ignored.
struct Request {
  std::string line;
  bool json = false;
  bool follow = false;
  bool session = false;
  bool complete = false;
};

std::optional<Request> parse_request(const std::string& text) {
  const auto object = nlohmann::json::parse(text, nullptr, false);
  if (!object.is_object() || !object.contains("line") || !object["line"].is_string()) return std::nullopt;
  const auto flag = [&object](const char* key) { return object.contains(key) && object[key].is_boolean() && object[key].get<bool>(); };
  return Request{.line = object["line"].get<std::string>(),
                 .json = flag("json"),
                 .follow = flag("follow"),
                 .session = flag("session"),
                 .complete = flag("complete")};
}

// "sip debug on" and "sip debug off" are about the same thing.
std::string_view all_but_last_word(std::string_view verb) { return verb.substr(0, verb.rfind(' ')); }

}  // namespace

ConsoleConnection::ConsoleConnection(Loop& loop, CommandTable& commands, Descriptor socket, Owner owner)
    : loop_(loop), commands_(commands), socket_(std::move(socket)), owner_(std::move(owner)), patience_(loop) {}

void ConsoleConnection::start() {
  watch();
  patience_.start(kPatience, [this] { out_of_patience(); });
}

bool ConsoleConnection::follows(std::string_view topic) const {
  return std::any_of(followed_.begin(), followed_.end(), [topic](const std::string& verb) {
    return verb.starts_with(topic) && (verb.size() == topic.size() || verb[topic.size()] == ' ');
  });
}

void ConsoleConnection::send_line(std::string_view line) {
  if (output_.size() > kMostUnread) return end("it does not read what it follows");
  send({{"out", printable(line) + '\n'}});
}

void ConsoleConnection::ready(uint32_t events) {
  const auto self = shared_from_this();  // end() lets go of the last other owner
  if ((events & EPOLLERR) != 0) return end("the socket failed");
  if ((events & EPOLLOUT) != 0) flush();
  if ((events & (EPOLLIN | EPOLLHUP)) != 0) read_input();
}

void ConsoleConnection::read_input() {
  if (!socket_ || input_ended_) return;
  char buffer[16 * 1024];
  const ssize_t n = ::recv(socket_.get(), buffer, sizeof buffer, MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) return end("the socket failed");
  if (n == 0) {
    input_ended_ = true;  // it may still wait for the answer, as `echo ... | nc -U` does
    const bool waits = busy_ || !output_.empty() || input_.find('\n') != std::string::npos;
    return waits && followed_.empty() ? watch() : end({});
  }
  input_.append(buffer, static_cast<size_t>(n));
  take_next();
  if (socket_ && input_.size() > kLongestLine) end("a request is too long");
}

void ConsoleConnection::take_next() {
  if (!socket_ || busy_ || !output_.empty()) return;  // flush() comes back when the last answer has been read
  const size_t end_of_line = input_.find('\n');
  if (end_of_line == std::string::npos) return;
  const std::string line = input_.substr(0, end_of_line);
  input_.erase(0, end_of_line + 1);
  take_request(line);
}

void ConsoleConnection::take_request(const std::string& line) {
  busy_ = true;
  const uint64_t number = ++request_;
  patience_.start(kPatience, [this] { out_of_patience(); });
  const auto request = parse_request(line);
  if (!request) return end("a request is no JSON object with a line");
  if (request->complete) return complete(request->line);
  json_ = request->json;
  session_ = request->session;
  if (!session_) followed_.clear();
  auto words = split_words(request->line);
  if (words && std::erase(*words, "--json") > 0) json_ = true;
  if (!words) return reply(number, words.error());
  verb_ = join_words(*words);
  if (request->follow || session_) follow(verb_, session_);
  commands_.run(*words, [weak = weak_from_this(), number](const Result<Json>& result) {
    if (const auto self = weak.lock()) self->reply(number, result);
  });
}

void ConsoleConnection::follow(const std::string& verb, bool session) {
  if (session) {
    std::erase_if(followed_, [&](const auto& other) { return all_but_last_word(other) == all_but_last_word(verb); });
    if (followed_.size() >= kMostWatched) followed_.erase(followed_.begin());
  }
  followed_.push_back(verb);
}

// The last word is what has been typed of it; it may be empty.
void ConsoleConnection::complete(const std::string& line) {
  auto words = split_words(line);
  Json candidates = Json::array();
  if (words) {
    std::string typed;
    if (!words->empty() && !line.ends_with(' ')) {
      typed = words->back();
      words->pop_back();
    }
    candidates = commands_.complete(*words, typed);
  }
  busy_ = false;
  send({{"candidates", std::move(candidates)}, {"code", 0}});
}

void ConsoleConnection::reply(uint64_t request, const Result<Json>& result) {
  if (!busy_ || request != request_ || !socket_) return;
  busy_ = false;
  std::string out = !result ? render_error(result.error(), json_) : json_ ? render_json(*result) : render_text(*result);
  int code = result ? 0 : 1;
  if (out.size() > kMostOutput) {
    out = render_error({ErrorCode::exhausted, fmt::format("the answer has {} bytes, more than {}", out.size(), kMostOutput)}, json_);
    code = 1;
  }
  if (code != 0) std::erase(followed_, verb_);
  owner_.watching_changed();
  send({{"out", std::move(out)}, {"code", code}});
}

void ConsoleConnection::send(const Json& message) {
  output_ += message.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  flush();
}

void ConsoleConnection::flush() {
  if (!socket_) return;
  size_t sent = 0;
  while (sent < output_.size()) {
    const ssize_t n = ::send(socket_.get(), output_.data() + sent, output_.size() - sent, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0 && errno == EAGAIN) break;
    if (n < 0) return end({});
    sent += static_cast<size_t>(n);
  }
  output_.erase(0, sent);
  if (sent > 0) patience_.start(kPatience, [this] { out_of_patience(); });
  watch();
  if (!output_.empty() || busy_) return;
  if (input_.find('\n') != std::string::npos) {
    // The next request waits already; this may be inside a verb, and what comes next must not run on its stack.
    loop_.defer([weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->take_next();
    });
  } else if (input_ended_) {
    end({});
  }
}

void ConsoleConnection::watch() {
  const uint32_t events = (input_ended_ ? 0u : static_cast<uint32_t>(EPOLLIN)) | (output_.empty() ? 0u : static_cast<uint32_t>(EPOLLOUT));
  if (events == watched_events_) return;
  watched_events_ = events;
  watch_.reset();
  if (events == 0) return;  // it has sent everything and waits for a verb: level-triggered, a hang-up would spin
  watch_ = loop_.watch(socket_.get(), events, [this](uint32_t what) { ready(what); });
}

void ConsoleConnection::out_of_patience() {
  const auto self = shared_from_this();
  if (busy_) return reply(request_, Error{ErrorCode::timeout, fmt::format("no answer within {} s", kPatience.count())});
  if ((session_ || !followed_.empty()) && output_.empty()) return;  // who follows may wait for a line as long as he likes
  end(output_.empty() ? std::string_view() : "it does not read its answer");
}

void ConsoleConnection::end(std::string_view why) {
  if (!socket_) return;
  if (!why.empty()) kLog.line(LogLevel::warning, "console connection dropped: {}", why);
  watch_.reset();
  patience_.stop();
  socket_.reset();
  followed_.clear();
  owner_.gone();
}

}  // namespace tandem
