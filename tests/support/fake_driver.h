// FakeDriver: a protocol without a wire. It records the core's orders as values; the test plays the far ends. Test's thread.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "tandem/driver.h"
#include "tandem/loop.h"

namespace tandem::test {

class FakeDriver final : public Driver {
 public:
  /// One order, with whatever came with it.
  struct Order {
    std::string what;  ///< "originate", "ring", "progress", "answer", "hangup", "offer", "accept", "refuse"
    ChannelId channel = 0;
    MediaDescription media;
    Ending ending;
    Error why;
  };

  FakeDriver(std::string name, ChannelEvents& events, Loop& loop) : name_(std::move(name)), events_(events), loop_(loop) {}

  std::string_view name() const override { return name_; }
  Result<std::vector<std::string>> expand(std::string_view endpoint) override;
  Result<std::string> originate(const OutgoingLeg& leg) override;
  std::shared_ptr<const MediaPolicy> media_policy(std::string_view endpoint, std::string_view /*address*/) override {
    const auto it = policies_.find(endpoint);
    return it == policies_.end() ? nullptr : std::make_shared<const MediaPolicy>(it->second);
  }
  void ring(ChannelId channel) override { orders_.push_back({"ring", channel, {}, {}, {}}); }
  void progress(ChannelId channel, const MediaDescription& answer) override { orders_.push_back({"progress", channel, answer, {}, {}}); }
  void answer(ChannelId channel, const MediaDescription& media) override { orders_.push_back({"answer", channel, media, {}, {}}); }
  /// Reports ended() once the stack is empty, as a real driver does, unless the test has set `slow_`.
  void hangup(ChannelId channel, const Ending& ending) override;
  void offer(ChannelId channel, const MediaDescription& offer) override { orders_.push_back({"offer", channel, offer, {}, {}}); }
  void accept(ChannelId channel, const MediaDescription& answer) override { orders_.push_back({"accept", channel, answer, {}, {}}); }
  void refuse(ChannelId channel, const Error& why) override { orders_.push_back({"refuse", channel, {}, {}, why}); }
  void transferred(ChannelId channel, const TransferProgress& progress) override {
    constexpr const char* kSteps[] = {"ringing", "answered", "failed"};
    orders_.push_back({std::string("transfer ") + kSteps[static_cast<size_t>(progress.step)], channel, {}, progress.why, {}});
  }
  void connected(ChannelId channel, const Party& to) override { shown_[channel] = to; }
  void settled(ChannelId channel) override { settled_.push_back(channel); }
  std::string describe(ChannelId channel) override { return "leg " + std::to_string(channel); }

  /// Makes `endpoint` known, at these addresses; none: known, but not registered.
  void place(std::string endpoint, std::vector<std::string> addresses) { endpoints_[std::move(endpoint)] = std::move(addresses); }

  /// The words of all orders about one channel, joined by spaces: "ring answer hangup".
  std::string told(ChannelId channel) const;
  /// The last such order to the channel; fails the test when there is none.
  Order last(ChannelId channel, std::string_view what) const;
  size_t count(std::string_view what) const;

  std::vector<Order> orders_;
  std::vector<ChannelId> settled_;                            ///< channels whose calls are on record
  std::vector<OutgoingLeg> out_;                              ///< legs that were made, in order
  std::map<std::string, Error> refuses_;                      ///< address -> why originate() fails there
  std::map<std::string, MediaPolicy, std::less<>> policies_;  ///< by endpoint; none: as usual
  std::map<ChannelId, Party> shown_;                          ///< whom each was told that it talks to
  bool slow_ = false;                                         ///< the test reports the end of legs that were hung up

 private:
  const std::string name_;
  ChannelEvents& events_;
  Loop& loop_;
  std::map<std::string, std::vector<std::string>, std::less<>> endpoints_;
};

}  // namespace tandem::test
