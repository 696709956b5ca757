// Wire: a lower half of chan_sip on a FakeLoop, and plain UDP sockets that talk to it; all on the test's thread.
#pragma once

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contact_store.h"
#include "first_look.h"
#include "registrar.h"
#include "stack.h"
#include "support/digest.h"
#include "support/fake_loop.h"
#include "support/sip_message.h"

namespace tandem::test {

class FakeDirectory final : public Directory {
 public:
  void add(std::string name, std::string secret) {
    auto device = std::make_shared<Device>();
    device->name = name;
    device->secret = std::move(secret);
    devices_[std::move(name)] = std::move(device);
  }
  void put(std::shared_ptr<const Device> device) { devices_[device->name] = std::move(device); }
  std::shared_ptr<const User> user(std::string_view) override { return nullptr; }
  std::shared_ptr<const Device> device(std::string_view name) override {
    const auto it = devices_.find(name);
    return it == devices_.end() ? nullptr : it->second;
  }
  std::vector<std::shared_ptr<const Device>> devices(std::string_view after, size_t most) override {
    std::vector<std::shared_ptr<const Device>> page;
    for (auto it = devices_.upper_bound(after); it != devices_.end() && page.size() < most; ++it) page.push_back(it->second);
    return page;
  }
  std::shared_ptr<const Profile> profile(std::string_view) override { return nullptr; }
  std::shared_ptr<const Site> site(std::string_view) override { return nullptr; }
  std::optional<Number> number(std::string_view) override { return {}; }
  Occupant occupant(const Device&) override { return {}; }
  std::vector<std::string> devices_of(std::string_view) override { return {}; }
  bool sample_secret_in_force() override { return sample_secret; }
  Counts counts() override { return {}; }

  bool sample_secret = false;

 private:
  std::map<std::string, std::shared_ptr<const Device>, std::less<>> devices_;
};

class FakeEvents final : public Events {
 public:
  std::vector<std::string> told;

 protected:
  Registration subscribe_raw(std::string_view, UniqueFunction<void(const void*)>) override { return Registration(); }
  void publish_raw(std::string_view event, const void* data) override {
    if (event == DeviceRegistered::kEvent) told.push_back("+" + std::string(static_cast<const DeviceRegistered*>(data)->device));
    if (event == DeviceUnregistered::kEvent) {
      const auto* gone = static_cast<const DeviceUnregistered*>(data);
      told.push_back("-" + std::string(gone->device) + " " + std::string(gone->why));
    }
  }
};

/// The upper half's place: takes the INVITEs and answers them 486, so that nothing is left open.
class FakeUpper final : public InviteReceiver {
 public:
  void invite(msg_t* msg, sip_t* sip, const Origin& origin) override {
    invites.push_back({origin, sip->sip_request->rq_url->url_user != nullptr ? sip->sip_request->rq_url->url_user : ""});
    nta_msg_treply(agent, msg, SIP_486_BUSY_HERE, TAG_END());
  }
  void trunk_heard(std::string_view trunk, const SocketAddress&) override { heard.emplace_back(trunk); }
  void request(msg_t* msg, sip_t* sip, const Origin& origin) override {
    requests.emplace_back(origin.endpoint + " " + sip->sip_request->rq_method_name);
    if (take) return take(msg, sip, origin);
    nta_msg_treply(agent, msg, SIP_403_FORBIDDEN, TAG_END());
  }
  bool overloaded() const override { return full; }

  nta_agent_t* agent = nullptr;
  std::vector<std::pair<Origin, std::string>> invites;
  std::vector<std::string> heard;
  std::vector<std::string> requests;
  std::function<void(msg_t*, sip_t*, const Origin&)> take;
  bool full = false;
};

class Socket {
 public:
  explicit Socket(const char* host = "127.0.0.1") : fd_(::socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0)) {
    const SocketAddress any = *SocketAddress::from(host, 0);
    EXPECT_EQ(::bind(fd_, any.sa(), any.length()), 0);
    sockaddr_in bound = {};
    socklen_t length = sizeof bound;
    getsockname(fd_, reinterpret_cast<sockaddr*>(&bound), &length);
    local = SocketAddress(reinterpret_cast<sockaddr*>(&bound), length);
  }
  ~Socket() { ::close(fd_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  void send(const SocketAddress& to, std::string_view bytes) { (void)!::sendto(fd_, bytes.data(), bytes.size(), 0, to.sa(), to.length()); }
  std::optional<std::string> receive() {
    char buffer[65536];
    const ssize_t n = ::recv(fd_, buffer, sizeof buffer, 0);
    if (n < 0) return {};
    return std::string(buffer, static_cast<size_t>(n));
  }
  SocketAddress local;

 private:
  int fd_;
};

class Wire : public ::testing::Test {
 protected:
  Wire() {
    settings.udp = *SocketAddress::from("127.0.0.1", 0);
    settings.user_agent = "Tandem/test";
    settings.trunks.push_back({"pstn", trunk.local, "pstn"});
    directory.add("lobby-1", "secret");
    directory.add("lobby-2", "other");
  }
  void SetUp() override {
    auto opened = Stack::open(settings, loop);
    ASSERT_TRUE(opened) << opened.error().message;
    stack = std::move(*opened);
    upper.agent = stack->agent();
    registrar = std::make_unique<Registrar>(loop, events, settings, nullptr, stack->flows());
    look = std::make_unique<FirstLook>(*stack, loop, directory, *registrar, upper, settings);
  }
  void TearDown() override {
    look.reset();
    registrar.reset();
    stack.reset();
  }

  /// The answer to `bytes`, or nothing: a marker request that is sent afterwards has been answered by then, so silence is certain.
  std::optional<SipMessage> ask(Socket& from, std::string_view bytes) {
    from.send(stack->bound(), bytes);
    const std::string marker = "marker" + std::to_string(++markers_);
    const std::string tag = std::exchange(to_tag, {});
    from.send(stack->bound(), request(from, "OPTIONS", "sip:marker@x", {}, marker));
    to_tag = tag;
    std::optional<SipMessage> answer;
    const bool served = loop.run_until([&] {
      while (auto text = from.receive()) {
        auto message = SipMessage::parse(*text);
        if (text->find(marker) != std::string::npos) return true;
        if (!answer) answer = std::move(message);
      }
      return false;
    });
    EXPECT_TRUE(served) << "the stack no longer answers";
    return answer;
  }
  int status(Socket& from, std::string_view bytes) {
    const auto answer = ask(from, bytes);
    return answer ? answer->status() : 0;
  }

  /// A request with all that it needs. `extra`: whole header lines with CRLF.
  std::string request(const Socket& from, std::string_view method, std::string_view uri, std::string_view extra = {},
                      std::string_view call_id = {}, std::string_view body = {}) {
    const std::string id = call_id.empty() ? "call" + std::to_string(++calls_) : std::string(call_id);
    std::string text = std::string(method) + " " + std::string(uri) + " SIP/2.0\r\n";
    text += "Via: SIP/2.0/UDP " + from.local.to_string() + ";rport;branch=z9hG4bK" + id + std::to_string(++branches_) + "\r\n";
    text += "Max-Forwards: 70\r\n";
    text += "From: <sip:" + user + "@127.0.0.1>;tag=f1\r\n";
    text += "To: <sip:" + to + "@127.0.0.1>" + to_tag + "\r\n";
    text += "Call-ID: " + id + "\r\nCSeq: " + std::to_string(cseq) + " " + std::string(method) + "\r\n";
    if (method == "INVITE") text += "Contact: <sip:" + user + "@" + from.local.to_string() + ">\r\n";
    text += extra;
    text += "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + std::string(body);
    return text;
  }
  std::string authorization(const SipMessage& challenge, const Credentials& who, std::string_view method, std::string_view uri) {
    return "Authorization: " + digest_response(who, challenge.header("WWW-Authenticate"), method, uri) + "\r\n";
  }
  /// Request, challenge, request with credentials: the final answer.
  SipMessage authorized(Socket& from, const Credentials& who, std::string_view method, std::string_view uri, std::string_view extra = {},
                        std::string_view call_id = {}) {
    const auto challenge = ask(from, request(from, method, uri, extra, call_id));
    EXPECT_TRUE(challenge && challenge->status() == 401);
    if (!challenge) return {};
    ++cseq;
    const auto answer = ask(from, request(from, method, uri, std::string(extra) + authorization(*challenge, who, method, uri), call_id));
    EXPECT_TRUE(answer);
    ++cseq;
    return answer ? *answer : SipMessage{};
  }

  Socket phone, trunk;
  SipSettings settings;
  FakeLoop loop;
  FakeDirectory directory;
  FakeEvents events;
  FakeUpper upper;
  std::unique_ptr<Stack> stack;
  std::unique_ptr<Registrar> registrar;
  std::unique_ptr<FirstLook> look;
  std::string user = "lobby-1", to = "lobby-1";
  std::string to_tag;  ///< ";tag=..." or nothing
  unsigned cseq = 1;

 private:
  int calls_ = 0, branches_ = 0, markers_ = 0;
};

}  // namespace tandem::test
