#include "registration.h"

#include <fmt/format.h>
#include <poll.h>

namespace tandem::load {

std::string register_request(const SipSocket& socket, const std::string& domain, const std::string& device, unsigned attempt,
                             const std::string& authorization) {
  const std::string host = socket.local().to_string();
  return fmt::format(
      "REGISTER sip:{0} SIP/2.0\r\nVia: SIP/2.0/UDP {1};branch=z9hG4bKregister-{2}-{3};rport\r\nMax-Forwards: 70\r\n"
      "From: <sip:{2}@{0}>;tag=load\r\nTo: <sip:{2}@{0}>\r\nCall-ID: register-{2}@{1}\r\nCSeq: {3} REGISTER\r\n{4}"
      "Contact: <sip:{2}@{1}>\r\nExpires: 3600\r\nUser-Agent: load\r\nContent-Length: 0\r\n\r\n",
      domain, host, device, attempt, authorization);
}

void register_or_exit(SipSocket& socket, const std::string& domain, const std::string& device, const std::string& secret) {
  const std::string uri = "sip:" + domain;
  unsigned attempt = 1;
  std::string authorization;
  int status = 0;
  const auto end = Steady::now() + std::chrono::seconds(5);
  while (status != 200 && Steady::now() < end) {
    socket.send(register_request(socket, domain, device, attempt, authorization));
    pollfd polled{socket.fd(), POLLIN, 0};
    ::poll(&polled, 1, static_cast<int>(kT1.count()));
    socket.receive(1, [&](const SipView& message) {
      if (message.method != "REGISTER" || message.status < 200) return;
      status = message.status;
      if (status != 401) return;
      const test::Credentials who{.user = device, .secret = secret};
      authorization = fmt::format("Authorization: {}\r\n", test::digest_response(who, message.challenge, "REGISTER", uri));
      ++attempt;
    });
  }
  if (status == 200) return;
  std::cerr << device << " could not register: status " << status << "\n";
  std::exit(1);
}

}  // namespace tandem::load
