// What somebody sees who watches the office: /metrics, the capture server, traces and pictures, the access log.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <fstream>
#include <regex>
#include <thread>

#include "office.h"
#include "support/raw_http.h"
#include "support/test_wire.h"

namespace tandem::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class Watching : public Office {
 protected:
  std::string metrics() { return RawHttp(tandem_->listener("http-api")).ask("GET", "/metrics").body; }
  /// The log is written a moment after what it tells.
  bool logged(const std::string& text) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (tandem_->log().find(text) == std::string::npos) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(Milliseconds(10));
    }
    return true;
  }
  /// The value of a line of the page; fails the test when there is none.
  double metric(const std::string& name) {
    const auto page = metrics();
    const size_t at = page.find("\n" + name + " ");
    EXPECT_NE(at, std::string::npos) << name << " is not in\n" << page;
    return at == std::string::npos ? -1 : std::stod(page.substr(at + name.size() + 2));
  }
};

TEST_F(Watching, MetricsFollowACall) {
  Phone john(*tandem_, kJohn, 440), jane(*tandem_, kJane, 880);
  john.must_enroll();
  jane.must_enroll();
  EXPECT_EQ(metric("tandem_sip_contacts"), 2);
  EXPECT_EQ(metric("tandem_calls"), 0);
  auto talk = converse(john, jane, "11002");
  EXPECT_EQ(metric("tandem_calls"), 1);
  EXPECT_EQ(metric("tandem_legs{state=\"up\"}"), 2);
  EXPECT_EQ(metric("tandem_media_ports_in_use"), 2);
  EXPECT_EQ(metric("tandem_sip_sessions"), 2);
  john.send(john.in_dialog(talk.caller, "BYE"));
  jane.respond(talk.called, jane.expect_request("BYE"), 200, "OK");
  john.expect(200, "BYE");
  records(1);
  EXPECT_EQ(metric("tandem_calls"), 0);
  EXPECT_EQ(metric("tandem_calls_total"), 1);
  EXPECT_EQ(metric("tandem_cdr_written_total"), 1);
  EXPECT_GT(metric("process_resident_memory_bytes"), 1e6);
  EXPECT_GT(metric("process_open_fds"), 10);
  EXPECT_GT(metric("tandem_sip_refused_total{reason=\"challenged\"}"), 0);
  EXPECT_GE(metric("tandem_edge_ended_total{reason=\"handshake\"}"), 0);
  const auto page = metrics();
  for (const char* const secret : {"11002", kJohn, "127.0.0.1", "C-"}) EXPECT_THAT(page, Not(HasSubstr(secret)));
}

std::string file(const char* name) {
  std::ifstream in(std::string(TANDEM_SOURCE_DIR "/") + name);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST_F(Watching, TheDashboardAndTheDocumentNameNumbersThatAreThere) {
  const auto page = metrics();
  const std::regex name("(tandem|process)_[a-z_]+[a-z]");
  for (const char* const source : {"contrib/dashboards/tandem.json", "docs/monitoring.md"}) {
    const auto text = file(source);
    int found = 0;
    for (std::sregex_iterator it(text.begin(), text.end(), name), end; it != end; ++it, ++found) {
      EXPECT_THAT(page, HasSubstr("# TYPE " + it->str() + " ")) << source;
    }
    EXPECT_GT(found, 20) << source;
  }
}

TEST_F(Watching, MetricsMayAskForARight) {
  open({"http/metrics/right=extension-mobility"});
  RawHttp client(tandem_->listener("http-api"));
  EXPECT_EQ(client.ask("GET", "/metrics").status, 401);
  const std::string kiosk = "Authorization: Basic aG90ZWwta2lvc2s6a2lvc2stZGVtbw==\r\n";  // hotel-kiosk:kiosk-demo
  EXPECT_EQ(client.ask("GET", "/metrics", kiosk).status, 200);
}

TEST_F(Watching, TheAccessLogShowsNoQuery) {
  open({"tandem/log/level=info"});
  RawHttp client(tandem_->listener("http-phone"));
  EXPECT_EQ(client.ask("GET", "/emapp/nowhere?pin=719204").status, 404);
  EXPECT_TRUE(logged("GET /emapp/nowhere?...: 404")) << tandem_->log();
  EXPECT_THAT(tandem_->log(), Not(HasSubstr("719204")));
}

TEST_F(Watching, HttpsIsServedAndTheClientIsTheOneThatIsSeen) {
  open({"tandem/log/level=info"});
  for (const char* const name : {"https-phone", "https-files"}) {
    TestWire wire(tandem_->listener(name), TestWire::Kind::tls, {.trust = tandem_->state() + "/tls/ca.pem"});
    wire.send("GET /nothing?pin=719204 HTTP/1.1\r\nHost: tandem\r\n\r\n");
    std::string answer;
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    while (answer.find("\r\n\r\n") == std::string::npos && std::chrono::steady_clock::now() < end) {
      pollfd polled{wire.fd(), POLLIN, 0};
      ::poll(&polled, 1, 100);
      answer += wire.receive();
    }
    EXPECT_THAT(answer, testing::StartsWith("HTTP/1.1 404 ")) << name;
    sockaddr_in local{};
    socklen_t size = sizeof local;
    ::getsockname(wire.fd(), reinterpret_cast<sockaddr*>(&local), &size);
    EXPECT_TRUE(logged(fmt::format("{} 127.0.0.1:{} GET /nothing?...: 404", name, ntohs(local.sin_port)))) << tandem_->log();
  }
  EXPECT_THAT(tandem_->log(), Not(HasSubstr("719204")));
}

TEST_F(Watching, SampleSecretsStayOnLoopback) {
  EXPECT_EQ(RawHttp(tandem_->listener("http-api")).ask("GET", "/api/v1/openapi.json").status, 200);
  const TemporaryFolder state;
  const auto run =
      run_program({TANDEM_BINARY_DIR "/tandem", "-c", "configs", "-s", state.path(), "--set", "sip/udp/port=0", "--set",
                   "http/http-api/address=0.0.0.0", "--set", "http/http-api/port=0", "--set", "tandem/modules/require=res_http"});
  EXPECT_EQ(run.code, 2);
  EXPECT_THAT(run.output, HasSubstr("a secret of the sample office is in force"));
}

/// A capture server on a port of its own.
class Collector {
 public:
  Collector() : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
    const auto any = *SocketAddress::parse("127.0.0.1:0");
    if (::bind(socket_, any.sa(), any.length()) != 0) throw std::runtime_error("no port for a collector");
    timeval second{1, 0};
    ::setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &second, sizeof second);
    sockaddr_in name{};
    socklen_t size = sizeof name;
    ::getsockname(socket_, reinterpret_cast<sockaddr*>(&name), &size);
    address_ = SocketAddress(reinterpret_cast<sockaddr*>(&name), size);
  }
  ~Collector() { ::close(socket_); }
  Collector(const Collector&) = delete;
  Collector& operator=(const Collector&) = delete;
  std::string address() const { return address_.to_string(); }
  /// All packets until one holds `last`, or none comes for a second.
  std::string until(const std::string& last) const {
    std::string all;
    for (std::array<char, 65536> buffer{}; all.find(last) == std::string::npos;) {
      const ssize_t n = ::recv(socket_, buffer.data(), buffer.size(), 0);
      if (n <= 0) break;
      all.append(buffer.data(), static_cast<size_t>(n));
    }
    return all;
  }

 private:
  int socket_;
  SocketAddress address_;
};

TEST_F(Watching, TheCaptureServerGetsEveryMessageWithoutSecrets) {
  const Collector collector;
  open({"tandem/hep/server=" + collector.address(), "tandem/hep/password=for-homer"});
  Phone john(*tandem_, kJohn);
  john.must_enroll();
  const auto seen = collector.until("SIP/2.0 200 ");
  EXPECT_THAT(seen, HasSubstr("HEP3"));
  EXPECT_THAT(seen, HasSubstr("for-homer"));
  EXPECT_THAT(seen, HasSubstr("REGISTER sip:"));
  EXPECT_THAT(seen, HasSubstr("SIP/2.0 401 "));
  EXPECT_THAT(seen, HasSubstr("Authorization: (hidden)"));
  EXPECT_THAT(seen, Not(HasSubstr("response=")));
  EXPECT_GE(metric("tandem_hep_sent_total"), 4);
}

TEST_F(Watching, TheCaptureServerGetsMediaReportsByCall) {
  const Collector collector;
  open({"tandem/hep/server=" + collector.address(), "tandem/hep/sip=no"});
  Phone john(*tandem_, kJohn, 440), jane(*tandem_, kJane, 880);
  john.must_enroll();
  jane.must_enroll();
  auto talk = converse(john, jane, "11002");
  expect_tones_both_ways(john.audio, jane.audio, Milliseconds(200));
  john.send(john.in_dialog(talk.caller, "BYE"));  // at its end a stream sends a last report
  jane.respond(talk.called, jane.expect_request("BYE"), 200, "OK");
  john.expect(200, "BYE");
  const auto id = talk.caller.invite.header("Call-ID");
  const auto seen = collector.until(id);
  EXPECT_THAT(seen, HasSubstr("HEP3"));
  EXPECT_THAT(seen, HasSubstr("\"type\":200"));
  EXPECT_THAT(seen, HasSubstr("\"sender_information\""));
  EXPECT_THAT(seen, HasSubstr(id)) << "the report is known by the leg's Call-ID";
  EXPECT_THAT(seen, Not(HasSubstr("INVITE ")));
}

TEST_F(Watching, ACallCanBeSeenAsAPicture) {
  tandem_->console("sip debug on");
  Phone john(*tandem_, kJohn), jane(*tandem_, kJane);
  john.must_enroll();
  jane.must_enroll();
  auto talk = converse(john, jane, "11002");
  john.send(john.in_dialog(talk.caller, "BYE"));
  jane.respond(talk.called, jane.expect_request("BYE"), 200, "OK");
  john.expect(200, "BYE");
  const auto call = records(1).back().at("call").get<std::string>();
  const auto picture = tandem_->console("sip show svg " + call);
  EXPECT_EQ(picture.code, 0);
  EXPECT_THAT(picture.output, testing::StartsWith("<svg"));
  EXPECT_THAT(picture.output, HasSubstr(">200 OK (BYE)<"));
  EXPECT_THAT(picture.output, HasSubstr(john.local().to_string()));
  EXPECT_THAT(picture.output, HasSubstr(jane.local().to_string()));
  EXPECT_THAT(picture.output, Not(HasSubstr(">REGISTER "))) << "other messages were traced too";
  EXPECT_EQ(tandem_->console("sip show svg C-none").code, 1);
  EXPECT_THAT(tandem_->console("sip debug on device SEP001122330001").output, HasSubstr("of device SEP001122330001"));
}

}  // namespace
}  // namespace tandem::test
