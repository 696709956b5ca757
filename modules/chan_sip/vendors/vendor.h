// Vendor: what one family of phones says and wants beyond the RFCs. One family a file; nobody else asks who made a phone. Pure functions.
#pragma once

#include <string>
#include <string_view>

#include "../sofia.h"

namespace tandem {

class Vendor {
 public:
  virtual ~Vendor() = default;
  virtual std::string_view name() const = 0;
  /// The model that a User-Agent names ("CP-8841"); empty: it names none.
  virtual std::string model(std::string_view user_agent) const = 0;
  /// The firmware that a REGISTER tells; empty: not said. Text of the phone: hostile, bounded, printable.
  virtual std::string firmware(const sip_t* request) const = 0;
  /// The device name that a Contact carries besides its user part; empty: none.
  virtual std::string device_name(const sip_contact_t* contact) const = 0;
  /// One REGISTER, of its first line, serves all lines of the phone.
  virtual bool bulk_lines() const = 0;
  /// Header lines that the 200 to its REGISTER needs, and those of an INVITE to it: "Name: value\r\n" each.
  virtual std::string_view register_headers() const = 0;
  virtual std::string_view invite_headers() const = 0;
};

/// The family that the directory names for a device; the generic one for every name that we do not know.
const Vendor& vendor_named(std::string_view name);

/// Programs that give up when one of several challenges is not MD5: by the beginning of their User-Agent.
bool knows_only_md5(const char* user_agent);

const Vendor& generic_vendor();
const Vendor& cisco_vendor();

}  // namespace tandem
