// Drives a fuzz target without libFuzzer: every file of a folder as it is, then seeded mutations of them. The same inputs in every run.
//   fuzz_NAME FOLDER COUNT [ONLY]     ONLY: the number that a failed run named
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <system_error>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);
// There only with a sanitizer.
extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace {

constexpr size_t kLongest = 64 << 10;

volatile long current = -1;

void name_input() {
  char text[96];
  const int length = std::snprintf(text, sizeof text, "replay: failed at mutation %ld (-1: a file of the corpus)\n", current);
  (void)!::write(STDERR_FILENO, text, static_cast<size_t>(length));
}

void on_signal(int number) {
  name_input();
  ::signal(number, SIG_DFL);
  ::raise(number);
}

std::vector<std::string> read_corpus(const char* folder) {
  std::vector<std::filesystem::path> paths;
  std::error_code none;  // no folder is a corpus of nothing
  for (const auto& entry : std::filesystem::directory_iterator(folder, none)) paths.push_back(entry.path());
  std::sort(paths.begin(), paths.end());  // the folder's own order differs between machines
  std::vector<std::string> texts;
  for (const auto& path : paths) {
    std::ifstream in(path, std::ios::binary);
    texts.emplace_back(std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>());
  }
  return texts;
}

// Plain modulo: the distributions of the standard library differ between implementations.
size_t below(std::mt19937_64& random, size_t bound) { return bound == 0 ? 0 : static_cast<size_t>(random() % bound); }

void mutate_once(std::mt19937_64& random, const std::vector<std::string>& corpus, std::string& text) {
  static constexpr char kBytes[] = "\0\n\r\t ;#\"\\=[](){}<>:,+!$%\x7F\x80\xFF";
  static const std::string kLiked(kBytes, sizeof kBytes - 1);
  const size_t at = below(random, text.size() + 1);
  const size_t length = std::min(below(random, 32) + 1, text.size() - at);
  switch (below(random, 7)) {
    case 0:
      if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      text.insert(at, 1, kLiked[below(random, kLiked.size())]);
      break;
    case 2:
      text.erase(at, length);
      break;
    case 3:
      text.insert(at, text.substr(at, length));
      break;
    case 4:
      text.insert(at, std::string(below(random, 300), kLiked[below(random, kLiked.size())]));
      break;
    case 5: {  // the head of one, the tail of another
      const auto& other = corpus[below(random, corpus.size())];
      text = text.substr(0, at) + other.substr(below(random, other.size() + 1));
      break;
    }
    default:
      text.resize(at);
  }
  if (text.size() > kLongest) text.resize(kLongest);
}

void run(const std::string& text) {
  // A copy of exactly this size, so that a read past the end is seen.
  const std::vector<uint8_t> exact(text.begin(), text.end());
  LLVMFuzzerTestOneInput(exact.data(), exact.size());
}

void run_mutation(const std::vector<std::string>& corpus, long number) {
  current = number;
  std::mt19937_64 random(static_cast<uint64_t>(number));
  std::string text = corpus[below(random, corpus.size())];
  const size_t steps = below(random, 8) + 1;
  for (size_t i = 0; i < steps; ++i) mutate_once(random, corpus, text);
  run(text);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::fprintf(stderr, "usage: %s FOLDER COUNT [ONLY]\n", argv[0]);
    return 2;
  }
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(name_input);
  for (const int number : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) ::signal(number, on_signal);

  auto corpus = read_corpus(argv[1]);
  if (corpus.empty()) corpus.emplace_back();
  if (argc > 3) {
    run_mutation(corpus, std::atol(argv[3]));
    return 0;
  }
  for (const auto& text : corpus) run(text);
  const long count = std::atol(argv[2]);
  for (long number = 0; number < count; ++number) run_mutation(corpus, number);
  std::printf("%zu files, %ld mutations\n", corpus.size(), count);
  return 0;
}
