// MailQueue: sends what waits in voicemail.db, one letter at a time; tries again, and gives up in the end. Switch thread.
#pragma once

#include <memory>

#include "mail_carrier.h"
#include "voicemail.h"

namespace tandem {

class MailQueue {
 public:
  /// All outlive it.
  MailQueue(Voicemail& voicemail, Loop& loop, Directory& directory, MailCarrier& carrier);
  ~MailQueue() { *alive_ = false; }
  MailQueue(const MailQueue&) = delete;
  MailQueue& operator=(const MailQueue&) = delete;

  /// There is a new letter, or another server.
  void look();
  struct Tally {
    uint64_t sent = 0, failed = 0, given_up = 0;
  };
  const Tally& tally() const { return tally_; }

 private:
  void send(const MessageStore::Letter& letter);
  void sent(const MessageStore::Letter& letter);
  void failed(const MessageStore::Letter& letter, const Error& why);
  void settled(bool written);

  Voicemail& voicemail_;
  Loop& loop_;
  Directory& directory_;
  MailCarrier& carrier_;
  bool busy_ = false;  ///< a letter is on its way, or its end is being written
  Timer timer_;
  Tally tally_;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace tandem
