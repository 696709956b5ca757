// FirstLeg: watches whoever is called before the call itself begins (Originator). A person's answer lets the dialplan run, anything else
// ends the call. Owned by its call; switch thread.
#pragma once

#include <memory>

#include "call/answer_window.h"
#include "call/call_impl.h"
#include "call/person_check.h"

namespace tandem {

class FirstLeg final : public LegWatcher, private Ear {
 public:
  /// `answered` may destroy us.
  FirstLeg(CallImpl& call, RemoteLeg how, Task answered);
  ~FirstLeg() override;

 private:
  void leg_ringing(Leg& leg) override;
  void leg_redirected(Leg& leg, const Redirection& to) override;
  void leg_progress(Leg& leg) override;
  void leg_answered(Leg& leg) override;
  void leg_ended(Leg& /*leg*/, const Ending& /*ending*/) override {}
  void leg_left(Leg& /*leg*/) override {}
  void leg_replaced(Leg& /*leg*/, Leg& /*now*/) override {}
  void hear_digit(char digit) override;
  void played(uint32_t /*id*/) override {}
  void checked(PersonCheck::Verdict verdict);
  void accept();

  CallImpl& call_;
  const RemoteLeg how_;
  Task answered_;
  AnswerWindow window_;
  Timer too_late_;
  std::unique_ptr<PersonCheck> check_;
};

}  // namespace tandem
