// Whatever a far end puts into an SDP body; and that our answer to it can be read by others.
#include <cstdint>
#include <cstdlib>

#include "sdp.h"

namespace {

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto offer = tandem::parse_sdp_full({reinterpret_cast<const char*>(data), size});
  if (!offer || offer->audio_refused) return 0;
  require(!offer->audio.codecs.empty() && !offer->audio.codecs.front().is_event());
  tandem::MediaDescription answer = offer->audio;
  answer.rtp = *tandem::SocketAddress::from("192.0.2.1", 20000);
  answer.rtcp = {};
  const auto read = tandem::parse_sdp_full(tandem::write_sdp(answer, {1, 2}, &*offer));
  require(static_cast<bool>(read));
  require(read->audio_index == offer->audio_index && read->others.size() == offer->others.size());
  require(read->audio.codecs.front().same_format(answer.codecs.front()));
  return 0;
}
