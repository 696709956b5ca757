#include "call/channel_state.h"

#include <array>

namespace tandem {

namespace {

using S = ChannelState;
constexpr size_t kStates = 7;
constexpr size_t kEvents = 6;

// Rows: the state a leg is in. Columns: what happens. kNo: it means nothing there.
// clang-format off
constexpr auto kNo = std::nullopt;
constexpr std::array<std::array<std::optional<S>, kEvents>, kStates> kTable{{
    //             start       ring        progress  answer  hangup     end
    /* idle    */ {S::calling, kNo,        kNo,      kNo,    S::ended,  S::ended},
    /* calling */ {kNo,        S::ringing, S::early, S::up,  S::ending, S::ended},
    /* ringing */ {kNo,        kNo,        S::early, S::up,  S::ending, S::ended},
    /* early   */ {kNo,        kNo,        S::early, S::up,  S::ending, S::ended},
    /* up      */ {kNo,        kNo,        kNo,      kNo,    S::ending, S::ended},
    /* ending  */ {kNo,        kNo,        kNo,      kNo,    kNo,       S::ended},
    /* ended   */ {kNo,        kNo,        kNo,      kNo,    kNo,       kNo},
}};
// clang-format on

}  // namespace

std::optional<ChannelState> next_state(ChannelState state, ChannelEvent event) {
  return kTable[static_cast<size_t>(state)][static_cast<size_t>(event)];
}

std::string_view to_string(ChannelState state) {
  constexpr std::array<std::string_view, kStates> names{"idle", "calling", "ringing", "early", "up", "ending", "ended"};
  return names[static_cast<size_t>(state)];
}

std::string_view to_string(ChannelEvent event) {
  constexpr std::array<std::string_view, kEvents> names{"start", "ring", "progress", "answer", "hangup", "end"};
  return names[static_cast<size_t>(event)];
}

}  // namespace tandem
