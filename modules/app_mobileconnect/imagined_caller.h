// ImaginedCaller: a call that is nobody's, for "mobile test". Nothing that is done to it has any effect. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "service.h"
#include "tandem/call.h"

namespace tandem {

class ImaginedCaller final : public Call {
 public:
  /// `from`: a device, a user, an extension, a number outside, "private" or "unavailable". not_found: it is none of these.
  static Result<std::unique_ptr<ImaginedCaller>> make(MobileService& service, const std::string& from);

  const std::string& id() const override { return id_; }
  const std::string& context() const override { return context_; }
  const std::string& dialled() const override { return dialled_; }
  Channel& caller() override { return channel_; }
  std::vector<Channel*> channels() override { return {&channel_}; }
  Party& caller_identity() override { return channel_.party_; }
  const std::shared_ptr<const Device>& device() const override { return device_; }
  const Occupant& occupant() const override { return occupant_; }
  std::map<std::string, std::string, std::less<>>& variables() override { return variables_; }
  std::optional<std::string> header(std::string_view /*name*/) override { return std::nullopt; }
  std::string_view from_destination() const override { return from_destination_; }
  Result<void> answer() override { return {}; }
  Result<void> echo() override { return {}; }
  void hangup(const Ending& /*ending*/) override {}
  void explain(std::string /*sentence*/) override {}

  bool inside() const { return inside_; }
  /// The caller dials their own line: shown with the number, as the dialplan has it (lib/people.lua).
  void dials_line_of(const std::string& user);
  /// "Jane White (11002), inside".
  std::string describe() const;

 private:
  class NoChannel final : public Channel {
   public:
    ChannelId id() const override { return 0; }
    ChannelState state() const override { return ChannelState::idle; }
    bool outgoing() const override { return false; }
    const std::string& driver() const override { return nothing_; }
    const std::string& endpoint() const override { return nothing_; }
    const Party& party() const override { return party_; }
    MediaPort* media() override { return nullptr; }
    std::string nothing_;
    Party party_;
  };

  ImaginedCaller() = default;
  bool from_inside(Directory& directory, const std::string& from);
  void be(const std::shared_ptr<const User>& user);

  std::string id_ = "test", context_ = "pstn", dialled_;
  std::shared_ptr<const Device> device_;
  Occupant occupant_;
  NoChannel channel_;
  std::map<std::string, std::string, std::less<>> variables_;
  std::string from_destination_, number_outside_;
  bool inside_ = false;
};

/// One row for each destination of whoever has that line: whether it rings, when, why, whom it is shown.
/// `line`: a user, an extension or an outside number; `at`: see parse_moment(), empty: now. not_found or invalid with a sentence.
Result<Json> test_reach(MobileService& service, Clock& clock, const std::string& from, const std::string& line, const std::string& at,
                        bool in_group = false);

}  // namespace tandem
