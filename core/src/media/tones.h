// Tones: what a telephone says without words, as each country has it (ITU-T E.180 Supplement 2). Read at start, any thread afterwards.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "tandem/config.h"
#include "tandem/media.h"

namespace tandem {

/// So long these frequencies together; none is silence.
struct ToneStep {
  std::vector<int> hertz;
  int milliseconds = 0;
};
using Cadence = std::vector<ToneStep>;

/// "440+480/2000, 0/4000": frequencies joined by "+", then for how many milliseconds; a single step without time goes on for ever.
Result<Cadence> parse_cadence(std::string_view text);
/// One round of it, which can be repeated without a click where its frequencies are whole numbers.
Sound render_cadence(const Cadence& cadence);

class Tones {
 public:
  /// tones.ini: [tones] country = ..., and a section for each country. No file: there are no tones. invalid: every mistake with its line.
  static Result<Tones> read(const Config& config);
  /// "busy" of the country in force, "busy/de" of another. not_found says which there are.
  Result<Cadence> find(std::string_view name) const;
  const std::string& country() const { return country_; }

 private:
  std::string country_;
  std::map<std::string, std::map<std::string, Cadence, std::less<>>, std::less<>> countries_;
};

}  // namespace tandem
