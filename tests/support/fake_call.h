// FakeCall: a Call without a switch: it has what the test gives it and records what is done to it.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tandem/call.h"

namespace tandem::test {

class FakeChannel final : public Channel {
 public:
  ChannelId id() const override { return id_; }
  ChannelState state() const override { return state_; }
  bool outgoing() const override { return outgoing_; }
  const std::string& driver() const override { return driver_; }
  const std::string& endpoint() const override { return endpoint_; }
  const Party& party() const override { return party_; }
  MediaPort* media() override { return nullptr; }

  ChannelId id_ = 1;
  ChannelState state_ = ChannelState::calling;
  bool outgoing_ = false;
  std::string driver_ = "fake";
  std::string endpoint_ = "SEP001122330001";
  Party party_;
};

class FakeCall final : public Call {
 public:
  FakeCall() = default;
  FakeCall(std::string context, std::string dialled) : context_(std::move(context)), dialled_(std::move(dialled)) {}

  const std::string& id() const override { return id_; }
  const std::string& context() const override { return context_; }
  const std::string& dialled() const override { return dialled_; }
  Channel& caller() override { return channel_; }
  std::vector<Channel*> channels() override { return {&channel_}; }
  Party& caller_identity() override { return identity_; }
  const std::shared_ptr<const Device>& device() const override { return device_; }
  const Occupant& occupant() const override { return occupant_; }
  std::map<std::string, std::string, std::less<>>& variables() override { return variables_; }
  std::optional<std::string> header(std::string_view name) override {
    const auto it = headers_.find(name);
    return it == headers_.end() ? std::nullopt : std::optional(it->second);
  }
  std::span<const Diversion> diversions() const override { return diversions_; }
  void recognised(std::string user, std::string destination) override {
    recognised_ = std::move(user);
    from_destination_ = std::move(destination);
  }
  std::string_view from_destination() const override { return from_destination_; }
  Result<void> answer() override;
  Result<void> echo() override;
  void hangup(const Ending& ending) override;
  void explain(std::string sentence) override { explained_.push_back(std::move(sentence)); }

  // What the test sets.
  std::string id_ = "C-00000001";
  std::string context_ = "phones";
  std::string dialled_;
  FakeChannel channel_;
  Party identity_;
  std::shared_ptr<const Device> device_;
  Occupant occupant_;
  std::map<std::string, std::string, std::less<>> headers_;
  std::vector<Diversion> diversions_;

  // What was done.
  std::map<std::string, std::string, std::less<>> variables_;
  std::vector<std::string> done_;  ///< "answer", "echo", "hangup"
  std::vector<std::string> explained_;
  std::vector<Ending> endings_;
  std::string recognised_, from_destination_;
};

}  // namespace tandem::test
