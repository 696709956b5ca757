// What we tell everybody that we can do. One place, so that OPTIONS, 405 and dialogs never disagree.
#pragma once

#include <string>

#include "sofia.h"

namespace tandem {

inline constexpr const char* kAllow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REGISTER, SUBSCRIBE, NOTIFY, UPDATE, PRACK, REFER, MESSAGE";
inline constexpr const char* kSupported = "100rel, timer, norefersub, replaces";
inline constexpr const char* kAccept = "application/sdp";
inline constexpr const char* kSdpType = "application/sdp";

/// What a request requires and we do not know, as the value of Unsupported; empty: nothing.
std::string unsupported_by_us(const sip_t* sip);

}  // namespace tandem
