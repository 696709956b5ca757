#include "held_byes.h"

namespace tandem {
namespace {

constexpr std::chrono::milliseconds kLongest{200};

void finish(nta_incoming_t* request) {
  nta_incoming_treply(request, SIP_200_OK, TAG_END());
  nta_incoming_destroy(request);
}

}  // namespace

HeldByes::~HeldByes() {
  for (const auto& [channel, request] : held_) finish(request);
}

void HeldByes::hold(ChannelId channel, nta_incoming_t* request) {
  if (!held_.emplace(channel, request).second) return finish(request);
  limits_.push_back({loop_.clock().now() + kLongest, channel});
  if (!timer_.running()) timer_.start(kLongest, [this] { answer_late(); });
}

void HeldByes::answer(ChannelId channel) {
  const auto node = held_.extract(channel);
  if (!node.empty()) finish(node.mapped());
}

void HeldByes::answer_late() {
  const Instant now = loop_.clock().now();
  for (; !limits_.empty() && limits_.front().due <= now; limits_.pop_front()) answer(limits_.front().channel);
  if (!limits_.empty()) timer_.start(limits_.front().due - now, [this] { answer_late(); });
}

}  // namespace tandem
