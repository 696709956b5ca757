#include "dialog_path.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include "identity.h"

namespace tandem {

void DialogPath::open(bool tcp, FlowId flow, const SocketAddress& peer, bool behind_nat) {
  tcp_ = tcp;
  flow_ = flow;
  behind_nat_ = behind_nat;
  peer_ = fmt::format(FMT_COMPILE("sip:{}{}"), peer.to_string(), tcp ? ";transport=tcp" : "");
}

void DialogPath::note(nta_leg_t* leg, const sip_t* sip) {
  const auto named = [](const url_t* url) {
    return url != nullptr && url->url_host != nullptr && !SocketAddress::from(bare_host(url->url_host), 0);
  };
  const sip_route_t* route = nullptr;
  const sip_contact_t* target = nullptr;
  nta_leg_get_route(leg, &route, &target);
  const url_t* next = route != nullptr              ? route->r_url
                      : target != nullptr           ? target->m_url
                      : sip->sip_contact != nullptr ? sip->sip_contact->m_url
                                                    : nullptr;
  pinned_ = behind_nat_ || next == nullptr || named(next);
}

}  // namespace tandem
