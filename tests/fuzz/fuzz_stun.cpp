// Whatever claims to be an ICE check, at a port whose password the input may know; and the first octets of DTLS.
#include <cstdlib>
#include <vector>

#include "media/dtls.h"
#include "media/rtp.h"
#include "media/stun.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // The credentials of the corpus (RFC 5769 2.1), so that mutations of it get past them.
  static const tandem::IceLite ice{{"evtj", "VOkJxbRl1RmTxUk/WvJxBt"}, "h6vY"};
  static const auto from = *tandem::SocketAddress::from("2001:db8::1", 40000);
  const std::vector<uint8_t> packet(data, data + size);  // for the address sanitizer
  tandem::is_dtls(packet);
  if (!tandem::is_stun(packet)) return 0;
  std::vector<uint8_t> answer(tandem::kMostStunAnswer);
  const auto made = tandem::answer_stun(packet, from, ice, answer);
  require(made.size <= answer.size() && (!made.valid || made.size > 0) && (!made.nominated || made.valid));
  if (made.size == 0) return 0;
  answer.resize(made.size);
  require(tandem::is_stun(answer));
  require(tandem::answer_stun(answer, from, ice, answer).size == 0);  // answers are not answered
  return 0;
}
