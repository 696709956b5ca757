#include "support/fake_call.h"

namespace tandem::test {

Result<void> FakeCall::answer() {
  done_.emplace_back("answer");
  channel_.state_ = ChannelState::up;
  return {};
}

Result<void> FakeCall::echo() {
  done_.emplace_back("echo");
  return {};
}

void FakeCall::hangup(const Ending& ending) {
  done_.emplace_back("hangup");
  endings_.push_back(ending);
  channel_.state_ = ChannelState::ended;
}

}  // namespace tandem::test
