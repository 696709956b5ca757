#include "mail_queue.h"

#include <algorithm>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"voicemail"};
constexpr std::chrono::minutes kFirst{1}, kLongest{60};

std::chrono::minutes pause_after(int64_t tries) { return std::min(kLongest, kFirst * (int64_t{1} << std::min<int64_t>(tries, 6))); }

}  // namespace

MailQueue::MailQueue(Voicemail& voicemail, Loop& loop, Directory& directory, MailCarrier& carrier)
    : voicemail_(voicemail), loop_(loop), directory_(directory), carrier_(carrier), timer_(loop) {
  voicemail_.when_mail([this] { look(); });
  look();  // what a restart has left
}

void MailQueue::look() {
  if (busy_ || voicemail_.settings().mail.server.empty()) return;
  const WallTime now = loop_.clock().wall();
  if (const auto letter = voicemail_.store().next_letter(now)) return send(*letter);
  const auto due = voicemail_.store().next_due();
  if (!due) return timer_.stop();
  timer_.start(std::max<Duration>(*due - now, std::chrono::seconds(1)), [this] { look(); });
}

void MailQueue::send(const MessageStore::Letter& letter) {
  busy_ = true;
  const auto user = directory_.user(letter.about.user);
  // Deleted meanwhile, or nobody wants it any more.
  if (letter.about.id == 0 || !user || user->email.empty()) return sent(letter);
  const auto& settings = voicemail_.settings().mail;
  Letter mail = compose(settings, letter.about, *user, voicemail_.store().path_of(letter.about.file));
  carrier_.carry(settings, std::move(mail), [this, alive = alive_, letter](const Result<void>& carried) {
    if (!*alive) return;
    if (!carried) return failed(letter, carried.error());
    ++tally_.sent;
    kLog.line(LogLevel::info, "message {} of {} is on its way by mail", letter.message, letter.about.user);
    sent(letter);
  });
}

/// The letter goes before the message: a crash between leaves a message too many, never a mail.
void MailQueue::sent(const MessageStore::Letter& letter) {
  const bool remove = letter.about.id != 0 && voicemail_.settings().mail.delete_sent;
  voicemail_.store().letter_sent(letter.message, [this, alive = alive_, letter, remove](const Result<bool>& gone) {
    if (!*alive) return;
    if (remove && gone) voicemail_.remove(letter.about.user, letter.message, [](const Result<Message>&) {});
    settled(static_cast<bool>(gone));
  });
}

void MailQueue::failed(const MessageStore::Letter& letter, const Error& why) {
  const auto& settings = voicemail_.settings().mail;
  ++tally_.failed;
  std::optional<WallTime> due;
  if (why.code != ErrorCode::forbidden && letter.tries + 1 < settings.tries) due = loop_.clock().wall() + pause_after(letter.tries);
  tally_.given_up += due ? 0 : 1;
  kLog.line(due ? LogLevel::notice : LogLevel::error, "mail about message {} of {}: {}{}", letter.message, letter.about.user, why.message,
            due ? "; it is tried again" : "; it is given up");
  voicemail_.store().letter_failed(letter.message, due, why.message, [this, alive = alive_](const Result<bool>& noted) {
    if (*alive) settled(static_cast<bool>(noted));
  });
}

/// A disk that refuses must not send the same mail again and again.
void MailQueue::settled(bool written) {
  busy_ = false;
  if (written) return look();
  timer_.start(kFirst, [this] { look(); });
}

}  // namespace tandem
