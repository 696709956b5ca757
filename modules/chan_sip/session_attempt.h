// What a Session keeps of its INVITE until the final response, to send it again. Switch thread.
#pragma once

#include <deque>
#include <string>

#include "digest_client.h"
#include "session.h"

namespace tandem {

struct Session::Attempt {
  Attempt(Loop& loop, const OutgoingLeg& leg, const InviteTarget& target)
      : hop{target.request_uri, target.next_hop, target.tcp, target.flow},
        others(target.others.begin(), target.others.end()),
        tcp_if_large(target.tcp_if_large),
        emergency(leg.emergency),
        route(target.route),
        hops_left(std::to_string(leg.hops_left)),
        wait(target.patience),
        digest(target.user, target.secret),
        patience(loop) {}

  InviteHop hop;
  std::deque<InviteHop> others;
  bool tcp_if_large, emergency;
  std::string route, hops_left, headers, privacy, body, credentials;
  std::chrono::milliseconds wait;
  DigestClient digest;
  Timer patience;
};

}  // namespace tandem
