// The event packages dialog, presence and message-summary. Switch thread.
#pragma once

#include <string>
#include <vector>

#include "state_bodies.h"
#include "tandem/host.h"
#include "tandem/notifier.h"

namespace tandem {

struct PresenceSettings {
  ShowParties parties = ShowParties::ringing;
};
/// Reads presence.ini; everything is as it comes when there is none. invalid with every mistake as FILE:LINE.
Result<PresenceSettings> read_presence_settings(const Config& config);

/// Whose calls a phone means by an address: a number of a person or a phone, a user's or a device's name; its own name is whoever is at it.
/// not_found: nobody's.
Result<std::string> key_of(Directory& directory, const Watcher& watcher, std::string_view resource);

/// "dialog" and "presence": the calls of a person or a phone.
class LinePackage final : public EventPackage {
 public:
  enum class Kind : uint8_t { dialog, presence };
  LinePackage(Kind kind, Directory& directory, const LineStates& lines, const PresenceSettings& settings);
  std::string_view event() const override { return kind_ == Kind::dialog ? "dialog" : "presence"; }
  const std::vector<std::string>& types() const override { return types_; }
  Result<std::string> resolve(const Watcher& watcher, std::string_view resource) override { return key_of(directory_, watcher, resource); }
  Result<std::string> state(const Watcher& watcher, const StateAsked& asked) override;

 private:
  const Kind kind_;
  Directory& directory_;
  const LineStates& lines_;
  const PresenceSettings& settings_;
  const std::vector<std::string> types_;
};

/// "message-summary": one's own messages.
class MessagePackage final : public EventPackage {
 public:
  explicit MessagePackage(Host& host) : host_(host) {}
  std::string_view event() const override { return "message-summary"; }
  const std::vector<std::string>& types() const override { return types_; }
  Result<std::string> resolve(const Watcher& watcher, std::string_view resource) override;
  Result<std::string> state(const Watcher& watcher, const StateAsked& asked) override;
  /// As soon as somebody keeps messages.
  bool unsolicited() const override { return host_.find<MessageWaiting>() != nullptr; }

 private:
  Host& host_;
  const std::vector<std::string> types_{kMessageSummary};
};

}  // namespace tandem
