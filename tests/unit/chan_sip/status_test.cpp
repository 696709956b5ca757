// Causes and statuses, both ways, and the Reason header.
#include "status.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

// RFC 3398 8.2.6.1 and RFC 3261 21, as far as the causes have a word of ours.
TEST(Status, OfCauses) {
  const std::pair<Cause, int> rows[] = {
      {Cause::unallocated, 404},  {Cause::normal, 480},         {Cause::busy, 486},       {Cause::no_response, 408},
      {Cause::no_answer, 480},    {Cause::rejected, 603},       {Cause::forbidden, 403},  {Cause::answered_elsewhere, 487},
      {Cause::out_of_order, 502}, {Cause::invalid_number, 484}, {Cause::congestion, 503}, {Cause::temporary_failure, 500},
      {Cause::incompatible, 488}, {Cause::none, 480},
  };
  for (const auto& [cause, status] : rows) EXPECT_EQ(status_of(Ending{cause}), status) << to_string(cause);
  for (int number = 0; number <= 255; ++number) {
    const int status = status_of(Ending{static_cast<Cause>(number)});
    EXPECT_TRUE(status >= 400 && status < 700) << "cause " << number << " must be refused with an error, not " << status;
  }
}

TEST(Status, CausesOfStatuses) {
  const std::pair<int, Cause> rows[] = {
      {200, Cause::normal},
      {302, Cause::interworking},
      {400, Cause::protocol_error},
      {401, Cause::forbidden},
      {403, Cause::forbidden},
      {404, Cause::unallocated},
      {407, Cause::forbidden},
      {408, Cause::no_response},
      {410, Cause::unallocated},
      {415, Cause::bearer_unavailable},
      {480, Cause::no_answer},
      {483, Cause::protocol_error},
      {484, Cause::invalid_number},
      {486, Cause::busy},
      {487, Cause::normal},
      {488, Cause::incompatible},
      {500, Cause::temporary_failure},
      {503, Cause::congestion},
      {504, Cause::recovery_on_timer},
      {580, Cause::temporary_failure},
      {600, Cause::busy},
      {603, Cause::rejected},
      {604, Cause::unallocated},
      {606, Cause::incompatible},
      {699, Cause::rejected},
      {499, Cause::interworking},
  };
  for (const auto& [status, cause] : rows) EXPECT_EQ(cause_of_status(status), cause) << status;
}

// What a callee said reaches the caller as the same kind of answer.
TEST(Status, ThereAndBack) {
  for (const Cause cause : {Cause::unallocated, Cause::busy, Cause::no_answer, Cause::no_response, Cause::rejected, Cause::forbidden,
                            Cause::incompatible, Cause::congestion, Cause::temporary_failure, Cause::invalid_number, Cause::out_of_order,
                            Cause::protocol_error, Cause::recovery_on_timer, Cause::bearer_unavailable, Cause::interworking}) {
    EXPECT_EQ(cause_of_status(status_of(Ending{cause})), cause) << to_string(cause);
  }
}

TEST(Status, OwnStatusOfAnEndingIsKeptIfItMeansAnythingToTheCaller) {
  EXPECT_EQ(status_of(Ending{Cause::busy, "", 600}), 600);
  EXPECT_EQ(status_of(Ending{Cause::forbidden, "", 403}), 403);
  EXPECT_EQ(status_of(Ending{Cause::normal, "", 200}), 480);
  EXPECT_EQ(status_of(Ending{Cause::normal, "", 0}), 480);
  EXPECT_EQ(status_of(Ending{Cause::busy, "", 999}), 486);
  EXPECT_EQ(status_of(Ending{Cause::busy, "", -1}), 486);
  EXPECT_EQ(status_of(Ending{Cause::interworking, "", 302}), 501) << "a redirection without a Contact sends nobody anywhere";
  EXPECT_EQ(status_of(Ending{Cause::forbidden, "", 401}), 403) << "the far end's challenge is not the caller's";
  EXPECT_EQ(status_of(Ending{Cause::forbidden, "", 407}), 403);
  EXPECT_EQ(status_of(Ending{Cause::incompatible, "", 420}), 488);
}

TEST(Status, OfErrors) {
  EXPECT_EQ(status_of(ErrorCode::invalid), 400);
  EXPECT_EQ(status_of(ErrorCode::not_found), 404);
  EXPECT_EQ(status_of(ErrorCode::forbidden), 403);
  EXPECT_EQ(status_of(ErrorCode::busy), 491) << "a change of media is under way";
  EXPECT_EQ(status_of(ErrorCode::unavailable), 503);
  EXPECT_EQ(status_of(ErrorCode::exhausted), 503);
  EXPECT_EQ(status_of(ErrorCode::unsupported), 488);
  EXPECT_EQ(status_of(ErrorCode::timeout), 504);
  EXPECT_EQ(status_of(ErrorCode::internal), 500);
}

TEST(Status, Phrases) {
  EXPECT_STREQ(phrase_of(486), "Busy Here");
  for (const int status : {0, -1, 299, 499, 999, 100000}) {
    ASSERT_NE(phrase_of(status), nullptr);
    EXPECT_STRNE(phrase_of(status), "") << status;
  }
}

TEST(Reason, WhatWeSay) {
  EXPECT_EQ(reason_of(Ending{Cause::normal}), "Q.850;cause=16;text=\"normal\"");
  EXPECT_EQ(reason_of(Ending{Cause::busy, "evil\"\r\nX: y"}), "Q.850;cause=17;text=\"busy\"") << "no text from outside";
  EXPECT_EQ(reason_of(Ending{Cause::answered_elsewhere}), "SIP;cause=200;text=\"Call completed elsewhere\"");
}

TEST(Reason, WhatWeSayIsUnderstood) {
  for (int number = 1; number <= 127; ++number) {
    const Ending ending{static_cast<Cause>(number)};
    EXPECT_EQ(ending_from_reason(reason_of(ending).c_str(), Cause::none).cause, ending.cause) << number;
  }
}

TEST(Reason, WhatTheySay) {
  const auto cause = [](const char* value) { return ending_from_reason(value, Cause::normal).cause; };
  EXPECT_EQ(cause("SIP;cause=200;text=\"Call completed elsewhere\""), Cause::answered_elsewhere);
  EXPECT_EQ(cause("sip ;Cause=486"), Cause::busy);
  EXPECT_EQ(cause("Q.850;cause=21"), Cause::rejected);
  EXPECT_EQ(cause("q.850;text=\"x\";cause=34"), Cause::congestion);
  EXPECT_EQ(cause("SIP;cause=603"), Cause::rejected);
}

TEST(Reason, WhatSaysNothing) {
  for (const char* value : {"", "SIP", "Q.850", "cause", "Q.850;cause=", "Q.850;cause=x", "Q.850;cause=-5", "Q.850;cause=0",
                            "Q.850;cause=128", "Q.850;cause=99999999999999999999", "SIP;cause=0", "SIP;cause=100", "SIP;cause=-486",
                            "SIP;cause=99999999999999999999", "preemption;cause=17", ";;;;=;cause=17"}) {
    EXPECT_EQ(ending_from_reason(value, Cause::no_answer).cause, Cause::no_answer) << value;
  }
  EXPECT_EQ(ending_from_reason(nullptr, Cause::no_answer).cause, Cause::no_answer);
}

}  // namespace
}  // namespace tandem::test
