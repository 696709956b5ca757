#include "smtp_carrier.h"

#include <fmt/format.h>
#include <pthread.h>

#include <csignal>

#include "tandem/log.h"

namespace tandem {
namespace {

constexpr Log kLog{"voicemail"};
constexpr int kPollMs = 1000;  // a wake-up ends it at once
constexpr std::chrono::milliseconds kReportAgain{5};

struct EasyEnd {
  void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};
struct MimeEnd {
  void operator()(curl_mime* mime) const { curl_mime_free(mime); }
};
struct ListEnd {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListEnd>;

List list_of(const std::vector<std::string>& lines) {
  curl_slist* list = nullptr;
  for (const auto& line : lines) list = curl_slist_append(list, line.c_str());
  return List(list);
}

/// Where the server has a certificate, and what it is asked for.
void set_server(CURL* easy, const MailSettings& settings) {
  curl_easy_setopt(easy, CURLOPT_URL, settings.server.c_str());
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_NETRC, static_cast<long>(CURL_NETRC_IGNORED));
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(settings.timeout.count()));
  const long tls = settings.tls == "no" ? CURLUSESSL_NONE : settings.tls == "require" ? CURLUSESSL_ALL : CURLUSESSL_TRY;
  curl_easy_setopt(easy, CURLOPT_USE_SSL, tls);
  // "try" is better than nothing, whoever the server is; but a password goes to nobody unknown.
  const long verify = settings.tls == "require" || !settings.user.empty() ? 1L : 0L;
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, verify);
  curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, verify == 0 ? 0L : 2L);
  if (settings.user.empty()) return;
  curl_easy_setopt(easy, CURLOPT_USERNAME, settings.user.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, settings.password.c_str());
}

void add_parts(curl_mime* mime, const Letter& letter) {
  curl_mimepart* const text = curl_mime_addpart(mime);
  curl_mime_data(text, letter.text.data(), letter.text.size());
  curl_mime_type(text, "text/plain; charset=utf-8");
  curl_mime_encoder(text, "quoted-printable");
  if (letter.attachment.empty()) return;
  curl_mimepart* const wave = curl_mime_addpart(mime);
  curl_mime_filedata(wave, letter.attachment.c_str());
  curl_mime_filename(wave, letter.attachment_name.c_str());
  curl_mime_type(wave, "audio/wav");
  curl_mime_encoder(wave, "base64");
}

/// Of the code, not of the transfer: no password in it.
Result<void> result_of(CURL* easy, CURLcode code) {
  if (code == CURLE_OK) return {};
  long status = 0;
  curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
  // 550 to 559: this mail, or this address. What is wrong with us (a password, a policy) may be put right.
  const bool never = status >= 550 && status <= 559;
  std::string sentence = curl_easy_strerror(code);
  if (status >= 400) sentence += fmt::format(" ({})", status);
  return Error{never ? ErrorCode::forbidden : ErrorCode::unavailable, std::move(sentence)};
}

}  // namespace

SmtpCarrier::SmtpCarrier(Loop& loop) : loop_(loop), multi_(curl_multi_init()) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  thread_ = std::thread([this] { work(); });
  pthread_setname_np(thread_.native_handle(), "mail");
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

SmtpCarrier::~SmtpCarrier() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_.notify_one();
  curl_multi_wakeup(multi_);
  thread_.join();
  curl_multi_cleanup(multi_);
}

void SmtpCarrier::carry(const MailSettings& settings, Letter letter, UniqueFunction<void(Result<void>)> done) {
  *done_ = std::move(done);
  {
    const std::lock_guard lock(mutex_);
    errand_.emplace(Errand{settings, std::move(letter)});
  }
  wake_.notify_one();
}

bool SmtpCarrier::stopping() {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

void SmtpCarrier::work() {
  for (;;) {
    std::optional<Errand> errand;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || errand_; });
      if (stopping_) return;
      errand.swap(errand_);
    }
    report(deliver(*errand));
  }
}

Result<void> SmtpCarrier::deliver(const Errand& errand) {
  const std::unique_ptr<CURL, EasyEnd> easy(curl_easy_init());
  if (easy == nullptr || multi_ == nullptr) return Error{ErrorCode::exhausted, "no memory for a mail"};
  const auto& letter = errand.letter;
  set_server(easy.get(), errand.settings);
  const List to = list_of({"<" + letter.to + ">"}), headers = list_of(letter.headers);
  const std::unique_ptr<curl_mime, MimeEnd> mime(curl_mime_init(easy.get()));
  add_parts(mime.get(), letter);
  const std::string from = "<" + letter.from + ">";
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_MAIL_RCPT, to.get());
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_MIMEPOST, mime.get());
  curl_multi_add_handle(multi_, easy.get());
  auto result = perform(easy.get());
  curl_multi_remove_handle(multi_, easy.get());
  return result;
}

/// In the multi handle, so that the end of the process need not wait for a slow server.
Result<void> SmtpCarrier::perform(CURL* easy) {
  for (int running = 1; !stopping();) {
    if (curl_multi_perform(multi_, &running) != CURLM_OK) break;
    if (running == 0) {
      int left = 0;
      const CURLMsg* const message = curl_multi_info_read(multi_, &left);
      return message == nullptr ? Error{ErrorCode::internal, "the mail has ended without a result"} : result_of(easy, message->data.result);
    }
    curl_multi_poll(multi_, nullptr, 0, kPollMs, nullptr);
  }
  return Error{ErrorCode::unavailable, "the mail was broken off"};
}

void SmtpCarrier::report(const Result<void>& result) {
  const auto tell = [weak = std::weak_ptr(done_), result] {
    const auto done = weak.lock();
    if (!done || !*done) return;
    Done report = std::exchange(*done, nullptr);  // which may carry the next one
    report(result);
  };
  while (!loop_.post(tell, Share::existing)) {
    if (stopping()) return;
    std::this_thread::sleep_for(kReportAgain);
  }
  if (!result) kLog.line(LogLevel::debug, "a mail was not taken: {}", result.error().message);
}

}  // namespace tandem
