// Records: the facts of a call as events, for res_cdr and whoever else keeps books. Switch thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/clock.h"
#include "tandem/driver.h"

namespace tandem {

struct LegRecord {
  std::string channel;  ///< "sip-0000001a"
  bool outgoing = false;
  std::string endpoint;  ///< device or trunk
  std::string user;      ///< who was at the device then; empty for trunks and neutral phones
  std::string number;
  std::string destination = {};  ///< the remote destination that it went to or came from ("john.doe/mobile"); else empty
  std::string protocol_id;       ///< SIP Call-ID
  std::string codec;
  WallTime start;
  std::optional<WallTime> ringing, answer;
  WallTime end;
  Ending ending;
  bool hung_up_first = false;  ///< this party ended the call
  MediaCounts media;
};

/// One party went on talking through another leg.
struct MoveRecord {
  WallTime at;
  std::string from, to;  ///< channels
  std::string how;       ///< "desk pickup", "sent to mobile", "handoff", "replaces", "transfer"
};

struct CallRecord {
  std::string call;       ///< "C-00a1f3c2b8"
  std::string linked_id;  ///< the same over all calls that belong together
  std::string context, dialled;
  std::string route;  ///< where the dialplan took it: "_1XXXX in inside (main.lua:31)"; empty when nothing fitted
  Party caller;
  WallTime start;
  std::optional<WallTime> answer;
  WallTime end;
  std::string disposition;  ///< "answered", "busy", "no-answer", "failed", "cancelled"
  Ending ending;
  std::vector<std::string> decisions;  ///< what the dialplan and the core decided, in order
  std::vector<LegRecord> legs;         ///< caller first
  std::vector<MoveRecord> moves = {};  ///< in order
};

struct CallStarted {
  static constexpr std::string_view kEvent = "call.started";
  const CallRecord& record;  ///< valid during the event; no legs but the caller's
};
struct CallEnded {
  static constexpr std::string_view kEvent = "call.ended";
  const CallRecord& record;
  /// Whoever makes the record durable keeps a copy until it is: when the last one has gone, the party that hung up is answered. To be let
  /// go on the switch thread, and at once when the disk refuses.
  std::shared_ptr<void> settled;
};

}  // namespace tandem
