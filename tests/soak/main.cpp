// Soak: an office in which everything happens at once for some minutes; then nothing of it may be left. contrib/soak runs it.
//
// Three parts, a fifth of the time and two fifths twice. By the end of the second, caches have filled and the allocator has what the crowd
// needs at its peak; the third does the same again, so that whatever has grown in it is a leak.
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <random>
#include <string_view>

#include "crowd.h"
#include "verdict.h"

namespace {

using namespace tandem::soak;

AtRest part(OfficeOfMany& office, std::chrono::seconds time, unsigned seed, Tally& tally) {
  let_loose(office, time, seed, tally);
  send_home(office.tandem());
  AtRest rest = come_to_rest(office);
  std::printf("at rest after %lu calls: %s %s %s\n", tally.calls(), rest.objects.dump().c_str(), rest.sip.dump().c_str(),
              rest.memory.dump().c_str());
  std::fflush(stdout);
  return rest;
}

bool soak(std::chrono::seconds how_long, unsigned seed) {
  std::printf("seed %u\n", seed);
  OfficeOfMany office(kPhones);
  Tally tally;
  (void)part(office, how_long / 5, seed, tally);
  const AtRest before = part(office, how_long * 2 / 5, seed + 1000, tally);
  const uint64_t calls_before = tally.calls();
  const AtRest after = part(office, how_long * 2 / 5, seed + 2000, tally);
  return print_verdict(tally, judge(office, before, after, tally, calls_before));
}

}  // namespace

int main(int argc, char** argv) {
  const bool usable = argc == 2 || argc == 3;
  const int minutes = usable ? std::atoi(argv[1]) : 0;
  const unsigned seed = argc == 3 ? static_cast<unsigned>(std::strtoul(argv[2], nullptr, 10)) : std::random_device()();
  if (minutes < 1 || minutes > 10'000) {
    std::fputs("usage: soak MINUTES [SEED]\n", stderr);
    return 2;
  }
  try {
    return soak(std::chrono::minutes(minutes), seed) ? 0 : 1;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "%s\n", problem.what());
    return 1;
  }
}
