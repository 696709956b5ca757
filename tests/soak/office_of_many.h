// OfficeOfMany: the sample office with more phones and a few extensions of the soak's own, and the gateway of its trunk. The main thread;
// tandem() is asked by any.
#pragma once

#include <memory>
#include <string>

#include "../scenario/office.h"

namespace tandem::soak {

using namespace tandem::test;

/// Phone `n`, from 0 on: its device and the extension that rings there.
std::string device_name(unsigned n);
std::string extension_of(unsigned n);

/// Extensions of the soak.
inline constexpr const char* kAnnouncement = "790";  ///< early tone, answer, two keys or two seconds, a prompt, hangs up
inline constexpr const char* kMessage = "791";       ///< records the call and a message of a second, hangs up

class OfficeOfMany {
 public:
  explicit OfficeOfMany(unsigned phones);
  const TandemProcess& tandem() const { return *tandem_; }
  SipPeer& gateway() { return gateway_; }

 private:
  void write_office(unsigned phones) const;
  const TemporaryFolder folder_;
  SipPeer gateway_{SocketAddress(), "pstn"};
  std::unique_ptr<TandemProcess> tandem_;
};

}  // namespace tandem::soak
