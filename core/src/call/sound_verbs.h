// The verbs that wait for sound and keys: play, read_digits, record. Each is an Operation that stops what it started when it is destroyed.
// Switch thread.
#pragma once

#include <memory>
#include <string>

#include "call/call_impl.h"
#include "call/ear.h"
#include "call/sound_request.h"

namespace tandem {

/// What the three have in common: the caller's ear, a list of sounds that is loaded and then played, a clock.
class SoundOperation : public Operation, protected Ear {
 public:
  ~SoundOperation() override;

 protected:
  SoundOperation(CallImpl& call, VerbDone done);
  /// Loads, then plays; loaded() or failed() follows, then ended() when it is over.
  void sound(std::vector<std::string> names, bool repeat);
  void hush();
  bool sounding() const { return sounding_; }
  /// The script destroys us: nothing of ours may be touched afterwards.
  void finish(Result<Value> result);

  virtual void begun() {}
  virtual void ended() = 0;
  /// A sound that cannot be had: the sentence is the script's, unless a verb can do without it.
  virtual void missing(const Error& why) { finish(why); }
  void hear_digit(char /*digit*/) override {}

  CallImpl& call_;
  Timer timer_;

 private:
  void played(uint32_t id) override;
  void loaded(Result<Playlist> list, bool repeat);

  VerbDone done_;
  std::shared_ptr<bool> here_ = std::make_shared<bool>(true);  // what is loaded may come after us
  uint32_t playing_ = 0;
  bool sounding_ = false;  ///< loading or playing
};

class PlayVerb final : public SoundOperation {
 public:
  static std::unique_ptr<Operation> start(CallImpl& call, const Value& args, VerbDone done);
  PlayVerb(CallImpl& call, const PlayRequest& request, VerbDone done);

 private:
  void begun() override;
  void ended() override;
  /// For whoever asks next.
  void hear_digit(char digit) override { call_.type_ahead(digit); }
  const Milliseconds limit_;
};

class ReadDigitsVerb final : public SoundOperation {
 public:
  static std::unique_ptr<Operation> start(CallImpl& call, const Value& args, VerbDone done);
  ReadDigitsVerb(CallImpl& call, DigitsRequest request, VerbDone done);
  /// Takes what was pressed before; true when that was all that is wanted.
  bool take_typed();
  const std::string& digits() const { return digits_; }
  void ask();

 private:
  void hear_digit(char digit) override;
  void ended() override { wait(); }
  /// Adds one key; true when that was the last.
  bool add(char digit);
  void wait();
  const DigitsRequest request_;
  std::string digits_;
};

class RecordVerb final : public SoundOperation {
 public:
  static std::unique_ptr<Operation> start(CallImpl& call, const Value& args, VerbDone done);
  RecordVerb(CallImpl& call, RecordArguments request, VerbDone done);
  ~RecordVerb() override;

 private:
  void hear_digit(char digit) override;
  void ended() override { record(); }
  void missing(const Error& why) override;
  void record();
  void recorded(const Result<RecordingEnd>& end);
  const RecordArguments request_;
  std::shared_ptr<SoundSink> sink_;
  bool recording_ = false;
  bool by_key_ = false;
  std::shared_ptr<bool> listening_ = std::make_shared<bool>(true);
};

}  // namespace tandem
