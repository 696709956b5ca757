#include "calling_side.h"

#include <fmt/format.h>

#include <charconv>
#include <random>

namespace tandem::load {
namespace {

constexpr unsigned kMaxRepeats = 7;  // RFC 3261's 64 T1 for an INVITE

}  // namespace

CallingSide::CallingSide(SipSocket& socket, Timers& timers, CallPlan plan, const SocketAddress& rtp)
    : socket_(socket),
      timers_(timers),
      plan_(std::move(plan)),
      run_(fmt::format("{:x}", std::random_device()())),
      host_(socket.local().to_string()),
      contact_(fmt::format("Contact: <sip:caller@{}>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nUser-Agent: load\r\n", host_)),
      body_(sdp_body(rtp)) {}

std::string CallingSide::branch(size_t index, std::string_view method, unsigned cseq) const {
  return fmt::format("z9hG4bK{}-{}-{}{}", run_, index, method, cseq);
}

std::string CallingSide::request(size_t index, const Call& call, std::string_view method, unsigned cseq, std::string_view target,
                                 std::string_view to, std::string_view via_branch) const {
  return fmt::format(
      "{} {} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch={};rport\r\nMax-Forwards: 70\r\n{}From: <{}>;tag={}-{}\r\nTo: {}\r\n"
      "Call-ID: {}-{}\r\nCSeq: {} {}\r\n",
      method, target, host_, via_branch, call.route, plan_.from, run_, index, to, index, run_, cseq, method);
}

void CallingSide::start_call() {
  calls_.push_back({.started = Steady::now()});
  ++counts_.started;
  invite(calls_.size() - 1, "");
}

void CallingSide::invite(size_t index, const std::string& authorization) {
  Call& call = calls_[index];
  call.request =
      request(index, call, "INVITE", call.cseq, plan_.target, fmt::format("<{}>", plan_.target), branch(index, "INVITE", call.cseq));
  call.request.append(authorization).append(contact_).append(body_);
  socket_.send(call.request);
  send_until(index, State::calling, kT1);
}

// Repeats the call's last request while the call stays in the state in which it was sent, and is that request still.
void CallingSide::send_until(size_t index, State leaves, Milliseconds delay, unsigned times) {
  timers_.after(delay, [this, index, leaves, delay, times, cseq = calls_[index].cseq] {
    Call& call = calls_[index];
    if (call.state != leaves || call.cseq != cseq) return;
    if (times == kMaxRepeats) return finish(call, "no answer at all");
    ++counts_.repeated;
    socket_.send(call.request);
    send_until(index, leaves, leaves == State::calling ? 2 * delay : std::min(2 * delay, kT2), times + 1);
  });
}

void CallingSide::take(const SipView& message) {
  if (message.status == 0) {
    // A trunk is probed; nothing else is expected here, and nothing else would be an error of the server.
    if (message.method != "ACK") socket_.send(response_to(message, 200, "OK", "load").append(kNoBody));
    return;
  }
  const char* const end = message.call_id.data() + message.call_id.size();
  size_t index = 0;
  const auto [stop, error] = std::from_chars(message.call_id.data(), end, index);
  if (error != std::errc() || index >= calls_.size() || std::string_view(stop, end) != "-" + run_) return;
  Call& call = calls_[index];
  unsigned cseq = 0;
  std::from_chars(message.cseq.data(), message.cseq.data() + message.cseq.size(), cseq);
  if (cseq != call.cseq && !(message.method == "INVITE" && message.status == 200)) return;
  if (message.method == "INVITE") return invite_answered(index, call, message);
  if (message.method != "BYE" || call.state != State::ending || message.status < 200) return;
  finish(call, message.status == 200 ? "" : fmt::format("BYE {}", message.status));
}

void CallingSide::invite_answered(size_t index, Call& call, const SipView& response) {
  const bool waiting = call.state == State::calling || call.state == State::ringing;
  if (response.status < 200) {
    if (waiting) call.state = State::ringing;
    return;
  }
  if (response.status < 300) {
    if (waiting) return connected(index, call, response);
    if (call.ack.empty()) return;
    ++counts_.repeated;
    return socket_.send(call.ack);
  }
  // The ACK of a refusal belongs to the INVITE's own transaction; it is due again for each repetition.
  socket_.send(request(index, call, "ACK", call.cseq, plan_.target, response.to, branch(index, "INVITE", call.cseq)).append(kNoBody));
  if (!waiting) return;
  if (response.status == 401 && call.cseq == 1 && !plan_.credentials.secret.empty()) return challenged(index, call, response);
  finish(call, std::to_string(response.status));
}

void CallingSide::challenged(size_t index, Call& call, const SipView& response) {
  ++call.cseq;
  call.state = State::calling;
  invite(index, fmt::format("Authorization: {}\r\n", test::digest_response(plan_.credentials, response.challenge, "INVITE", plan_.target)));
}

void CallingSide::connected(size_t index, Call& call, const SipView& response) {
  const auto took = std::chrono::duration_cast<std::chrono::microseconds>(Steady::now() - call.started);
  setup_times_.push_back(static_cast<uint32_t>(took.count()));
  ++counts_.answered;
  call.state = State::talking;
  call.to = response.to;
  call.target = uri_of(response.contact);
  for (auto route = response.record_routes.rbegin(); route != response.record_routes.rend(); ++route) {
    fmt::format_to(std::back_inserter(call.route), "Route: {}\r\n", *route);
  }
  call.ack = request(index, call, "ACK", call.cseq, call.target, call.to, branch(index, "ACK", call.cseq)).append(kNoBody);
  socket_.send(call.ack);
  timers_.after(plan_.hold, [this, index] { hang_up(index); });
}

void CallingSide::hang_up(size_t index) {
  Call& call = calls_[index];
  if (call.state != State::talking) return;
  ++call.cseq;
  call.state = State::ending;
  call.request = request(index, call, "BYE", call.cseq, call.target, call.to, branch(index, "BYE", call.cseq)).append(kNoBody);
  socket_.send(call.request);
  send_until(index, State::ending, kT1);
}

void CallingSide::finish(Call& call, const std::string& failure) {
  if (failure.empty()) {
    ++counts_.completed;
  } else {
    ++counts_.failed;
    ++counts_.failures[failure];
  }
  // A run has a hundred thousand calls; what is over keeps its state only.
  call = {.state = State::over, .cseq = call.cseq, .started = call.started};
}

void CallingSide::give_up() {
  for (auto& call : calls_) {
    if (call.state == State::calling || call.state == State::ringing) finish(call, "not answered in time");
    if (call.state == State::talking || call.state == State::ending) finish(call, "BYE not answered in time");
  }
}

}  // namespace tandem::load
