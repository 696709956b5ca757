#include "host/console_server.h"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include <filesystem>
#include <future>
#include <sstream>

#include "host/console_client.h"
#include "host/console_socket.h"
#include "support/fake_loop.h"
#include "support/tandem_process.h"

namespace tandem {
namespace {

using testing::HasSubstr;

class ConsoleServerTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(server_.listen(path_));
    auto echo = server_.add({"echo", "[WORD...]", "", [](const auto& args, ConsoleReply reply) { reply(Json(args)); }});
    made_.push_back(std::move(*echo));
  }

  Descriptor connect() {
    const auto address = *console_address(path_);
    Descriptor fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    EXPECT_EQ(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    return fd;
  }

  // Polls each descriptor once.
  void turn() {
    bool polled = false;
    loop_.run_until([&] { return std::exchange(polled, true); });
  }

  void send(const Descriptor& fd, std::string_view text) {
    while (!text.empty()) {
      const ssize_t n = ::send(fd.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
      if (n > 0) text.remove_prefix(static_cast<size_t>(n));
      if (n < 0 && errno != EAGAIN) return;
      turn();
    }
  }

  // Lets the server work until a whole line has come; empty when it has hung up instead.
  std::string line(const Descriptor& fd, std::string& buffered) {
    bool ended = false;
    loop_.run_until([&] {
      char buffer[65536];
      const ssize_t n = ::recv(fd.get(), buffer, sizeof buffer, MSG_DONTWAIT);
      if (n > 0) buffered.append(buffer, static_cast<size_t>(n));
      ended = n == 0 || (n < 0 && errno != EAGAIN);
      return ended || buffered.find('\n') != std::string::npos;
    });
    const size_t end = buffered.find('\n');
    if (end == std::string::npos) return "";
    const std::string one = buffered.substr(0, end);
    buffered.erase(0, end + 1);
    return one;
  }
  std::string ask(const Descriptor& fd, std::string_view request) {
    send(fd, request);
    std::string buffered;
    return line(fd, buffered);
  }
  bool dropped(const Descriptor& fd) {
    std::string buffered;
    return line(fd, buffered).empty();
  }

  test::TemporaryFolder folder_;
  const std::string path_ = folder_.path() + "/tandem.sock";
  test::FakeLoop loop_;
  ConsoleServer server_{loop_};
  std::vector<Registration> made_;
};

TEST_F(ConsoleServerTest, AnswersALineWithALine) {
  const auto fd = connect();
  EXPECT_EQ(ask(fd, R"({"line":"echo 'a b' c"})"
                    "\n"),
            R"({"out":"a b\nc\n","code":0})");
  EXPECT_EQ(ask(fd, R"({"line":"echo a","json":true})"
                    "\n"),
            R"({"out":"[\n  \"a\"\n]\n","code":0})");
  EXPECT_EQ(ask(fd, R"({"line":"echo a --json"})"
                    "\n"),
            R"({"out":"[\n  \"a\"\n]\n","code":0})");
  EXPECT_THAT(ask(fd, R"({"line":"ehco"})"
                      "\n"),
              HasSubstr(R"("code":1)"));
  EXPECT_THAT(ask(fd, R"({"line":"echo 'open"})"
                      "\n"),
              HasSubstr("a quote is not closed"));
}

TEST_F(ConsoleServerTest, IsItsOwnersAlone) {
  struct stat info {};
  ASSERT_EQ(::stat(path_.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(ConsoleServerTest, ReplacesASocketThatAKilledProcessLeft) {
  ConsoleServer second(loop_);
  EXPECT_TRUE(second.listen(path_));
  EXPECT_FALSE(second.listen(std::string(200, 'x')));
}

TEST_F(ConsoleServerTest, GarbageIsDroppedAndTheOthersGoOn) {
  const auto good = connect();
  for (const std::string_view garbage :
       {"GET / HTTP/1.1\r\n", "{}\n", "[]\n", "{\"line\":7}\n", "\n", "\xff\xfe\n", "{\"line\":\"echo\n"}) {
    const auto bad = connect();
    send(bad, garbage);
    EXPECT_TRUE(dropped(bad)) << garbage;
  }
  const auto deep = connect();
  send(deep, std::string(60000, '[') + '\n');
  EXPECT_TRUE(dropped(deep));
  EXPECT_THAT(ask(good, R"({"line":"echo still here"})"
                        "\n"),
              HasSubstr("still"));
  EXPECT_EQ(server_.connections(), 1u);
}

TEST_F(ConsoleServerTest, ALineWithoutEndIsDropped) {
  const auto fd = connect();
  send(fd, std::string(ConsoleConnection::kLongestLine + 20000, 'x'));
  EXPECT_TRUE(dropped(fd));
}

TEST_F(ConsoleServerTest, OneWhoAsksAndNeverReadsCostsABoundedBuffer) {
  int asked = 0;
  auto big = server_.add({"big", "", "", [&asked](const auto&, ConsoleReply reply) {
                            ++asked;
                            reply(Json(std::string(1 << 20, 'x')));
                          }});
  const auto fd = connect();
  std::string requests;
  for (int i = 0; i < 2000; ++i)  // more than is read at once
    requests += R"({"line":"big"})"
                "\n";
  ::send(fd.get(), requests.data(), requests.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  for (int i = 0; i < 5; ++i) turn();
  EXPECT_EQ(asked, 1) << "the next request waits until the answer has been read";
  loop_.advance(ConsoleConnection::kPatience);
  EXPECT_EQ(server_.connections(), 0u);
}

TEST_F(ConsoleServerTest, RequestsInOneGulpAreAnsweredInOrder) {
  const auto fd = connect();
  send(fd, R"({"line":"echo 1"})"
           "\n"
           R"({"line":"echo 2"})"
           "\n"
           R"({"line":"echo 3"})"
           "\n");
  std::string buffered;
  for (const char* number : {"1", "2", "3"}) EXPECT_THAT(line(fd, buffered), HasSubstr(number));
}

TEST_F(ConsoleServerTest, WhoHalfClosesStillGetsTheAnswer) {
  const auto fd = connect();
  send(fd, R"({"line":"echo last"})"
           "\n");
  ::shutdown(fd.get(), SHUT_WR);
  std::string buffered;
  EXPECT_THAT(line(fd, buffered), HasSubstr("last"));
  EXPECT_EQ(line(fd, buffered), "");
  EXPECT_EQ(server_.connections(), 0u);
}

TEST_F(ConsoleServerTest, AVerbThatNeverAnswersIsGivenUp) {
  std::vector<ConsoleReply> kept;
  auto later = server_.add({"later", "", "", [&](const auto&, ConsoleReply reply) { kept.push_back(std::move(reply)); }});
  const auto fd = connect();
  send(fd, "{\"line\":\"later\"}\n{\"line\":\"later\"}\n");
  loop_.run_until([&] { return kept.size() == 1; });
  loop_.advance(ConsoleConnection::kPatience);
  std::string buffered;
  EXPECT_THAT(line(fd, buffered), HasSubstr("no answer within"));
  ASSERT_EQ(kept.size(), 2u);
  kept[0](Json("too late"));
  kept[1](Json("in time"));
  EXPECT_THAT(line(fd, buffered), HasSubstr("in time"));
}

TEST_F(ConsoleServerTest, AnAnswerForOneWhoHasGoneGoesNowhere) {
  ConsoleReply kept;
  auto later = server_.add({"later", "", "", [&](const auto&, ConsoleReply reply) { kept = std::move(reply); }});
  auto fd = connect();
  send(fd, R"({"line":"later"})"
           "\n");
  loop_.run_until([&] { return static_cast<bool>(kept); });
  fd.reset();
  loop_.advance(2 * ConsoleConnection::kPatience);
  EXPECT_EQ(server_.connections(), 0u);
  kept(Json("nobody"));
}

TEST_F(ConsoleServerTest, WhoSaysNothingIsLetGo) {
  const auto fd = connect();
  loop_.run_until([&] { return server_.connections() == 1; });
  loop_.advance(ConsoleConnection::kPatience);
  EXPECT_EQ(server_.connections(), 0u);
}

TEST_F(ConsoleServerTest, TakesNoMoreThanItsShareOfConnections) {
  std::vector<Descriptor> many;
  for (size_t i = 0; i < ConsoleServer::kMostConnections + 4; ++i) {
    many.push_back(connect());
    turn();
  }
  turn();
  EXPECT_EQ(server_.connections(), ConsoleServer::kMostConnections);
  EXPECT_TRUE(dropped(many.back()));
}

TEST_F(ConsoleServerTest, WhoFollowsAVerbGetsWhatItsTopicPublishes) {
  auto debug = server_.add({"sip debug", "on|off", "", [](const auto&, ConsoleReply reply) { reply(Json("sip debug is on")); }});
  const auto fd = connect();
  EXPECT_FALSE(server_.watched("sip debug"));
  EXPECT_THAT(ask(fd, R"({"line":"sip debug on","follow":true})"
                      "\n"),
              HasSubstr("is on"));
  EXPECT_TRUE(server_.watched("sip debug"));
  EXPECT_FALSE(
      server_.watched("sip"
                      " de"));
  server_.publish("rtp debug", "not for us");
  server_.publish("sip debug", "INVITE \x1b[1m");
  std::string buffered;
  EXPECT_EQ(line(fd, buffered), R"({"out":"INVITE \\x1b[1m\n"})");
  loop_.advance(10 * ConsoleConnection::kPatience);
  EXPECT_EQ(server_.connections(), 1u) << "who follows may wait";
}

TEST_F(ConsoleServerTest, AFollowerThatDoesNotReadIsDropped) {
  auto debug = server_.add({"sip debug", "on|off", "", [](const auto&, ConsoleReply reply) { reply(Json("on")); }});
  const auto fd = connect();
  ask(fd, R"({"line":"sip debug on","follow":true})"
          "\n");
  const std::string text(10000, 'x');
  for (int i = 0; i < 1000 && server_.connections() == 1; ++i) server_.publish("sip debug", text);
  EXPECT_EQ(server_.connections(), 0u);
}

TEST_F(ConsoleServerTest, TheClientPrintsAnswersAndTellsByItsCode) {
  const auto run = [&](const std::string& line, bool json) {
    std::ostringstream out;
    std::ostringstream err;
    auto code = std::async(std::launch::async, [&] { return run_console_client({path_, line, json, false}, out, err); });
    loop_.run_until([&] { return code.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
    return std::tuple(code.get(), out.str(), err.str());
  };
  EXPECT_EQ(run("echo a", false), std::tuple(0, "a\n", ""));
  EXPECT_EQ(run("echo a", true), std::tuple(0, "[\n  \"a\"\n]\n", ""));
  EXPECT_EQ(std::get<0>(run("nonsense", false)), 1);
  EXPECT_THAT(std::get<2>(run("nonsense", false)), HasSubstr("there is no command"));
}

TEST(ConsoleClient, SaysWhenNobodyServes) {
  std::ostringstream out;
  std::ostringstream err;
  EXPECT_EQ(run_console_client({"/nonexistent/tandem.sock", "help", false, false}, out, err), 1);
  EXPECT_THAT(err.str(), HasSubstr("is Tandem running"));
}

TEST_F(ConsoleServerTest, ASessionHearsWhatItAskedForUntilItSaysOtherwise) {
  int changes = 0;
  server_.on_watchers_changed([&] { ++changes; });
  auto fd = connect();
  std::string buffered;
  const auto say = [&](const std::string& verb) {
    send(fd, "{\"line\":\"" + verb + "\",\"session\":true}\n");
    return line(fd, buffered);
  };
  EXPECT_THAT(say("echo on"), HasSubstr("on"));
  EXPECT_THAT(say("help echo"), HasSubstr("echo"));
  EXPECT_TRUE(server_.watched("echo on"));
  server_.publish("echo", "heard");
  EXPECT_THAT(line(fd, buffered), HasSubstr("heard"));
  say("echo off");
  EXPECT_FALSE(server_.watched("echo on"));
  EXPECT_TRUE(server_.watched("echo"));
  say("no such verb");
  EXPECT_FALSE(server_.watched("no"));
  EXPECT_EQ(changes, 4);
  fd.reset();
  EXPECT_TRUE(loop_.run_until([&] { return server_.connections() == 0; }));
  EXPECT_EQ(changes, 5);
  EXPECT_FALSE(server_.watched("echo"));
}

TEST_F(ConsoleServerTest, CompletesTheLastWord) {
  EXPECT_THAT(ask(connect(), "{\"line\":\"ec\",\"complete\":true}\n"), HasSubstr(R"("candidates":["echo"])"));
  EXPECT_THAT(ask(connect(), "{\"line\":\"help \",\"complete\":true}\n"), HasSubstr(R"("candidates":["core","echo","help"])"));
  EXPECT_THAT(ask(connect(), "{\"line\":\"\\\"open\",\"complete\":true}\n"), HasSubstr(R"("candidates":[])"));
}

}  // namespace
}  // namespace tandem
