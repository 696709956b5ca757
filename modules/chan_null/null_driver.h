// NullDriver: a protocol without a network. Its endpoints answer, are busy, or ring for ever, as their names say. Switch thread.
#pragma once

#include <map>
#include <string>
#include <string_view>

#include "tandem/driver.h"
#include "tandem/loop.h"

namespace tandem {

/// What a call to "null/NAME" meets.
///
///     answer   rings, and answers at once
///     ring     rings for ever
///     busy     is busy
///     away     is known, but cannot be reached
class NullDriver final : public Driver {
 public:
  NullDriver(Loop& loop, ChannelEvents& events) : loop_(loop), events_(events) {}

  /// Lets a leg come in from nowhere, as if `number` had dialled `dialled` in `context`. An Error when the core refuses it.
  Result<ChannelId> call(std::string context, std::string number, std::string dialled);

  std::string_view name() const override { return "null"; }
  Result<std::vector<std::string>> expand(std::string_view endpoint) override;
  Result<std::string> originate(const OutgoingLeg& leg) override;
  void ring(ChannelId) override {}
  void progress(ChannelId, const MediaDescription&) override {}
  void answer(ChannelId channel, const MediaDescription& description) override;
  void hangup(ChannelId channel, const Ending& ending) override;
  void offer(ChannelId channel, const MediaDescription& offer) override;
  void accept(ChannelId, const MediaDescription&) override {}
  void refuse(ChannelId, const Error&) override {}
  std::string describe(ChannelId channel) override;

 private:
  struct Leg {
    Leg(Loop& loop, std::string who) : endpoint(std::move(who)), next_fact(loop) {}
    std::string endpoint;
    Timer next_fact;  // a leg has one thing to say at a time; what it says later replaces what it has not said yet
  };

  void later(ChannelId channel, Task tell);
  void ring_then_answer(ChannelId channel, const MediaDescription& offer);
  void end(ChannelId channel, const Ending& ending);

  Loop& loop_;
  ChannelEvents& events_;
  std::map<ChannelId, Leg> legs_;
};

}  // namespace tandem
