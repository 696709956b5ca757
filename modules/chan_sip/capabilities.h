// What we tell everybody that we can do. One place, so that OPTIONS, 405 and dialogs never disagree.
#pragma once

namespace tandem {

inline constexpr const char* kAllow = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, REGISTER, SUBSCRIBE, NOTIFY";
inline constexpr const char* kAccept = "application/sdp";
inline constexpr const char* kSdpType = "application/sdp";

}  // namespace tandem
