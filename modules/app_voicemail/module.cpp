// app_voicemail: whoever is not there has a mailbox.
#include "tandem/module.h"

#include <fmt/format.h>

#include "commands.h"
#include "mail_queue.h"
#include "message_door.h"
#include "settings.h"
#include "smtp_carrier.h"
#include "tandem/http_server.h"
#include "tandem/log.h"
#include "verbs.h"
#include "voicemail.h"

namespace tandem {
namespace {

constexpr Log kLog{"voicemail"};

/// Switch thread.
class VoicemailModule final : public Module {
 public:
  explicit VoicemailModule(Host& host) : host_(host) {}

  static Result<void> check(const Config& config) {
    const auto settings = read_voicemail_settings(config);
    return settings ? Result<void>() : settings.error();
  }

  Result<void> start() override {
    auto settings = read_voicemail_settings(host_.config());
    if (!settings) return settings.error();
    auto* const recordings = host_.find<Recordings>();
    if (recordings == nullptr) return Error{ErrorCode::unavailable, "this core records nothing"};
    auto store = MessageStore::open(host_.store(), host_.loop(), recordings->folder(), *settings);
    if (!store) return store.error();
    store_ = std::move(*store);
    const Voicemail::Parts parts{.loop = host_.loop(), .events = host_.events(), .directory = host_.directory(), .store = *store_};
    voicemail_ = std::make_unique<Voicemail>(parts, *settings);
    if (auto verbs = add_voicemail_verbs(host_, *voicemail_, registrations_); !verbs) return verbs.error();
    auto commands = register_voicemail_commands(host_.console(), *voicemail_);
    if (!commands) return commands.error();
    keep(std::move(*commands));
    registrations_.push_back(host_.provide<MessageWaiting>(*voicemail_));
    carrier_ = std::make_unique<SmtpCarrier>(host_.loop());
    mail_ = std::make_unique<MailQueue>(*voicemail_, host_.loop(), host_.directory(), *carrier_);
    open_door();
    add_metrics();
    return {};
  }

  Result<ReloadPlan> reload() override {
    auto settings = read_voicemail_settings(host_.config());
    if (!settings) return settings.error();
    ReloadPlan plan;
    plan.apply = [this, next = *settings] {
      voicemail_->configure(next);
      mail_->look();
    };
    return plan;
  }

  std::string in_use() override {
    const size_t uses = uses_of_voicemail_verbs(host_) + (voicemail_ ? voicemail_->open_takes() : 0);
    return uses == 0 ? "" : fmt::format("{} messages are being left or looked for", uses);
  }

 private:
  void keep(std::vector<Registration> made) {
    for (auto& one : made) registrations_.push_back(std::move(one));
  }

  void open_door() {
    auto* const server = host_.find<HttpServer>();
    if (server == nullptr) return kLog.line(LogLevel::notice, "no web server runs: no messages over the API");
    door_ = std::make_unique<MessageDoor>(*voicemail_, *server);
    auto opened = door_->open();
    if (!opened) return kLog.line(LogLevel::notice, "no messages over the API: {}", opened.error().message);
    keep(std::move(*opened));
  }

  void add_metrics() {
    auto& metrics = host_.metrics();
    const auto reading = [this](auto member) {
      return Metrics::Read([this, member] { return static_cast<double>(voicemail_->tally().*member); });
    };
    registrations_.push_back(metrics.counter("tandem_voicemail_messages_total", "Messages that were left, by how it ended", [this] {
      const auto& t = voicemail_->tally();
      return std::vector<MetricSample>{{static_cast<double>(t.left), {{"outcome", "saved"}}},
                                       {static_cast<double>(t.too_short), {{"outcome", "too_short"}}},
                                       {static_cast<double>(t.full), {{"outcome", "full"}}},
                                       {static_cast<double>(t.failed), {{"outcome", "failed"}}}};
    }));
    registrations_.push_back(
        metrics.counter("tandem_voicemail_deleted_total", "Messages that people have deleted", reading(&Voicemail::Tally::deleted)));
    registrations_.push_back(metrics.counter("tandem_voicemail_mail_total", "Tries to send mail, by how they ended", [this] {
      const auto& t = mail_->tally();
      return std::vector<MetricSample>{{static_cast<double>(t.sent), {{"outcome", "sent"}}},
                                       {static_cast<double>(t.failed - t.given_up), {{"outcome", "later"}}},
                                       {static_cast<double>(t.given_up), {{"outcome", "given_up"}}}};
    }));
    registrations_.push_back(metrics.gauge("tandem_voicemail_messages", "Messages in all boxes, as of the last minute",
                                           Metrics::Read([this] { return static_cast<double>(voicemail_->totals().messages); })));
    registrations_.push_back(metrics.gauge("tandem_voicemail_new_messages", "Messages that nobody has heard yet, as of the last minute",
                                           Metrics::Read([this] { return static_cast<double>(voicemail_->totals().fresh); })));
    registrations_.push_back(metrics.gauge("tandem_voicemail_mail_waiting", "Mail that is still to be sent, as of the last minute",
                                           Metrics::Read([this] { return static_cast<double>(voicemail_->totals().letters); })));
  }

  Host& host_;
  std::unique_ptr<MessageStore> store_;
  std::unique_ptr<Voicemail> voicemail_;
  std::unique_ptr<SmtpCarrier> carrier_;
  std::unique_ptr<MailQueue> mail_;
  std::unique_ptr<MessageDoor> door_;
  std::vector<Registration> registrations_;  ///< destroyed first: nobody asks a box that is gone
};

}  // namespace
}  // namespace tandem

TANDEM_MODULE("app_voicemail", "Voice mailboxes", "res_http", tandem::VoicemailModule);
