// Mail: what it says, and that none is lost and none is sent for ever.
#include "boxes.h"
#include "mail_queue.h"
#include "smtp_carrier.h"
#include "support/smtp_server.h"

namespace tandem::test {
namespace {

using std::chrono::minutes;
using testing::HasSubstr;

class FakeCarrier final : public MailCarrier {
 public:
  void carry(const MailSettings& /*settings*/, Letter letter, UniqueFunction<void(Result<void>)> done) override {
    letters_.push_back(std::move(letter));
    done_ = std::move(done);
  }
  bool waits() const { return static_cast<bool>(done_); }
  void answer(const Result<void>& result) { std::exchange(done_, nullptr)(result); }
  std::vector<Letter> letters_;

 private:
  UniqueFunction<void(Result<void>)> done_;
};

class Mail : public Boxes {
 protected:
  Mail() {
    settings_.mail.server = "smtp://mail.example";
    settings_.mail.tries = 3;
    configure();
    office_.add_user({.id = "jane.white",
                      .name = "Jane White",
                      .extension = "11002",
                      .calling_class = "national",
                      .did = "",
                      .email = "jane@office.example"});
    queue_ = std::make_unique<MailQueue>(*voicemail_, loop_, office_, carrier_);
  }
  ~Mail() override { queue_.reset(); }
  void restart() {
    queue_.reset();
    open();
    queue_ = std::make_unique<MailQueue>(*voicemail_, loop_, office_, carrier_);
  }
  /// Until a letter is on its way.
  void carried() {
    ASSERT_TRUE(loop_.run_until([this] { return carrier_.waits(); }));
  }
  std::vector<MessageStore::Waiting> waiting() {
    return *answer<std::vector<MessageStore::Waiting>>([&](auto done) { store_->letters(100, std::move(done)); });
  }
  FakeCarrier carrier_;
  std::unique_ptr<MailQueue> queue_;
};

TEST_F(Mail, AMessageIsSentOnceAndOnlyToThoseWithAnAddress) {
  leave("john.doe");
  leave("jane.white");
  carried();
  ASSERT_EQ(carrier_.letters_.size(), 1u);
  const auto& letter = carrier_.letters_[0];
  EXPECT_EQ(letter.to, "jane@office.example");
  EXPECT_THAT(letter.text, HasSubstr("From: John Doe (11001)"));
  EXPECT_THAT(letter.text, HasSubstr("Length: 0:03"));
  EXPECT_TRUE(std::filesystem::exists(letter.attachment));
  carrier_.answer({});
  settle();
  EXPECT_TRUE(waiting().empty());
  EXPECT_EQ(queue_->tally().sent, 1u);
  EXPECT_EQ(box("jane.white").size(), 1u) << "it stays in the box";
}

TEST_F(Mail, WhatTheServerDoesNotTakeNowIsTriedAgainAndGivenUpInTheEnd) {
  leave("jane.white");
  for (int tries = 1; tries <= 3; ++tries) {
    carried();
    EXPECT_EQ(carrier_.letters_.size(), static_cast<size_t>(tries));
    carrier_.answer(Error{ErrorCode::unavailable, "not now"});
    settle();
    EXPECT_EQ(waiting()[0].tries, tries);
    loop_.advance(minutes(tries == 1 ? 1 : 2));
  }
  loop_.advance(minutes(1000));
  settle();
  EXPECT_FALSE(carrier_.waits());
  ASSERT_EQ(waiting().size(), 1u) << "for the console";
  EXPECT_FALSE(waiting()[0].due);
  EXPECT_EQ(waiting()[0].error, "not now");
}

TEST_F(Mail, WhatTheServerWillNeverTakeIsNotTriedAgain) {
  leave("jane.white");
  carried();
  carrier_.answer(Error{ErrorCode::forbidden, "no such mailbox"});
  settle();
  loop_.advance(minutes(1000));
  settle();
  EXPECT_EQ(carrier_.letters_.size(), 1u);
  EXPECT_EQ(queue_->tally().given_up, 1u);
}

TEST_F(Mail, ARestartLosesNone) {
  leave("jane.white");
  carried();
  restart();
  carried();
  EXPECT_EQ(carrier_.letters_.size(), 2u);
  EXPECT_EQ(carrier_.letters_[0].headers, carrier_.letters_[1].headers) << "the same mail, as its Message-ID says";
  carrier_.answer({});
  settle();
  restart();
  settle();
  EXPECT_FALSE(carrier_.waits());
}

TEST_F(Mail, ADeletedMessageIsNotSent) {
  leave("jane.white");
  carried();
  const int64_t second = leave("jane.white");
  EXPECT_TRUE(answer<Message>([&](auto done) { voicemail_->remove("jane.white", second, std::move(done)); }));
  carrier_.answer({});
  settle();
  EXPECT_FALSE(carrier_.waits());
  EXPECT_TRUE(waiting().empty());
}

TEST_F(Mail, DeletedAfterSendingWhereThatIsWanted) {
  settings_.mail.delete_sent = true;
  configure();
  leave("jane.white");
  carried();
  carrier_.answer({});
  settle();
  settle();
  EXPECT_TRUE(box("jane.white").empty());
  EXPECT_EQ(files(), 0u);
}

TEST(Letters, NobodysNameBeginsAHeader) {
  MailSettings settings;
  const User user{.id = "j", .name = "Jane", .extension = "11002", .calling_class = "", .did = "", .email = "jane@office.example"};
  Message message{.id = 7, .urgent = true, .number = "123\r\nBcc: all@office.example", .name = "Zo\xc3\xab\r\n.\r\nQUIT"};
  const auto letter = compose(settings, message, user, "/x.wav");
  for (const auto& header : letter.headers) EXPECT_EQ(header.find_first_of("\r\n"), std::string::npos) << header;
  EXPECT_THAT(letter.headers, testing::Contains(HasSubstr("Subject: =?UTF-8?B?")));
  EXPECT_THAT(letter.headers, testing::Contains("Importance: high"));
  EXPECT_EQ(header_text("plain"), "plain");
  EXPECT_EQ(header_text("Zo\xc3\xab"), "=?UTF-8?B?Wm/Dqw==?=");
}

class Smtp : public Boxes {
 protected:
  Result<void> carry(const Letter& letter) {
    MailSettings settings;
    settings.server = server_.url();
    std::optional<Result<void>> got;
    carrier_.carry(settings, letter, [&](Result<void> result) { got.emplace(std::move(result)); });
    EXPECT_TRUE(loop_.run_until([&] { return got.has_value(); }));
    return *got;
  }
  SmtpServer server_;
  SmtpCarrier carrier_{loop_};
};

TEST_F(Smtp, ALetterWithItsSoundReachesTheServer) {
  write_wave(state_.file("x.wav"), 3);
  const User user{.id = "j", .name = "Jane", .extension = "11002", .calling_class = "", .did = "", .email = "jane@office.example"};
  const Letter letter =
      compose({}, {.id = 7, .number = "11001", .name = "John Doe", .length = std::chrono::seconds(3)}, user, state_.file("x.wav"));
  ASSERT_TRUE(carry(letter));
  const auto mails = server_.mails();
  ASSERT_EQ(mails.size(), 1u);
  EXPECT_EQ(mails[0].to, "jane@office.example");
  EXPECT_EQ(mails[0].from, "voicemail@localhost");
  EXPECT_THAT(mails[0].data, HasSubstr("Subject: Voice message from John Doe (11001)"));
  EXPECT_THAT(mails[0].data, HasSubstr("filename=\"message-7.wav\""));
  EXPECT_THAT(mails[0].data, HasSubstr("UklGR")) << "RIFF, in base64";
}

TEST_F(Smtp, ARefusalIsForGoodOrForNow) {
  const auto refused = [this](int status) {
    server_.answer_recipients(status);
    const auto carried =
        carry({.from = "a@b", .to = "c@d", .headers = {"Subject: x"}, .text = "x", .attachment = {}, .attachment_name = {}});
    return carried ? ErrorCode::internal : carried.error().code;
  };
  EXPECT_EQ(refused(550), ErrorCode::forbidden);
  EXPECT_EQ(refused(450), ErrorCode::unavailable);
  EXPECT_TRUE(server_.mails().empty());
}

}  // namespace
}  // namespace tandem::test
