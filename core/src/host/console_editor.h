// ConsoleEditor: a line typed at the terminal, with history and completion (libedit), while text from elsewhere may appear above it. The
// client's only thread.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace tandem {

class ConsoleEditor {
 public:
  /// What has come on the descriptor, to be printed; empty when nothing will come any more, which ends read().
  using Incoming = std::function<std::optional<std::string>()>;
  /// What the last word of the line up to the cursor may be.
  using Candidates = std::function<std::vector<std::string>(const std::string& line)>;

  /// History is kept in ~/.tandem_history, for its owner alone.
  ConsoleEditor(std::string prompt, int descriptor, Incoming incoming, Candidates candidates);
  ~ConsoleEditor();
  ConsoleEditor(const ConsoleEditor&) = delete;
  ConsoleEditor& operator=(const ConsoleEditor&) = delete;

  /// The next line without its end; empty at the end of input.
  std::optional<std::string> read();

 private:
  struct Terminal;
  std::unique_ptr<Terminal> terminal_;
};

/// What Tab adds to `typed` when it may become each of `candidates`, all of which begin with it: as far as they agree, and a blank when
/// there is only one.
std::string completion(const std::string& typed, const std::vector<std::string>& candidates);

}  // namespace tandem
