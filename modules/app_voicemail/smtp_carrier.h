// SmtpCarrier: the MailCarrier on libcurl, with a thread of its own. Its functions on the switch thread; what is marked so below belongs to
// the worker.
#pragma once

#include <curl/curl.h>

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include "mail_carrier.h"
#include "tandem/loop.h"

namespace tandem {

class SmtpCarrier final : public MailCarrier {
 public:
  explicit SmtpCarrier(Loop& loop);
  /// What is under way is dropped; no `done` runs any more.
  ~SmtpCarrier() override;
  SmtpCarrier(const SmtpCarrier&) = delete;
  SmtpCarrier& operator=(const SmtpCarrier&) = delete;

  void carry(const MailSettings& settings, Letter letter, UniqueFunction<void(Result<void>)> done) override;

 private:
  struct Errand {
    MailSettings settings;
    Letter letter;
  };
  using Done = UniqueFunction<void(Result<void>)>;

  // The worker.
  void work();
  Result<void> deliver(const Errand& errand);
  Result<void> perform(CURL* easy);
  void report(const Result<void>& result);
  bool stopping();

  Loop& loop_;
  std::shared_ptr<Done> done_ = std::make_shared<Done>();  ///< of the errand under way; reports hold it weakly
  CURLM* const multi_;                                     ///< the worker's, but for its wake-up
  std::mutex mutex_;
  std::condition_variable wake_;
  std::optional<Errand> errand_;  ///< guarded by mutex_
  bool stopping_ = false;         ///< guarded by mutex_
  std::thread thread_;
};

}  // namespace tandem
