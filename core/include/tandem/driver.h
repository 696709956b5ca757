// Driver: a protocol that has legs (SIP, null). Orders go in and facts come out, as values; the core knows nothing of the protocol.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/cause.h"
#include "tandem/media.h"

namespace tandem {

/// Names one leg for life, across all drivers. 0 is nobody.
using ChannelId = uint64_t;

/// Who is shown to the other side. `restricted`: the number may be asserted to trusted networks but not displayed (RFC 3323).
struct Party {
  std::string number;
  std::string name;
  bool restricted = false;
};

/// Who sent the call on before it came here (RFC 5806).
struct Diversion {
  Party from;
  std::string reason = "unconditional";  ///< "user-busy", "no-answer", "unconditional", "deflection", "unavailable", ...
};

/// A leg that came in. The driver has authenticated or identified its endpoint already.
struct IncomingLeg {
  ChannelId channel = 0;
  std::string endpoint;  ///< device name or trunk name
  std::string context;   ///< where its numbers are looked up: "phones", or what the trunk's section says
  bool is_device = false;
  Party caller;                           ///< of a trunk: as asserted; of a device: empty, the core asks the directory
  std::string dialled;                    ///< user part of the request URI, unescaped
  std::optional<MediaDescription> offer;  ///< empty: the far end wants ours (offerless INVITE)
  std::string protocol_id;                ///< SIP Call-ID, for logs and records
  SocketAddress source;
  uint8_t hops_left = 70;                  ///< Max-Forwards as received
  std::vector<Diversion> diversions = {};  ///< who sent it on before it came here, the latest first; from trusted sides only, never many
  ChannelId replaces = 0;                  ///< it wants to take the place of this leg (RFC 3891); 0: of none
};

/// One header field of a message: "Alert-Info", "<urn:alert:source:external>".
struct HeaderField {
  std::string name, value;
};

/// Where a called party wants the call instead (3xx).
struct Redirection {
  std::vector<std::string> numbers;  ///< as that party would dial them, best first; at least one, never many
  std::string reason;                ///< as in Diversion
};

/// A leg to be made.
struct OutgoingLeg {
  ChannelId channel = 0;
  std::string endpoint;  ///< device or trunk name, as expanded
  std::string address;   ///< one of Driver::expand(): opaque to the core
  std::string number;    ///< the number to dial (trunks); for devices empty
  Party caller;
  MediaDescription offer;
  uint8_t hops_left = 70;             ///< Max-Forwards to send
  bool emergency = false;             ///< passes every limit, also to a trunk that seems down
  std::string location;               ///< emergency calls: the phone's site location; else empty
  std::vector<Diversion> diversions;  ///< the latest first
  /// More header fields to send. originate() refuses (invalid) names that the driver writes itself and anything that is no header field.
  std::vector<HeaderField> headers;
  bool answer_at_once = false;  ///< the phone is asked to answer by itself: its person has just said so
};

/// The name of the signalling dialog of a leg (RFC 3261 section 12), tags as we see them.
struct DialogName {
  std::string call_id, local_tag, remote_tag;
};

/// What the party of an answered leg wants done with its other side: sent on to a number, or joined with the other side of another leg of
/// that party.
struct TransferRequest {
  std::string number;   ///< as that party would dial it; empty: join
  ChannelId other = 0;  ///< a leg of the same phone or person, in another call
};

/// How that goes.
struct TransferProgress {
  enum class Step : uint8_t { ringing, answered, failed } step = Step::ringing;
  Ending why = {};  ///< failed
};

class Driver;

/// What a driver tells the core. Switch thread. Facts about a channel that has ended are not sent.
class ChannelEvents {
 public:
  virtual ~ChannelEvents() = default;
  virtual ChannelId next_channel() = 0;
  /// May refuse at once (stopping, too many calls): the driver then answers with the error's cause and keeps nothing.
  /// Orders for the leg come later, never from inside this function.
  virtual Result<void> incoming(Driver& driver, IncomingLeg leg) = 0;
  virtual void ringing(ChannelId channel) = 0;
  /// The called party of an outgoing leg wants the call elsewhere. The leg is over: ended() follows.
  virtual void redirected(ChannelId channel, const Redirection& to) = 0;
  /// Error: nothing happens, and nothing follows. Else Driver::transferred() tells how it goes; the leg is hung up once it is done.
  virtual Result<void> transfer(ChannelId /*by*/, const TransferRequest& /*request*/) {
    return Error{ErrorCode::unsupported, "calls are not sent on"};
  }
  /// Early media (183 with SDP).
  virtual void progress(ChannelId channel, const MediaDescription& answer) = 0;
  virtual void answered(ChannelId channel, const MediaDescription& answer) = 0;
  /// The far end of an answered leg offers a change (re-INVITE, UPDATE). The core answers with Driver::accept or Driver::refuse.
  virtual void offered(ChannelId channel, const MediaDescription& offer) = 0;
  /// Answer to our Driver::offer(), to an offer in our 200, or why there is none. A refused offer leaves the old media in force.
  virtual void offer_answered(ChannelId channel, const Result<MediaDescription>& answer) = 0;
  /// The far end of an answered leg wants an offer of ours (a re-INVITE without one). The core gives it with Driver::accept, or refuses.
  virtual void offer_wanted(ChannelId channel) = 0;
  /// The last fact about a channel, whoever ended it, also after Driver::hangup().
  virtual void ended(ChannelId channel, const Ending& ending) = 0;
  /// A digit that came by signalling (INFO); '0'-'9', '*', '#', 'A'-'D'.
  virtual void digit(ChannelId channel, char digit) = 0;
};

/// Orders, all on the switch thread. An order that makes no sense in the leg's state is ignored and logged: races are normal.
class Driver {
 public:
  virtual ~Driver() = default;
  virtual std::string_view name() const = 0;  ///< "sip": the first part of a dial target "sip/pstn/+14085551234"

  /// The addresses at which an endpoint can be rung now (a device's contacts, a trunk's gateway), best first.
  /// not_found: no such endpoint; unavailable: known but not registered or down.
  virtual Result<std::vector<std::string>> expand(std::string_view endpoint) = 0;
  /// What the endpoint's settings say about the media of one leg, which goes to `address` (one of expand(); empty: it came in). Asked once
  /// for each leg. Null: nothing.
  virtual std::shared_ptr<const MediaPolicy> media_policy(std::string_view /*endpoint*/, std::string_view /*address*/) { return nullptr; }
  /// Whether a leg that is to be made goes there over IPv6, so that its media should too.
  virtual bool reached_by_ipv6(std::string_view /*endpoint*/, std::string_view /*address*/) { return false; }
  /// Returns the protocol's own id of the leg (SIP Call-ID), for records. On Error there is no leg and no ended() follows.
  virtual Result<std::string> originate(const OutgoingLeg& leg) = 0;
  virtual void ring(ChannelId channel) = 0;
  virtual void progress(ChannelId channel, const MediaDescription& answer) = 0;
  /// Answers an incoming leg with an answer, or with an offer where its INVITE had none.
  virtual void answer(ChannelId channel, const MediaDescription& description) = 0;
  /// Ends a leg in any state: refuse, CANCEL or BYE as fits. ended() follows.
  virtual void hangup(ChannelId channel, const Ending& ending) = 0;
  virtual void offer(ChannelId channel, const MediaDescription& offer) = 0;
  /// Our answer to what was offered(), or our offer where offer_wanted().
  virtual void accept(ChannelId channel, const MediaDescription& answer) = 0;
  virtual void refuse(ChannelId channel, const Error& why) = 0;
  /// Who the leg's party is being connected to, in time for the next ring(), progress() or answer(): shown where the endpoint displays it.
  virtual void connected(ChannelId /*channel*/, const Party& /*to*/) {}
  /// Sends a digit by signalling. False: the endpoint does not want that, it belongs into the media (RFC 4733).
  virtual bool digit(ChannelId /*channel*/, char /*digit*/, std::chrono::milliseconds /*length*/) { return false; }
  /// The value of a header of the message that made an incoming leg, or of the last response on an outgoing one; several of a name are
  /// joined with ", ". Empty: it has none of that name, or credentials are asked for.
  virtual std::optional<std::string> header(ChannelId /*channel*/, std::string_view /*name*/) { return std::nullopt; }
  /// To the leg that asked ChannelEvents::transfer().
  virtual void transferred(ChannelId /*channel*/, const TransferProgress& /*progress*/) {}
  /// Empty: it has none yet, or the protocol knows no such thing.
  virtual std::optional<DialogName> dialog(ChannelId /*channel*/) { return std::nullopt; }
  /// The channel has ended and its call's record is on disk, or never will be: whoever hung up may be answered now. Does not always come;
  /// a driver that holds its answer back must set a limit to that.
  virtual void settled(ChannelId /*channel*/) {}
  /// One line for `core show channels`: peer address, dialog state.
  virtual std::string describe(ChannelId channel) = 0;
};

}  // namespace tandem
