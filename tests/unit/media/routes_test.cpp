// What becomes of a payload number between two ports.
#include "media/routes.h"

#include <gtest/gtest.h>

namespace tandem {
namespace {

using Kind = Route::Kind;

Codec codec(std::string name, uint8_t number, uint32_t rate = 8000) {
  return Codec{.name = std::move(name), .payload_type = number, .clock_rate = rate, .fmtp = {}};
}
PortFormats formats(std::vector<Codec> ours, std::vector<Codec> theirs) {
  MediaDescription a, b;
  a.codecs = std::move(ours);
  b.codecs = std::move(theirs);
  return {a, b};
}
PortFormats both(const std::vector<Codec>& codecs) { return formats(codecs, codecs); }

TEST(Routes, SameFormatsPassUnderTheOtherNumber) {
  const auto from = both({codec("PCMU", 0), codec("PCMA", 8), codec("TELEPHONE-EVENT", 101)});
  const auto to = both({codec("PCMA", 8), codec("PCMU", 100), codec("TELEPHONE-EVENT", 96)});
  const Routes routes = make_routes(from, &to);
  EXPECT_EQ(routes[0].kind, Kind::pass);
  EXPECT_EQ(routes[0].number, 100);
  EXPECT_EQ(routes[8].number, 8);
  EXPECT_EQ(routes[101].kind, Kind::event);
  EXPECT_EQ(routes[101].number, 96);
  EXPECT_EQ(routes[18].kind, Kind::drop) << "not agreed on";
}

TEST(Routes, WhatTheReceiverLacksIsTranscodedIfItCanBe) {
  const auto from = both({codec("PCMU", 0), codec("G729", 18), codec("TELEPHONE-EVENT", 101)});
  const auto to = both({codec("GSM", 3), codec("L16", 97, 16000)});
  const Routes routes = make_routes(from, &to);
  EXPECT_EQ(routes[0].kind, Kind::transcode);
  EXPECT_EQ(routes[0].number, 97) << "the first that we can encode";
  EXPECT_EQ(routes[18].kind, Kind::drop);
  EXPECT_EQ(routes[101].kind, Kind::event) << "heard by us";
  EXPECT_EQ(routes[101].number, Route::kNone) << "but not passed on";
}

TEST(Routes, OnlyWhatBothHaveLeaves) {
  const auto from = both({codec("PCMU", 0)});
  const auto to = formats({codec("PCMA", 8)}, {codec("PCMU", 0), codec("PCMA", 8)});
  EXPECT_EQ(make_routes(from, &to)[0].kind, Kind::transcode) << "it offered PCMU, but we have answered PCMA";
  EXPECT_EQ(make_routes(from, nullptr)[0].kind, Kind::drop);
}

TEST(Routes, HostileNumbersAreIgnored) {
  const auto from = both({codec("PCMU", 200), codec("PCMA", 8), codec("PCMU", 8), codec("G722", 255)});
  EXPECT_EQ(from.in_count, 1);
  EXPECT_EQ(make_routes(from, &from)[8].format, Format::pcma) << "used twice: means what it meant first";
  std::vector<Codec> many;
  for (uint8_t i = 0; i < 100; ++i) many.push_back(codec("PCMU", i));
  EXPECT_EQ(both(many).in_count, PortFormats::kMost);
}

}  // namespace
}  // namespace tandem
