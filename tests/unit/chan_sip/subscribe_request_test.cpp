#include "subscribe_request.h"

#include <gtest/gtest.h>

#include <map>

#include "parsed.h"
#include "subscription_state.h"

namespace tandem::test {
namespace {

using std::chrono::seconds;

struct Subscribe : Parsed {
  explicit Subscribe(const std::string& headers) : Parsed("SUBSCRIBE sip:11002@127.0.0.1 SIP/2.0", headers, "SUBSCRIBE") {}
};

TEST(SubscribeRequest, IsJudged) {
  struct Row {
    const char* headers;
    int status;
    int expires;
  };
  const SubscriptionSettings settings;  // 60 s, 1 h, 1 h
  for (const Row& row : {Row{"Event: dialog\r\n", 200, 3600}, Row{"Event: dialog;id=a1\r\nExpires: 60\r\n", 200, 60},
                         Row{"o: dialog\r\nExpires: 0\r\n", 200, 0}, Row{"Event: dialog\r\nExpires: 59\r\n", 423, 0},
                         Row{"Event: dialog\r\nExpires: 1\r\n", 423, 0}, Row{"Event: dialog\r\nExpires: 7200\r\n", 200, 3600},
                         Row{"Event: dialog\r\nExpires: 4294967295\r\n", 200, 3600}, Row{"Event: dialog\r\nExpires: -5\r\n", 400, 0},
                         Row{"Event: dialog\r\nExpires: soon\r\n", 400, 0}, Row{"Expires: 60\r\n", 400, 0}, Row{"Event: \r\n", 400, 0}}) {
    const Subscribe parsed(row.headers);
    const auto request = read_subscribe(parsed.sip(), settings);
    EXPECT_EQ(request.status, row.status) << row.headers;
    if (row.status == 200) {
      EXPECT_EQ(request.expires, seconds(row.expires)) << row.headers;
    }
  }
  const Subscribe longest("Event: " + std::string(65, 'x') + "\r\n");
  EXPECT_EQ(read_subscribe(longest.sip(), settings).status, 400);
  const Subscribe with_id("Event: dialog;id=a1;x=y\r\n");
  EXPECT_EQ(read_subscribe(with_id.sip(), settings).id, "a1");
}

TEST(SubscribeRequest, TypesAreChosen) {
  const std::vector<std::string> types{"application/pidf+xml", "application/cpim-pidf+xml"};
  const auto chosen = [&](const std::string& headers) { return std::string(accepted_type(Subscribe(headers).sip(), types)); };
  EXPECT_EQ(chosen(""), types[0]);
  EXPECT_EQ(chosen("Accept: application/cpim-pidf+xml\r\n"), types[1]);
  EXPECT_EQ(chosen("Accept: text/plain, application/*\r\n"), types[0]);
  EXPECT_EQ(chosen("Accept: */*\r\n"), types[0]);
  EXPECT_EQ(chosen("Accept: APPLICATION/PIDF+XML\r\n"), types[0]);
  EXPECT_EQ(chosen("Accept: application/pidf+xml;q=0.0, application/cpim-pidf+xml\r\n"), types[1]);
  EXPECT_EQ(chosen("Accept: text/plain\r\n"), "");
  EXPECT_EQ(chosen("Accept: applicatio/*\r\n"), "");
}

TEST(SubscribeRequest, AnswersThatEndIt) {
  for (const int status : {481, 404, 405, 408, 480, 489, 501, 604}) {
    EXPECT_TRUE(ends_subscription(status, true)) << status;
  }
  EXPECT_TRUE(ends_subscription(500, false));
  EXPECT_FALSE(ends_subscription(503, true));
  EXPECT_FALSE(ends_subscription(200, false));
}

TEST(SubscriptionStates, AreATable) {
  using S = SubscriptionState;
  using E = SubscriptionEvent;
  const std::map<std::pair<S, E>, S> rows{{{S::fresh, E::accepted}, S::active},   {{S::fresh, E::polled}, S::closing},
                                          {{S::active, E::refreshed}, S::active}, {{S::active, E::ended}, S::closing},
                                          {{S::active, E::lost}, S::closed},      {{S::closing, E::last_sent}, S::closed},
                                          {{S::closing, E::lost}, S::closed}};
  for (const S from : {S::fresh, S::active, S::closing, S::closed}) {
    for (const E event : {E::accepted, E::polled, E::refreshed, E::ended, E::last_sent, E::lost}) {
      const auto row = rows.find({from, event});
      EXPECT_EQ(next_state(from, event), row == rows.end() ? std::nullopt : std::optional(row->second))
          << to_string(from) << " " << to_string(event);
    }
  }
}

}  // namespace
}  // namespace tandem::test
