#include "call/person_check.h"

#include <utility>

#include "tandem/log.h"

namespace tandem {

namespace {

constexpr Log kLog("call");
constexpr const char* kBefore = "silence:500";  // a mobile takes a moment from the answer to its speaker
constexpr const char* kBetween = "silence:2000";

}  // namespace

PersonCheck::PersonCheck(Loop& loop, SoundLibrary& sounds, Leg& leg, const UserControl& how, Done done)
    : leg_(leg), how_(how), done_(std::move(done)), window_(loop) {
  window_.start(how_.window, [this] { finish(Verdict::silent); });
  if (how_.prompt.empty()) return;
  sounds.load({kBefore, how_.prompt, kBetween, how_.prompt}, [weak = std::weak_ptr(here_), this](Result<Playlist> prompt) {
    if (weak.lock()) play(std::move(prompt));
  });
}

PersonCheck::~PersonCheck() {
  if (playing_ && leg_.media() != nullptr) leg_.media()->stop_playing(false);
}

void PersonCheck::play(Result<Playlist> prompt) {
  if (leg_.media() == nullptr) return;
  // Without the prompt the keys are the same, for those who know them.
  if (!prompt) return kLog.line(LogLevel::warning, "{}: no prompt: {}", leg_.facts().channel, prompt.error().message);
  leg_.settle_formats();
  leg_.media()->play(std::move(*prompt));
  playing_ = true;
}

std::optional<PersonCheck::Verdict> PersonCheck::meaning(const UserControl& how, char digit) {
  if (digit == 0) return std::nullopt;
  if (digit == how.refuse) return Verdict::refuse;
  if (digit == how.voicemail) return Verdict::voicemail;
  if (digit == how.reject_all) return Verdict::reject_all;
  if (how.take == 0 || digit == how.take) return Verdict::take;
  return std::nullopt;
}

void PersonCheck::hear_digit(char digit) {
  if (const auto verdict = meaning(how_, digit)) finish(*verdict);
}

void PersonCheck::finish(Verdict verdict) {
  if (!done_) return;
  window_.stop();
  Done done = std::exchange(done_, nullptr);
  done(verdict);
}

}  // namespace tandem
