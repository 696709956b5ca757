#include "host/console_editor.h"

#include <histedit.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <cwchar>

namespace tandem {
namespace {

constexpr int kKeptLines = 1000;

std::string history_file() {
  const char* home = std::getenv("HOME");
  return home == nullptr || *home == '\0' ? "" : std::string(home) + "/.tandem_history";
}

}  // namespace

struct ConsoleEditor::Terminal {
  std::string prompt;
  int descriptor;
  Incoming incoming;
  Candidates candidates;
  EditLine* line = nullptr;
  History* history = nullptr;
  std::string kept_in = history_file();

  static Terminal& of(EditLine* line) {
    void* self = nullptr;
    el_get(line, EL_CLIENTDATA, &self);
    return *static_cast<Terminal*>(self);
  }
  static int read_character(EditLine* line, wchar_t* character) { return of(line).next_character(character); }
  static unsigned char complete(EditLine* line, int /*key*/) { return of(line).complete_word(); }
  static char* show_prompt(EditLine* line) { return of(line).prompt.data(); }

  int next_character(wchar_t* character);
  unsigned char complete_word();
};

// Keys and text from elsewhere, whichever comes first. 1: a character; 0: the end; -1: an error (libedit(3), EL_GETCFN).
int ConsoleEditor::Terminal::next_character(wchar_t* character) {
  std::mbstate_t state{};
  for (;;) {
    pollfd ends[2] = {{STDIN_FILENO, POLLIN, 0}, {descriptor, POLLIN, 0}};
    if (::poll(ends, 2, -1) < 0) {
      if (errno == EINTR) continue;
      return -1;
    }
    if (ends[1].revents != 0) {
      const auto text = incoming();
      if (!text) return 0;
      if (!text->empty()) std::printf("\r\033[K%s", text->c_str());
      std::fflush(stdout);
      el_set(line, EL_REFRESH);
      continue;
    }
    char byte = 0;
    if (::read(STDIN_FILENO, &byte, 1) != 1) return 0;
    const size_t used = std::mbrtowc(character, &byte, 1, &state);
    if (used == static_cast<size_t>(-1)) state = {};  // no UTF-8: the byte is dropped
    if (used <= 1) return 1;
  }
}

unsigned char ConsoleEditor::Terminal::complete_word() {
  const LineInfo* info = el_line(line);
  const std::string before(info->buffer, info->cursor);
  const std::string typed = before.substr(before.find_last_of(' ') + 1);
  const auto words = candidates(before);
  if (words.empty()) return CC_ERROR;
  const std::string added = completion(typed, words);
  if (!added.empty()) return el_insertstr(line, added.c_str()) == 0 ? CC_REFRESH : CC_ERROR;
  std::printf("\n");
  for (const auto& word : words) std::printf("%s  ", word.c_str());
  std::printf("\n");
  std::fflush(stdout);
  return CC_REDISPLAY;
}

ConsoleEditor::ConsoleEditor(std::string prompt, int descriptor, Incoming incoming, Candidates candidates)
    : terminal_(std::make_unique<Terminal>()) {
  std::setlocale(LC_CTYPE, "");
  auto& t = *terminal_;
  t.prompt = std::move(prompt);
  t.descriptor = descriptor;
  t.incoming = std::move(incoming);
  t.candidates = std::move(candidates);
  t.line = el_init("tandem", stdin, stdout, stderr);
  t.history = history_init();
  HistEvent event{};
  ::history(t.history, &event, H_SETSIZE, kKeptLines);
  ::history(t.history, &event, H_SETUNIQUE, 1);
  if (!t.kept_in.empty()) ::history(t.history, &event, H_LOAD, t.kept_in.c_str());
  el_set(t.line, EL_CLIENTDATA, &t);
  el_set(t.line, EL_PROMPT, &Terminal::show_prompt);
  el_set(t.line, EL_EDITOR, "emacs");
  el_set(t.line, EL_HIST, ::history, t.history);
  el_set(t.line, EL_GETCFN, &Terminal::read_character);
  el_set(t.line, EL_ADDFN, "tandem-complete", "Complete the word", &Terminal::complete);
  el_set(t.line, EL_BIND, "^I", "tandem-complete", nullptr);
  el_source(t.line, nullptr);  // the user's own ~/.editrc
}

ConsoleEditor::~ConsoleEditor() {
  auto& t = *terminal_;
  HistEvent event{};
  const mode_t before = ::umask(0077);
  if (!t.kept_in.empty()) ::history(t.history, &event, H_SAVE, t.kept_in.c_str());
  ::umask(before);
  history_end(t.history);
  el_end(t.line);
}

std::optional<std::string> ConsoleEditor::read() {
  int count = 0;
  const char* text = el_gets(terminal_->line, &count);
  if (text == nullptr || count <= 0) return std::nullopt;
  std::string line(text, static_cast<size_t>(count));
  line.erase(std::find_if(line.begin(), line.end(), [](char c) { return c == '\n' || c == '\r'; }), line.end());
  if (line.find_first_not_of(' ') != std::string::npos) {
    HistEvent event{};
    ::history(terminal_->history, &event, H_ENTER, line.c_str());
  }
  return line;
}

std::string completion(const std::string& typed, const std::vector<std::string>& candidates) {
  if (candidates.empty()) return {};
  std::string common = candidates.front();
  for (const auto& word : candidates) {
    const auto [end, ignored] = std::mismatch(common.begin(), common.end(), word.begin(), word.end());
    common.erase(end, common.end());
  }
  if (common.size() < typed.size()) return {};
  return common.substr(typed.size()) + (candidates.size() == 1 ? " " : "");
}

}  // namespace tandem
