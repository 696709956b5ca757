#include "media/rtcp.h"

#include <algorithm>
#include <cstring>

#include "media/rtp.h"

namespace tandem {
namespace {

constexpr uint8_t kSenderReport = 200, kReceiverReport = 201, kSourceDescription = 202, kBye = 203;
constexpr size_t kSenderInfo = 20, kBlock = 24, kHeader = 8;
constexpr uint8_t kCname = 1;

ReportBlock read_block(const uint8_t* at) {
  // 24 bits with a sign.
  const auto lost = static_cast<int32_t>(read_32(at + 4) << 8) >> 8;
  return {read_32(at), at[4], lost, read_32(at + 8), read_32(at + 12), read_32(at + 16), read_32(at + 20)};
}

void read_blocks(std::span<const uint8_t> blocks, size_t count, uint32_t ours, RtcpFacts& facts) {
  for (size_t i = 0; i < count && (i + 1) * kBlock <= blocks.size(); ++i) {
    const ReportBlock block = read_block(&blocks[i * kBlock]);
    if (block.ssrc == ours) facts.about_us = block;
  }
}

void read_one(std::span<const uint8_t> one, uint32_t ours, RtcpFacts& facts) {
  const size_t count = one[0] & 0x1f;
  if (one[1] == kBye) facts.bye = true;
  if (one[1] == kReceiverReport && one.size() >= kHeader) read_blocks(one.subspan(kHeader), count, ours, facts);
  if (one[1] == kSenderReport && one.size() >= kHeader + kSenderInfo) {
    const uint8_t* at = &one[kHeader];
    facts.sender =
        SenderInfo{static_cast<uint64_t>(read_32(at)) << 32 | read_32(at + 4), read_32(at + 8), read_32(at + 12), read_32(at + 16)};
    read_blocks(one.subspan(kHeader + kSenderInfo), count, ours, facts);
  }
}

/// Type and length of one packet of a compound; `size` a multiple of four.
void write_head(uint8_t* at, uint8_t count, uint8_t type, size_t size, uint32_t ssrc) {
  at[0] = static_cast<uint8_t>(0x80 | count);
  at[1] = type;
  write_16(at + 2, static_cast<uint16_t>(size / 4 - 1));
  write_32(at + 4, ssrc);
}

void write_block(uint8_t* at, const ReportBlock& block) {
  write_32(at, block.ssrc);
  write_32(at + 4, static_cast<uint32_t>(block.cumulative_lost) & 0xffffff);
  at[4] = block.fraction_lost;
  write_32(at + 8, block.highest);
  write_32(at + 12, block.jitter);
  write_32(at + 16, block.last_report);
  write_32(at + 20, block.delay_since_report);
}

void write_sender(uint8_t* at, const SenderInfo& sender) {
  write_32(at, static_cast<uint32_t>(sender.ntp >> 32));
  write_32(at + 4, static_cast<uint32_t>(sender.ntp));
  write_32(at + 8, sender.timestamp);
  write_32(at + 12, sender.packets);
  write_32(at + 16, sender.octets);
}

}  // namespace

RtcpFacts read_rtcp(std::span<const uint8_t> packet, uint32_t ours) {
  RtcpFacts facts;
  while (packet.size() >= 4) {
    const size_t length = 4 * (static_cast<size_t>(read_16(&packet[2])) + 1);
    if (length > packet.size()) break;
    read_one(packet.first(length), ours, facts);
    packet = packet.subspan(length);
  }
  return facts;
}

size_t write_rtcp(std::span<uint8_t> into, uint32_t ssrc, const std::optional<SenderInfo>& sender, const std::optional<ReportBlock>& block,
                  std::string_view cname, bool bye) {
  const size_t report = kHeader + (sender ? kSenderInfo : 0) + (block ? kBlock : 0);
  // A CNAME item, a null that ends the list, and nulls up to the next word (RFC 3550 6.5).
  const size_t description = kHeader + (2 + cname.size() + 1 + 3) / 4 * 4;
  const size_t all = report + description + (bye ? kHeader : 0);
  if (all > into.size() || cname.size() > 255) return 0;
  std::fill_n(into.begin(), all, uint8_t{0});
  uint8_t* at = into.data();
  write_head(at, block ? 1 : 0, sender ? kSenderReport : kReceiverReport, report, ssrc);
  if (sender) write_sender(at + kHeader, *sender);
  if (block) write_block(at + report - kBlock, *block);
  at += report;
  write_head(at, 1, kSourceDescription, description, ssrc);
  at[8] = kCname;
  at[9] = static_cast<uint8_t>(cname.size());
  std::memcpy(at + 10, cname.data(), cname.size());
  at += description;
  if (bye) write_head(at, 1, kBye, kHeader, ssrc);
  return all;
}

namespace {

constexpr uint8_t kTransportFeedback = 205, kPayloadFeedback = 206, kNack = 1, kPli = 1, kFir = 4;
constexpr size_t kFeedbackHeader = 12;

/// Pairs of a number and a mask of those behind it.
bool translate_nack(std::span<uint8_t> one, const FeedbackWay& way) {
  if (read_32(&one[8]) != way.asked || one.size() <= kFeedbackHeader) return false;
  write_32(&one[8], way.source);
  for (size_t at = kFeedbackHeader; at + 4 <= one.size(); at += 4) {
    write_16(&one[at], static_cast<uint16_t>(read_16(&one[at]) - way.offset));
  }
  return true;
}

/// Here the streams stand in the entries; one that is not ours spoils the whole, which is short anyway.
bool translate_fir(std::span<uint8_t> one, const FeedbackWay& way) {
  if (one.size() < kFeedbackHeader + 8) return false;
  for (size_t at = kFeedbackHeader; at + 8 <= one.size(); at += 8) {
    if (read_32(&one[at]) != way.asked) return false;
    write_32(&one[at], way.source);
  }
  return true;
}

bool translate_one(std::span<uint8_t> one, const FeedbackWay& way) {
  if (one.size() < kFeedbackHeader || (one[0] & 0x20) != 0) return false;
  const uint8_t format = one[0] & 0x1f;
  write_32(&one[4], way.ours);
  if (one[1] == kTransportFeedback && format == kNack) return translate_nack(one, way);
  if (one[1] != kPayloadFeedback) return false;
  if (format == kFir) return translate_fir(one, way);
  if (format != kPli || read_32(&one[8]) != way.asked) return false;
  write_32(&one[8], way.source);
  return true;
}

}  // namespace

size_t translate_feedback(std::span<const uint8_t> packet, const FeedbackWay& way, std::span<uint8_t> into) {
  size_t written = 0;
  while (packet.size() >= 4) {
    const size_t length = 4 * (static_cast<size_t>(read_16(&packet[2])) + 1);
    if (length > packet.size()) break;
    if (length <= into.size() - written) {
      const auto one = into.subspan(written, length);
      std::copy_n(packet.begin(), length, one.begin());
      if (translate_one(one, way)) written += length;
    }
    packet = packet.subspan(length);
  }
  return written;
}

std::optional<uint32_t> round_trip(const ReportBlock& block, uint64_t now_ntp) {
  if (block.last_report == 0) return std::nullopt;
  const uint32_t trip = middle_of(now_ntp) - block.last_report - block.delay_since_report;
  return trip > 0x7fffffffU ? std::nullopt : std::optional(trip);
}

}  // namespace tandem
