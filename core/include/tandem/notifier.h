// Notifier: how a module shows state at phones (lamps, message lamps, presence). It says what there is to be told and when it changed; the
// dialogs, their time limits and their pace (RFC 6665) are the driver's. Provided by chan_sip: modules that find it require that. Switch
// thread.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tandem/directory.h"
#include "tandem/registration.h"
#include "tandem/result.h"

namespace tandem {

/// A phone that asks, and who is at it at this moment.
struct Watcher {
  const Device& device;
  const Occupant& who;
};

/// One state that a phone is to be told.
struct StateAsked {
  std::string_view resource;  ///< as the phone named it: "11002"
  std::string_view key;       ///< what resolve() made of it
  std::string_view type;      ///< one of the package's types()
  std::string_view entity;    ///< its address: "sip:11002@192.0.2.1"
  unsigned version = 0;       ///< goes up by one with each state that this watcher is sent, from 0
};

/// An event package. The functions are called whenever the Notifier wants: they answer from what is known, at once.
class EventPackage {
 public:
  virtual ~EventPackage() = default;
  virtual std::string_view event() const = 0;  ///< "dialog": the type in the Event header
  /// The media types in which it can tell the state; the first is for phones that do not say what they accept.
  virtual const std::vector<std::string>& types() const = 0;
  /// What `resource` means for this watcher, as a key that changed() is called with ("user/jane.white"). The user part of the address that
  /// the phone subscribed to is hostile text; its own device name stands for itself. not_found (404) or forbidden (403) refuse it.
  /// Asked again when somebody else is at the watcher's phone.
  virtual Result<std::string> resolve(const Watcher& watcher, std::string_view resource) = 0;
  /// The body. An Error ends the subscription.
  virtual Result<std::string> state(const Watcher& watcher, const StateAsked& asked) = 0;
  /// Phones that do not subscribe are told the state of themselves (their device name is the resource) when they register, when somebody
  /// else is there, and at Notifier::show().
  virtual bool unsolicited() const { return false; }
};

class Notifier {
 public:
  static constexpr std::string_view kInterface = "tandem.notifier";
  virtual ~Notifier() = default;

  /// Until undone `package` serves its event. exists: somebody does already. Undoing it ends the subscriptions to it.
  virtual Result<Registration> offer(EventPackage& package) = 0;
  /// The state behind `key` is another one now. Watchers are told soon; what changes again before that is told once.
  virtual void changed(std::string_view event, std::string_view key) = 0;
  /// The state of `device` itself, to a phone that does not subscribe to it; does nothing for those that do, or are not reachable.
  virtual void show(std::string_view event, std::string_view device) = 0;
  /// A single NOTIFY outside any subscription, to every contact of `device`: `event` is the whole value of the Event header
  /// ("check-sync;reboot=false"). `body` may be empty; "{register-call-id}" in it becomes the Call-ID of that contact's registration.
  /// unavailable: it is not registered, or cannot be reached now; invalid: event or type are no header values.
  virtual Result<void> tell(std::string_view device, std::string_view event, std::string_view type, std::string_view body) = 0;
};

}  // namespace tandem
