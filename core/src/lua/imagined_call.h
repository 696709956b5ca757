// ImaginedCall: a call that is nobody's, for dry runs and tests: it has a caller and a number, and nothing that is done to it has any
// effect. Switch thread.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "call/speaks_for.h"
#include "lua/contexts.h"
#include "tandem/call.h"

namespace tandem {

class ImaginedCall final : public Call, public SpeaksFor {
 public:
  /// `from`: a device, an extension, a user, or a context; the latter two-part too, "pstn/4085557001", with the caller's number. not_found:
  /// it is none of these.
  static Result<std::unique_ptr<ImaginedCall>> make(const Contexts& contexts, Directory& directory, std::string_view from,
                                                    std::string_view to);
  /// Of a person who is at no phone. not_found: there is no such user.
  static Result<std::unique_ptr<ImaginedCall>> of_person(Directory& directory, std::string_view user, std::string_view to);

  const std::string& id() const override { return id_; }
  const std::string& context() const override { return context_; }
  const std::string& dialled() const override { return dialled_; }
  Channel& caller() override { return channel_; }
  std::vector<Channel*> channels() override { return {&channel_}; }
  Party& caller_identity() override { return channel_.party_; }
  const std::shared_ptr<const Device>& device() const override { return device_; }
  const Occupant& occupant() const override { return occupant_; }
  std::map<std::string, std::string, std::less<>>& variables() override { return variables_; }
  std::optional<std::string> header(std::string_view name) override;
  Result<void> answer() override { return {}; }
  Result<void> echo() override { return {}; }
  void hangup(const Ending& /*ending*/) override {}
  void explain(std::string /*sentence*/) override {}

  /// "SEP001122330001 (11001, john.doe, class international) in context phones".
  std::string describe() const;
  /// As if this user were logged in at the phone.
  void log_in(std::shared_ptr<const User> user);
  void act_for(std::shared_ptr<const User> user) override { log_in(std::move(user)); }
  /// What header() says, whatever the case of the name's letters.
  void set_header(std::string name, std::string value) { headers_.emplace_back(std::move(name), std::move(value)); }

 private:
  class NoChannel final : public Channel {
   public:
    ChannelId id() const override { return 0; }
    ChannelState state() const override { return ChannelState::idle; }
    bool outgoing() const override { return false; }
    const std::string& driver() const override { return driver_; }
    const std::string& endpoint() const override { return endpoint_; }
    const Party& party() const override { return party_; }
    MediaPort* media() override { return nullptr; }

    std::string driver_ = "none";
    std::string endpoint_;
    Party party_;
  };

  ImaginedCall() = default;
  void from_device(std::shared_ptr<const Device> device, Directory& directory);
  void from_user(const std::shared_ptr<const User>& user, Directory& directory);
  bool find_caller(const Contexts& contexts, Directory& directory, std::string_view from);

  std::string id_ = "trace";
  std::string context_ = "phones";  // of every device
  std::string dialled_;
  std::shared_ptr<const Device> device_;
  Occupant occupant_;
  NoChannel channel_;
  std::map<std::string, std::string, std::less<>> variables_;
  std::vector<std::pair<std::string, std::string>> headers_;
};

}  // namespace tandem
