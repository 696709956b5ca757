// Call: a conversation. Its channels, its variables, its dialplan coroutine, its facts for the record. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/clock.h"
#include "tandem/directory.h"
#include "tandem/driver.h"
#include "tandem/function.h"

namespace tandem {

/// The life of a leg, as the core sees it. Transitions are a table in core/src/call/channel_state.cpp.
enum class ChannelState : uint8_t { idle, calling, ringing, early, up, ending, ended };
std::string_view to_string(ChannelState state);

/// One leg to one party. Owned by its Call; keeps its id for life, also when it moves to another bridge.
class Channel {
 public:
  virtual ~Channel() = default;
  virtual ChannelId id() const = 0;
  virtual ChannelState state() const = 0;
  virtual bool outgoing() const = 0;
  virtual const std::string& driver() const = 0;
  virtual const std::string& endpoint() const = 0;
  /// The far party: the caller of an incoming leg, the dialled one of an outgoing leg.
  virtual const Party& party() const = 0;
  virtual MediaPort* media() = 0;  ///< null when it has none
  /// Of a leg that the driver can name (Driver::dialog).
  virtual std::optional<DialogName> dialog() { return std::nullopt; }
};

class Call {
 public:
  virtual ~Call() = default;
  virtual const std::string& id() const = 0;       ///< "C-00a1f3c2b8", in every log line and record
  virtual const std::string& context() const = 0;  ///< "phones", "pstn"
  virtual const std::string& dialled() const = 0;
  virtual Channel& caller() = 0;                 ///< the leg that started it
  virtual std::vector<Channel*> channels() = 0;  ///< caller first

  /// What the called side is shown; the dialplan may change it before it dials.
  virtual Party& caller_identity() = 0;
  /// The calling device (null for trunks) and who is at it, resolved when the call began.
  virtual const std::shared_ptr<const Device>& device() const = 0;
  virtual const Occupant& occupant() const = 0;

  virtual std::map<std::string, std::string, std::less<>>& variables() = 0;
  /// A header of the message that began the call (Driver::header): hostile text. Empty: there is none.
  virtual std::optional<std::string> header(std::string_view name) = 0;
  /// Who sent the call on before it came here, the latest first; from trusted sides only.
  virtual std::span<const Diversion> diversions() const { return {}; }

  /// Answers the caller's leg if it is not up yet. unavailable: it has gone.
  virtual Result<void> answer() = 0;
  /// Sends the caller its own sound back, until the call ends or anything else takes the media.
  virtual Result<void> echo() = 0;
  /// Ends every leg; the dialplan is told. Safe to call twice.
  virtual void hangup(const Ending& ending) = 0;
  /// Where the dialplan takes it: "_1XXXX in inside (main.lua:31)". For the record, and the first of its decisions.
  virtual void routed(std::string route) { explain(dialled() + " fits " + route); }
  /// One sentence for the record and the log about a decision ("ring john.doe at SEP001122330001: registered").
  virtual void explain(std::string sentence) = 0;
  /// The caller, at a trunk, is this person at that remote destination ("john.doe/mobile"): for the record. Whom the called side is shown
  /// is caller_identity(), as ever.
  virtual void recognised(std::string /*user*/, std::string /*destination*/) {}
  /// Where the caller is as far as recognised() has told; empty: at no remote destination that is known.
  virtual std::string_view from_destination() const { return {}; }
};

}  // namespace tandem
