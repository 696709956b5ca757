#include "called_side.h"

#include <fmt/format.h>

namespace tandem::load {

CalledSide::CalledSide(SipSocket& socket, Timers& timers, std::string name, const SocketAddress& rtp, Milliseconds ring)
    : socket_(socket),
      timers_(timers),
      headers_(fmt::format("Contact: <sip:{}@{}>\r\nAllow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nServer: load\r\n", name,
                           socket.local().to_string())),
      body_(sdp_body(rtp)),
      ring_(ring) {}

void CalledSide::take(const SipView& message) {
  if (message.status != 0) return;
  if (message.method == "INVITE") return invited(message);
  const auto leg = legs_.find(std::string(message.call_id));
  if (message.method == "ACK") {
    if (leg != legs_.end() && !leg->second.acknowledged) {
      leg->second.acknowledged = true;
      ++counts_.acknowledged;
    }
    return;
  }
  // A BYE that comes again finds no leg and gets its 200 all the same.
  if (message.method == "BYE" && leg != legs_.end()) {
    legs_.erase(leg);
    ++counts_.ended;
  }
  socket_.send(response_to(message, 200, "OK", "load").append(kNoBody));
}

void CalledSide::invited(const SipView& request) {
  const auto [leg, is_new] = legs_.try_emplace(std::string(request.call_id));
  if (!is_new) {
    ++counts_.repeated;
    if (leg->second.rings) return;
    socket_.send(leg->second.answer);
    return;
  }
  ++counts_.invites;
  const std::string tag = fmt::format("called{}", ++tags_);
  socket_.send(response_to(request, 180, "Ringing", tag).append(headers_).append(kNoBody));
  leg->second.answer = response_to(request, 200, "OK", tag).append(headers_).append(body_);
  if (ring_.count() == 0) return answer(leg->first);
  leg->second.rings = true;
  timers_.after(ring_, [this, call_id = leg->first] { answer(call_id); });
}

void CalledSide::answer(const std::string& call_id) {
  const auto leg = legs_.find(call_id);
  if (leg == legs_.end()) return;
  leg->second.rings = false;
  socket_.send(leg->second.answer);
  repeat_answer(call_id, kT1);
}

void CalledSide::repeat_answer(const std::string& call_id, Milliseconds delay) {
  timers_.after(delay, [this, call_id, delay] {
    const auto leg = legs_.find(call_id);
    if (leg == legs_.end() || leg->second.acknowledged) return;
    ++counts_.repeated;
    socket_.send(leg->second.answer);
    repeat_answer(call_id, std::min(2 * delay, kT2));
  });
}

}  // namespace tandem::load
