// Who calls whom: what Sofia-SIP's parser makes of hostile headers, and what we make of that.
#include "identity.h"

#include <gtest/gtest.h>

namespace tandem::test {
namespace {

/// A request as it comes off the wire.
class Request {
 public:
  Request(const std::string& uri, const std::string& from, const std::string& extra = {}) {
    const std::string text = "INVITE " + uri +
                             " SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\nFrom: " + from +
                             ";tag=1\r\nTo: <sip:x@x>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n" + extra + "Content-Length: 0\r\n\r\n";
    msg_ = msg_make(sip_default_mclass(), 0, text.data(), static_cast<ssize_t>(text.size()));
  }
  ~Request() { msg_destroy(msg_); }
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;
  /// Null when the parser found no request in it.
  const sip_t* sip() const {
    const sip_t* sip = msg_ != nullptr ? sip_object(msg_) : nullptr;
    return sip != nullptr && sip->sip_request != nullptr && sip->sip_from != nullptr ? sip : nullptr;
  }

 private:
  msg_t* msg_ = nullptr;
};

std::string dialled(const std::string& user) {
  const Request request("sip:" + user + "@127.0.0.1", "<sip:a@b>");
  return request.sip() != nullptr ? dialled_number(request.sip()) : "(no request)";
}
Party caller(const std::string& from, const std::string& extra = {}, bool trusted = true) {
  const Request request("sip:1@b", from, extra);
  EXPECT_NE(request.sip(), nullptr) << from;
  return request.sip() != nullptr ? caller_of(request.sip(), trusted) : Party{};
}
constexpr auto kAnonymous = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

TEST(Identity, DialledNumber) {
  EXPECT_EQ(dialled("11001"), "11001");
  EXPECT_EQ(dialled("+1-408-555.1001"), "+14085551001");
  EXPECT_EQ(dialled("(408)5551001"), "4085551001");
  EXPECT_EQ(dialled("+14085551001;phone-context=hq"), "+14085551001");
  EXPECT_EQ(dialled("*8%2311001"), "*8#11001");
  EXPECT_EQ(dialled("john-x.doe"), "john-x.doe") << "a name keeps its hyphen";
  EXPECT_EQ(dialled("%31%31001"), "11001");
}

TEST(Identity, HostileUserParts) {
  EXPECT_EQ(dialled("1%0d%0aX: y"), "(no request)") << "a space does not stand in a URI";
  EXPECT_EQ(dialled("1%0d%0aX:y"), "1X");  // the rest would be a password
  EXPECT_EQ(dialled("1%00%1f%7f2"), "12");
  EXPECT_EQ(dialled("1%3b2"), "1") << "an escaped parameter is one too";
  EXPECT_LE(dialled(std::string(5000, '7')).size(), 128u);
  const Request nobody("sip:127.0.0.1", "<sip:b>");
  ASSERT_NE(nobody.sip(), nullptr);
  EXPECT_EQ(dialled_number(nobody.sip()), "");
  EXPECT_EQ(caller_of(nobody.sip(), true).number, "");
}

TEST(Identity, FromOfTheCaller) {
  const Party party = caller("\"John Doe\" <sip:+1-408-555-1001@gw>");
  EXPECT_EQ(party.number, "+14085551001");
  EXPECT_EQ(party.name, "John Doe");
  EXPECT_FALSE(party.restricted);
  EXPECT_EQ(caller("<sip:1@gw>").name, "");
  EXPECT_EQ(caller("John <sip:1@gw>").name, "John");
}

TEST(Identity, NamesWithQuotesAndUtf8) {
  EXPECT_EQ(caller("\"Zo\xc3\xab \xe6\x97\xa5\" <sip:1@gw>").name, "Zo\xc3\xab \xe6\x97\xa5");
  EXPECT_EQ(caller("\"a \\\"b\\\" \\\\c\" <sip:1@gw>").name, "a b c") << "no quote gets out";
  EXPECT_EQ(caller("\"<sip:evil@x>\" <sip:1@gw>").name, "sip:evil@x");
  EXPECT_LE(caller("\"" + std::string(5000, 'n') + "\" <sip:1@gw>").name.size(), 128u);
}

TEST(Identity, AssertedIdentityCountsWhereTrusted) {
  const std::string asserted = "P-Asserted-Identity: \"Real\" <sip:+14085551001@gw>\r\n";
  EXPECT_EQ(caller("\"Desk\" <sip:7@gw>", asserted).number, "+14085551001");
  EXPECT_EQ(caller("\"Desk\" <sip:7@gw>", asserted).name, "Real");
  EXPECT_EQ(caller("\"Desk\" <sip:7@gw>", "P-Asserted-Identity: <sip:8@gw>\r\n").name, "Desk") << "no better name is known";
  EXPECT_EQ(caller("\"Desk\" <sip:7@gw>", asserted, false).number, "7");
  EXPECT_EQ(caller("<sip:7@gw>", "p-asserted-identity: <sip:8@gw>\r\n").number, "8");
  EXPECT_EQ(caller("<sip:7@gw>", "P-Asserted-Identity: tel:+14085551001\r\n").number, "+14085551001");
}

TEST(Identity, BrokenAssertionsAreIgnored) {
  for (const char* value : {"", "<", "<sip:", "\"a", "<sip:gw>", "@@@", "<sip:8@gw", ";;;", "<>"}) {
    EXPECT_EQ(caller("<sip:7@gw>", std::string("P-Asserted-Identity: ") + value + "\r\n").number, "7") << value;
  }
}

TEST(Identity, Privacy) {
  const std::string asserted = "P-Asserted-Identity: <sip:8@gw>\r\n";
  for (const char* wish : {"id", "ID", "user", "header", "critical;id", "id;critical"}) {
    const Party party = caller("<sip:7@gw>", asserted + "Privacy: " + wish + "\r\n");
    EXPECT_TRUE(party.restricted) << wish;
    EXPECT_EQ(party.number, "8") << "known to us all the same";
  }
  for (const char* wish : {"none", "session", "critical"})
    EXPECT_FALSE(caller("<sip:7@gw>", asserted + "Privacy: " + wish + "\r\n").restricted) << wish;
}

TEST(Identity, AnonymousFrom) {
  for (const char* from : {kAnonymous, "<sip:anonymous@gw>", "<sip:ANONYMOUS@gw>", "\"x\" <sip:7@Anonymous.invalid>"}) {
    const Party party = caller(from);
    EXPECT_TRUE(party.restricted) << from;
    EXPECT_EQ(party.number, "") << from;
    EXPECT_EQ(party.name, "") << from;
  }
  const std::string asserted = "P-Asserted-Identity: <sip:8@gw>\r\n";
  EXPECT_EQ(caller(kAnonymous, asserted).number, "8");
  EXPECT_FALSE(caller(kAnonymous, asserted).restricted) << "asserted without Privacy: RFC 3325 7 lets it be shown";
  EXPECT_TRUE(caller(kAnonymous, asserted + "Privacy: id\r\n").restricted);
  EXPECT_EQ(caller(kAnonymous, asserted, false).number, "");
}

TEST(Identity, WhatAFarEndIsShown) {
  const CallerHeaders open = caller_headers({"11001", "John Doe", false}, "tandem", false);
  EXPECT_EQ(open.from, "\"John Doe\" <sip:11001@tandem>");
  EXPECT_EQ(open.asserted, "P-Asserted-Identity: \"John Doe\" <sip:11001@tandem>\r\n");
  EXPECT_EQ(open.privacy, "");

  for (const bool trusted : {false, true}) {
    const CallerHeaders hidden = caller_headers({"11001", "John Doe", true}, "tandem", trusted);
    EXPECT_EQ(hidden.from, kAnonymous);
    EXPECT_EQ(hidden.privacy, "id");
    EXPECT_EQ(hidden.asserted.find("11001") != std::string::npos, trusted) << "only who is trusted learns the number";
    const CallerHeaders unknown = caller_headers({"", "", false}, "tandem", trusted);
    EXPECT_EQ(unknown.from, kAnonymous);
    EXPECT_EQ(unknown.asserted, "");
  }
}

TEST(Identity, NothingEscapesFromAHeaderThatWeMake) {
  const Party evil{"1>\r\nX: y;tag=\"@\0", "\"\r\nEvil: \\<sip:z>", false};
  const CallerHeaders headers = caller_headers(evil, "tandem", true);
  ASSERT_TRUE(headers.asserted.ends_with("\r\n"));
  for (const auto& line : {headers.from, headers.asserted.substr(0, headers.asserted.size() - 2)}) {
    EXPECT_EQ(line.find_first_of("\r\n"), std::string::npos) << line;
    EXPECT_EQ(std::count(line.begin(), line.end(), '"'), 2) << line;
    EXPECT_EQ(std::count(line.begin(), line.end(), '>'), 1) << line;
  }
  const Request request("sip:1@b", headers.from);
  ASSERT_NE(request.sip(), nullptr);
  EXPECT_STREQ(request.sip()->sip_from->a_url->url_host, "tandem");
}

TEST(Identity, RemotePartyIdCountsWhereItIsAgreed) {
  const auto caller_by = [](const std::string& value, IdentityHeaders believed, bool trusted = true) {
    const Request request("sip:1@b", "<sip:7@gw>", "Remote-Party-ID: " + value + "\r\n");
    return caller_of(request.sip(), trusted, believed);
  };
  const std::string good = "\"Real\" <sip:8@gw>;party=calling;screen=yes;privacy=off";
  EXPECT_EQ(caller_by(good, IdentityHeaders::rpid).number, "8");
  EXPECT_EQ(caller_by(good, IdentityHeaders::both).name, "Real");
  EXPECT_FALSE(caller_by(good, IdentityHeaders::rpid).restricted);
  EXPECT_EQ(caller_by(good, IdentityHeaders::pai).number, "7");
  EXPECT_EQ(caller_by(good, IdentityHeaders::rpid, false).number, "7");
  EXPECT_TRUE(caller_by("<sip:8@gw>;privacy=full", IdentityHeaders::rpid).restricted);
  EXPECT_EQ(caller_by("<sip:8@gw>;party=called", IdentityHeaders::rpid).number, "7") << "speaks of somebody else";
  EXPECT_EQ(caller_by("<sip:8@gw>;screen=no", IdentityHeaders::rpid).number, "7") << "nobody has verified it";
}

TEST(Identity, WhoHasBeenReached) {
  const Party jane{"11002", "Jane", false}, hidden{"11002", "Jane", true};
  EXPECT_EQ(connected_headers(jane, "t", false, IdentityHeaders::rpid),
            "Remote-Party-ID: \"Jane\" <sip:11002@t>;party=called;screen=yes;privacy=off\r\n");
  EXPECT_EQ(connected_headers(hidden, "t", false, IdentityHeaders::both), "");
  EXPECT_NE(connected_headers(hidden, "t", true, IdentityHeaders::pai).find("Privacy: id"), std::string::npos);
  EXPECT_EQ(connected_headers(jane, "t", true, IdentityHeaders::none), "");
  EXPECT_EQ(connected_headers({}, "t", true, IdentityHeaders::pai), "") << "not known yet";
}

TEST(Identity, UserPartsSurviveTheWire) {
  for (const char* user : {"11001", "+14085551001", "*8#", "a b", "100%", "x@y", "Zo\xc3\xab", "a?b", "[1]", "\"q\"", "<>", "a/b&c=d+$,"}) {
    EXPECT_EQ(dialled(escape_user(user)), user) << escape_user(user);
  }
  EXPECT_EQ(escape_user(std::string_view("\0\x01\xff", 3)), "%00%01%FF");
  EXPECT_EQ(escape_user(""), "");
  EXPECT_EQ(escape_user("a;b:c"), "a%3Bb%3Ac") << "neither a parameter nor a password";
}

TEST(Identity, HeaderText) {
  EXPECT_EQ(header_text("a\r\n\t\x7f\"\\<>b"), "ab");
  EXPECT_EQ(header_text("Zo\xc3\xab"), "Zo\xc3\xab");
}

TEST(Identity, BareHost) {
  EXPECT_EQ(bare_host("[::1]"), "::1");
  EXPECT_EQ(bare_host("192.0.2.1"), "192.0.2.1");
  for (const char* odd : {"", "[", "[]", "]", "[::1"}) EXPECT_EQ(bare_host(odd), odd);
}

TEST(Identity, ReasonText) {
  EXPECT_EQ(reason_text(nullptr), "");
  const Request request("sip:1@b", "<sip:a@b>", "Reason: SIP;cause=200;text=\"x\", Q.850;cause=16\r\n");
  ASSERT_NE(request.sip(), nullptr);
  EXPECT_EQ(reason_text(request.sip()->sip_reason), "SIP;cause=200");
}

}  // namespace
}  // namespace tandem::test
