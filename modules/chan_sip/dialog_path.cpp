#include "dialog_path.h"

#include "contact_uri.h"
#include "identity.h"
#include "stack.h"

namespace tandem {

void DialogPath::open(bool tcp, FlowId flow, const SocketAddress& peer, bool behind_nat) {
  tcp_ = tcp;
  flow_ = flow;
  behind_nat_ = behind_nat;
  far_ = peer;
  peer_ = hop_uri(peer, tcp);
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
  const bool ours = next != nullptr && url_has_param(next, "gr") != 0;  // a GRUU (RFC 5627) names us, not the way to the phone
  const SocketAddress numeric = next != nullptr ? numeric_address(next->url_host, next->url_port) : SocketAddress();
  const bool six = !behind_nat_ && !ours && numeric.family() == AF_INET6;  // nta must be helped with these
  if (six) peer_ = hop_uri(numeric, tcp_ || transport_of(next) == "tcp");
  pinned_ = six || ours || behind_nat_ || next == nullptr || named(next);
}

}  // namespace tandem
