// PersonCheck: asks whoever has answered at a remote destination to say with a key that it is a person, and what is to become of the call.
// That leg alone hears the prompt; everybody else rings on. Switch thread.
#pragma once

#include <memory>

#include "call/leg.h"
#include "tandem/loop.h"
#include "tandem/remote_destinations.h"

namespace tandem {

class PersonCheck final {
 public:
  enum class Verdict : uint8_t { take, refuse, voicemail, reject_all, silent };
  /// Called once; may destroy us.
  using Done = UniqueFunction<void(Verdict)>;

  /// `leg` is up and outlives us.
  PersonCheck(Loop& loop, SoundLibrary& sounds, Leg& leg, const UserControl& how, Done done);
  ~PersonCheck();
  PersonCheck(const PersonCheck&) = delete;
  PersonCheck& operator=(const PersonCheck&) = delete;

  void hear_digit(char digit);
  /// What a key means; empty: nothing.
  static std::optional<Verdict> meaning(const UserControl& how, char digit);

 private:
  void play(Result<Playlist> prompt);
  void finish(Verdict verdict);

  Leg& leg_;
  const UserControl how_;
  Done done_;
  Timer window_;
  bool playing_ = false;
  std::shared_ptr<bool> here_ = std::make_shared<bool>(true);  // the prompt may be loaded after we have gone
};

}  // namespace tandem
